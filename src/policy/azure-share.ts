/** How much of a workload must be on one provider, under each regime and each reading: the headline question. */

import type { WorkloadClass } from "../domain/call.ts";
import type { Policy } from "./policy.ts";
import { addWeight, decideAgain, NO_WEIGHT, sumWeights, type Weight, type WeightedCall } from "./traffic.ts";

export interface MustCell {
  readonly regime: string;
  readonly reading: string;
  /** Calls whose allowed set is that provider and no other. */
  readonly must: Weight;
  /** Calls that may run nowhere; they are no part of `must`. */
  readonly denied: Weight;
}

export interface MustMatrix {
  readonly provider: string;
  readonly total: Weight;
  /** In the order of the policies given. */
  readonly cells: readonly MustCell[];
}

/** Decides every call under every policy. */
export function mustMatrix(
  policies: readonly Policy[],
  calls: readonly WeightedCall[],
  provider: string,
): MustMatrix {
  return {
    provider,
    total: sumWeights(calls),
    cells: policies.map((policy) => mustUnder(policy, calls, provider)),
  };
}

/** The same calls by the class that one policy gives them, the largest number of calls first; null: it gives them none. */
export function weighClasses(
  policy: Policy,
  calls: readonly WeightedCall[],
): readonly { readonly workload: WorkloadClass | null; readonly weight: Weight }[] {
  const weights = new Map<WorkloadClass | null, Weight>();
  for (const call of calls) {
    const { classRuling } = decideAgain(policy, call);
    const workload = classRuling.kind === "classified" ? classRuling.workload : null;
    weights.set(workload, addWeight(weights.get(workload) ?? NO_WEIGHT, call));
  }
  return [...weights]
    .map(([workload, weight]) => ({ workload, weight }))
    .sort((a, b) => b.weight.calls - a.weight.calls);
}

function mustUnder(policy: Policy, calls: readonly WeightedCall[], provider: string): MustCell {
  let [must, denied] = [NO_WEIGHT, NO_WEIGHT];
  for (const call of calls) {
    const { verdict } = decideAgain(policy, call);
    if (verdict?.kind !== "allowed") denied = addWeight(denied, call);
    else if (verdict.providers.every((each) => each === provider)) must = addWeight(must, call);
  }
  return { regime: policy.agreement.regime, reading: policy.agreement.readingId, must, denied };
}
