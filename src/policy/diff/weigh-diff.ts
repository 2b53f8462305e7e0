/** A diff by traffic: how much of it each row concerns, and who would have earned how much more or less. */

import { partsOf } from "../../agreement/money.ts";
import type { Verdict } from "../../agreement/verdict.ts";
import type { PartyId } from "../../domain/call.ts";
import { WHOLE_PPM } from "../../domain/units.ts";
import { legsOn } from "../../ledger/money-terms.ts";
import {
  addWeight,
  decideAgain,
  NO_WEIGHT,
  type DecidedCall,
  type Weight,
  type WeightedCall,
} from "../traffic.ts";
import type { PolicyDiff } from "./diff-policies.ts";
import { placesIn, type Place } from "./places.ts";

export interface MovedWeight extends Weight {
  /** What each party gets more (negative: less), in picodollars times ppm, so that sums of it are exact. */
  readonly movedPicoUsdPpm: ReadonlyMap<PartyId, bigint>;
}

export interface DiffWeights {
  readonly total: MovedWeight;
  /** Calls whose allowed set changes; some of them are in both of the next two. */
  readonly otherHosts: Weight;
  readonly gaining: Weight;
  readonly losing: Weight;
  /** Calls that were allowed and would be refused. */
  readonly newlyDenied: Weight;
  /** Calls that were refused and would be allowed. */
  readonly newlyAllowed: Weight;
  /** Places that no call falls in are left out. */
  readonly places: ReadonlyMap<Place, MovedWeight>;
}

export const NOTHING_MOVED: MovedWeight = { ...NO_WEIGHT, movedPicoUsdPpm: new Map() };

/** Decides every call under both sides, from its evidence, and adds it to the places it falls in. */
export function weighDiff(diff: PolicyDiff, calls: readonly WeightedCall[]): DiffWeights {
  const placesOf = placesIn(diff);
  const places = new Map<Place, MovedWeight>();
  const sums = { ...NO_SUMS };
  let total = NOTHING_MOVED;
  for (const call of calls) {
    const before = decideAgain(diff.before, call);
    const after = decideAgain(diff.after, call);
    const { calls: count, tokens, grossPicoUsd } = call;
    const movedPicoUsdPpm = movedMoney(before, after, call);
    const weight: MovedWeight = { calls: count, tokens, grossPicoUsd, movedPicoUsdPpm };
    total = addMoved(total, weight);
    for (const place of placesOf(call, before, after)) {
      places.set(place, addMoved(places.get(place) ?? NOTHING_MOVED, weight));
    }
    addOutcome(sums, call, hostsOf(before.verdict), hostsOf(after.verdict));
  }
  return { total, ...sums, places };
}

/** The weight of several places together. */
export function weighPlaces({ places }: Pick<DiffWeights, "places">, some: readonly Place[]): MovedWeight {
  return some.reduce((sum, place) => addMoved(sum, places.get(place) ?? NOTHING_MOVED), NOTHING_MOVED);
}

const WHOLE = BigInt(WHOLE_PPM);

/** By party in alphabetical order, nobody who gets the same; rounded here, half away from zero. */
export function movedPicoUsd({ movedPicoUsdPpm }: MovedWeight): Readonly<Record<PartyId, bigint>> {
  const entries = [...movedPicoUsdPpm]
    .filter(([, amount]) => amount !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([party, amount]) => [party, (amount + (amount < 0n ? -WHOLE : WHOLE) / 2n) / WHOLE] as const);
  return Object.fromEntries(entries);
}

function addMoved(one: MovedWeight, other: MovedWeight): MovedWeight {
  const movedPicoUsdPpm = new Map(one.movedPicoUsdPpm);
  for (const [party, amount] of other.movedPicoUsdPpm) {
    movedPicoUsdPpm.set(party, (movedPicoUsdPpm.get(party) ?? 0n) + amount);
  }
  return { ...addWeight(one, other), movedPicoUsdPpm };
}

/**
 * By the shares of its day. Caps do not count: how much is left of one depends on all calls before. Nothing where a side refuses
 * the call: nobody earns from it there, and it would not have been made.
 */
function movedMoney(
  before: DecidedCall,
  after: DecidedCall,
  { grossPicoUsd }: Weight,
): ReadonlyMap<PartyId, bigint> {
  if (before.verdict?.kind !== "allowed" || after.verdict?.kind !== "allowed") return new Map();
  const left = partsOf(legsOn(before.verdict.money, before.date));
  const right = partsOf(legsOn(after.verdict.money, after.date));
  const parties = new Set([...Object.keys(left), ...Object.keys(right)]);
  return new Map(
    [...parties].map((party) => {
      const change = (right[party] ?? 0) - (left[party] ?? 0);
      return [party, grossPicoUsd * BigInt(change)] as const;
    }),
  );
}

type Sums = Pick<DiffWeights, "otherHosts" | "gaining" | "losing" | "newlyDenied" | "newlyAllowed">;

const NO_SUMS: Sums = {
  otherHosts: NO_WEIGHT,
  gaining: NO_WEIGHT,
  losing: NO_WEIGHT,
  newlyDenied: NO_WEIGHT,
  newlyAllowed: NO_WEIGHT,
};

function addOutcome(
  sums: { -readonly [Key in keyof Sums]: Weight },
  call: Weight,
  before: readonly string[],
  after: readonly string[],
): void {
  const gains = after.some((each) => !before.includes(each));
  const loses = before.some((each) => !after.includes(each));
  const concerned: readonly (readonly [keyof Sums, boolean])[] = [
    ["otherHosts", gains || loses],
    ["gaining", gains],
    ["losing", loses],
    ["newlyDenied", loses && after.length === 0],
    ["newlyAllowed", gains && before.length === 0],
  ];
  for (const [sum, holds] of concerned) if (holds) sums[sum] = addWeight(sums[sum], call);
}

function hostsOf(verdict: Verdict | null): readonly string[] {
  return verdict?.kind === "allowed" ? verdict.providers : [];
}
