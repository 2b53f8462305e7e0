/** What one price list says otherwise than another, price by price. */

import type { PricedUnit } from "../domain/ledger.ts";
import type { PicoUsd } from "../domain/units.ts";
import { conditionText, type PricedVersion } from "./price-lines.ts";

export interface PriceChange {
  readonly model: string;
  /** The version's first day; null where undated, or where days are compared. */
  readonly from: string | null;
  readonly condition: string;
  readonly unit: PricedUnit;
  /** Picodollars per token; null: no price on that side, whether none is known or the row is missing. */
  readonly before: PicoUsd | null;
  readonly after: PicoUsd | null;
}

/**
 * Changes in the order of the lists, what only `after` has at the end. With `byStart` versions are told apart by their
 * first day; without, each side is what holds on one day.
 */
export function diffPrices(
  before: readonly PricedVersion[],
  after: readonly PricedVersion[],
  byStart: boolean,
): readonly PriceChange[] {
  const left = flatten(before, byStart);
  const right = flatten(after, byStart);
  const keys = new Set([...left.keys(), ...right.keys()]);
  return [...keys].flatMap((key) => {
    const [was, is] = [left.get(key), right.get(key)];
    const entry = was ?? is;
    if (!entry || was?.price === is?.price) return [];
    const { price: _, ...place } = entry;
    return [{ ...place, before: was?.price ?? null, after: is?.price ?? null }];
  });
}

type Entry = Omit<PriceChange, "before" | "after"> & { readonly price: PicoUsd };

/** Prices that are known, by all that tells them apart. */
function flatten(versions: readonly PricedVersion[], byStart: boolean): ReadonlyMap<string, Entry> {
  const entries = versions.flatMap(({ model, version, lines }) =>
    lines.flatMap(({ condition, unit, price }) => {
      if (price === null) return [];
      const from = byStart ? version.from : null;
      const entry = { model, from, condition: conditionText(condition), unit, price };
      return [[JSON.stringify([model, from, entry.condition, unit]), entry] as const];
    }),
  );
  return new Map(entries);
}
