/** Charges of a ledger made anew: by the version of a price that a call names, whatever holds on its date by now. Pure. */

import type { Zone } from "../domain/catalogue.ts";
import type { Charge, RatedLine, SettledCall } from "../domain/ledger.ts";
import { chargeByTrainingVersion, chargeByVersion } from "./charge.ts";
import type { DividedTokens, TokenParts } from "./divide-batch.ts";
import type { PriceBook, PriceVersion, TrainingVersion } from "./price-book.ts";
import { unpriced, type Unpriced } from "./unpriced.ts";

/** A call that was charged, as far as its price depends on it. */
export type ChargedCall = Pick<SettledCall, "usage" | "workload" | "provider" | "region"> & {
  readonly charge: Pick<Extract<Charge, { kind: "rated" }>, "lines" | "priceVersion">;
};

/** The charge as the price book at hand makes it; a text says why it makes none. */
export type ChargeAgain = (call: ChargedCall) => Charge | string;

/**
 * `zoneOf` tells where a deployment may process calls; null for one that is not known. How a batch is divided between its short
 * and its long requests is known from its lines alone, so they are taken at their word there.
 */
export function createChargeAgain(
  book: PriceBook,
  zoneOf: (deployment: Pick<SettledCall, "provider" | "region">) => Zone | null,
): ChargeAgain {
  const models = versionsById([...book.models.values()].flat());
  const training = versionsById([...book.training.values()].flat());
  return ({ usage, workload, provider, region, charge: { lines, priceVersion } }) => {
    const trained = training.get(priceVersion);
    if (trained !== undefined) return chargeByTrainingVersion(trained, usage);
    const version = models.get(priceVersion);
    if (version === undefined) return `the price book has no version \`${priceVersion}\``;
    const zone = zoneOf({ provider, region });
    if (zone === null) return `no region \`${region}\` of \`${provider}\` is configured`;
    return chargeByVersion(version, {
      usage,
      batch: workload === "batch",
      zone,
      divided: (_, isLong) => dividedAs(lines, isLong),
    });
  };
}

/** A version is in every snapshot from its recording on, and says the same in each. */
function versionsById<V extends PriceVersion | TrainingVersion>(
  snapshots: readonly { readonly versions: readonly V[] }[],
): ReadonlyMap<string, V> {
  return new Map(snapshots.flatMap(({ versions }) => versions).map((version) => [version.id, version]));
}

/** Long requests together hold more input than one may. */
function dividedAs(
  lines: readonly RatedLine[],
  isLong: (inputTokens: number) => boolean,
): DividedTokens | Unpriced {
  const partsOf = (suffix: "" | ":long"): TokenParts => {
    const count = (unit: string): number =>
      Number(lines.find((line) => line.unit === `${unit}${suffix}`)?.quantity ?? 0n);
    return {
      freshInput: count("input"),
      cachedInput: count("cached_input"),
      cacheWrite: count("cache_write"),
      output: count("output"),
    };
  };
  const [short, long] = [partsOf(""), partsOf(":long")];
  const { freshInput, cachedInput, cacheWrite, output } = long;
  const longInput = freshInput + cachedInput + cacheWrite;
  return longInput + output === 0 || isLong(longInput)
    ? { short, long }
    : unpriced("usage_disputed", ": what is charged as long context is shorter");
}
