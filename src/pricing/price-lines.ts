/** A price book laid out flat: one line for each price that a call can meet, with the condition it holds under. */

import type { Zone } from "../domain/catalogue.ts";
import type { PricedUnit } from "../domain/ledger.ts";
import type { PicoUsd } from "../domain/units.ts";
import type { PriceBook, PriceVersion, TrainingVersion } from "./price-book.ts";
import { knownAt, priceAt, type PriceHistory } from "./price-history.ts";
import type { CompiledRates, Rates, TierRates } from "./rates.ts";

export interface Condition {
  readonly zone: Zone;
  /** The tier served; `batch` for a line of a batch. */
  readonly tier: string;
  /** `long`: above the threshold of the version. */
  readonly context: "short" | "long";
}

export interface PriceLine {
  readonly condition: Condition;
  readonly unit: PricedUnit;
  /** Null where no source gives it: a call that needs it is unpriced. */
  readonly price: PicoUsd | null;
}

/** One version of one model's prices, or of what training it costs. */
export interface PricedVersion {
  readonly model: string;
  readonly version: PriceVersion | TrainingVersion;
  readonly lines: readonly PriceLine[];
}

/** Which versions: those in force at a day, or all; as known at the end of another day, or now. */
export interface Selection {
  readonly at: string | null;
  readonly asOf: string | null;
}

/** Every version that is selected: models in the order of the book, versions in order of start, training prices last. */
export function selectVersions(book: PriceBook, { at, asOf }: Selection): readonly PricedVersion[] {
  const pick = <V extends PriceVersion | TrainingVersion>(history: PriceHistory<V>): readonly V[] => {
    if (at === null) return knownAt(history, asOf);
    const version = priceAt(history, at, asOf);
    return version === null ? [] : [version];
  };
  const models = [...book.models].flatMap(([model, history]) =>
    pick(history).map((version) => ({ model, version, lines: linesOf(version.rates) })),
  );
  const training = [...book.training].flatMap(([model, history]) =>
    pick(history).map((version) => ({ model, version, lines: [trainingLine(version)] })),
  );
  return [...models, ...training];
}

/** How many versions were to be reviewed before the day, `YYYY-MM-DD`. */
export function countOverdue(book: PriceBook, day: string): number {
  const versions = selectVersions(book, { at: null, asOf: null });
  return versions.filter(({ version: { reviewBy } }) => reviewBy !== null && reviewBy < day).length;
}

/** `default`, `batch, long context`, `data zone, flex`. */
export function conditionText({ zone, tier, context }: Condition): string {
  return [zone === "data-zone" ? "data zone" : "", tier, context === "long" ? "long context" : ""]
    .filter((word) => word !== "")
    .join(", ");
}

function trainingLine({ price }: TrainingVersion): PriceLine {
  return { condition: { zone: "global", tier: "default", context: "short" }, unit: "training", price };
}

function linesOf(rates: CompiledRates): readonly PriceLine[] {
  const zones: readonly (readonly [Zone, Pick<CompiledRates, "tiers" | "batch"> | null])[] = [
    ["global", rates],
    ["data-zone", rates.dataZone],
  ];
  return zones.flatMap(([zone, priced]) => {
    if (priced === null) return [];
    const tiers: (readonly [string, TierRates])[] = [...priced.tiers];
    if (priced.batch !== null) tiers.push(["batch", priced.batch]);
    return tiers.flatMap(([tier, { short, long }]) => [
      ...unitLines({ zone, tier, context: "short" }, short),
      ...(long === null ? [] : unitLines({ zone, tier, context: "long" }, long)),
    ]);
  });
}

function unitLines(condition: Condition, rates: Rates): readonly PriceLine[] {
  return [
    { condition, unit: "input", price: rates.input },
    { condition, unit: "cached_input", price: rates.cachedInput },
    { condition, unit: "cache_write", price: rates.cacheWrite },
    { condition, unit: "output", price: rates.output },
  ];
}
