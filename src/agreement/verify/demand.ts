/** Whether one decision meets what a property or an example demands of it. */

import type { BoundAgreement } from "../compile.ts";
import type { Ruling } from "../verdict.ts";
import type { Demand } from "./property-schema.ts";
import { sameSet } from "./same-outcome.ts";

/** A decision that denies meets no demand but `verdict: denied`. */
export function meetsDemand(ruling: Ruling, demand: Demand, compiled: BoundAgreement): boolean {
  if (demand.verdict !== undefined && demand.verdict !== ruling.kind) return false;
  if (ruling.kind === "denied") return demand.verdict === "denied";
  return (
    meetsProviders(ruling.providers, demand.providers, compiled.providers) &&
    meetsShares(ruling.sharePpm, demand.share_ppm) &&
    meetsCitations(ruling.clauses, demand.cites) &&
    meetsCitations(ruling.moneyClauses, demand.money) &&
    (demand.money_basis === undefined ||
      ruling.moneyClauses.every((id) => compiled.clauses.get(id)?.basis === demand.money_basis))
  );
}

function meetsProviders(
  allowed: readonly string[],
  demand: Demand["providers"],
  all: readonly string[],
): boolean {
  if (demand === undefined) return true;
  const set = (named: "any" | readonly string[]): readonly string[] => (named === "any" ? all : named);
  const { equals, subsetOf, supersetOf, intersects, excludes } = demand;
  if (equals !== undefined && !sameSet(allowed, set(equals))) return false;
  if (subsetOf !== undefined && !allowed.every((each) => set(subsetOf).includes(each))) return false;
  if (supersetOf !== undefined && !set(supersetOf).every((each) => allowed.includes(each))) return false;
  if (intersects !== undefined && !set(intersects).some((each) => allowed.includes(each))) return false;
  return excludes === undefined || !set(excludes).some((each) => allowed.includes(each));
}

function meetsShares(shares: Readonly<Record<string, number>>, demand: Demand["share_ppm"]): boolean {
  return Object.entries(demand ?? {}).every(([party, { equals, above, below }]) => {
    const share = shares[party] ?? 0;
    if (equals !== undefined && share !== equals) return false;
    if (above !== undefined && share <= above) return false;
    return below === undefined || share < below;
  });
}

function meetsCitations(cited: readonly string[], demand: Demand["cites"]): boolean {
  const { all = [], none = [] } = demand ?? {};
  return all.every((id) => cited.includes(id)) && !none.some((id) => cited.includes(id));
}
