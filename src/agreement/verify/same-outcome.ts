/** When two decisions come to the same, whichever clauses they cite. */

import type { Ruling } from "../verdict.ts";

type Allowed = Extract<Ruling, { kind: "allowed" }>;

/** Same hosts and same split, or denied for the same reason. */
export function sameOutcome(one: Ruling, other: Ruling): boolean {
  if (one === other) return true;
  if (one.kind === "denied" || other.kind === "denied") {
    return one.kind === "denied" && other.kind === "denied" && one.reason === other.reason;
  }
  return sameSet(one.providers, other.providers) && sameSplit(one, other);
}

/** Same parts for the same parties. */
export function sameSplit({ sharePpm: one }: Allowed, { sharePpm: other }: Allowed): boolean {
  const parties = Object.keys(one);
  return sameSet(parties, Object.keys(other)) && parties.every((party) => one[party] === other[party]);
}

/** Whether two lists of different words hold the same ones. */
export function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each) => other.includes(each));
}
