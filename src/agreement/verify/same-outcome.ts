/** When two decisions come to the same, whichever clauses they cite. */

import { sameMoney } from "../money.ts";
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

/** Same parts for the same parties from the same days on, up to the same limits; whichever clauses say so. */
export function sameSplit({ money: one }: Allowed, { money: other }: Allowed): boolean {
  return one === other || sameMoney(one, other);
}

/** Whether two lists of different words hold the same ones. */
export function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each) => other.includes(each));
}
