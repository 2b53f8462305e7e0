/** Whether two answers let a call run in the same places, whoever earns from it and whichever clauses say so. */

import { sameSet } from "../../agreement/verify/same-outcome.ts";
import type { Ruling } from "../../agreement/verdict.ts";

/** Denials are the same: nowhere. */
export function sameHosts(one: Ruling, other: Ruling): boolean {
  if (one.kind === "denied" || other.kind === "denied") return one.kind === other.kind;
  return sameSet(one.providers, other.providers);
}
