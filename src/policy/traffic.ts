/** Calls as evidence of what rules do: each with what was seen and known of it, so that any policy can decide it again. */

import { decide } from "../agreement/decide.ts";
import { factsAt, headStartAt } from "../agreement/facts.ts";
import type { Verdict } from "../agreement/verdict.ts";
import type { ClassRuling } from "../classification/rule.ts";
import { cellOf } from "../decision-table/axes.ts";
import type { CallFacts } from "../domain/call.ts";
import { dayWithin, type Policy } from "./policy.ts";

/** How much traffic something is. */
export interface Weight {
  readonly calls: number;
  /** Input and output; tokens that a job trained on are none. */
  readonly tokens: bigint;
  readonly grossPicoUsd: bigint;
}

/** Calls that any policy treats alike, with their sums. */
export interface WeightedCall extends Weight {
  /** One word for each axis of the classification. */
  readonly evidence: CallFacts;
  /** One word for each axis of the agreement; `workload`, `head-start` and dated facts do not count, they follow from the policy. */
  readonly facts: CallFacts;
  /** The contract date it was made at, `YYYY-MM-DD`; a policy of another time decides it as of its own first day. */
  readonly date: string;
  /** The first day of its model on any cloud, `YYYY-MM-DD`; null where that is not known. */
  readonly launched: string | null;
}

export const NO_WEIGHT: Weight = { calls: 0, tokens: 0n, grossPicoUsd: 0n };

export interface DecidedCall {
  readonly classRuling: ClassRuling;
  /** What the policy knows of the call: its own class, head start and dated facts, the rest as it was. */
  readonly facts: CallFacts;
  /** Null where the call has no class, so that nothing is decided and it is refused. */
  readonly verdict: Verdict | null;
  /** The day it is decided on, `YYYY-MM-DD`. */
  readonly date: string;
}

/** Classifies and decides a call anew, as this policy would on the day the call was made, or the nearest it was in force. */
export function decideAgain(policy: Policy, call: WeightedCall): DecidedCall {
  const classRuling = classOf(policy, call.evidence);
  const { launched } = call;
  const date = dayWithin(policy.agreement.effective, call.date);
  const headStart = headStartAt(policy.facts, { launched, date, choice: policy.agreement.choices.A22 });
  const facts = { ...call.facts, ...factsAt(policy.facts, date), "head-start": headStart };
  if (classRuling.kind === "denied") return { classRuling, facts, verdict: null, date };
  const classified = { ...facts, workload: classRuling.workload };
  return { classRuling, facts: classified, verdict: decide(policy.agreement, classified), date };
}

/** The sum of two weights. */
export function addWeight(one: Weight, other: Weight): Weight {
  return {
    calls: one.calls + other.calls,
    tokens: one.tokens + other.tokens,
    grossPicoUsd: one.grossPicoUsd + other.grossPicoUsd,
  };
}

/** The sum of all of them; nothing where there are none. */
export function sumWeights(weights: readonly Weight[]): Weight {
  return weights.reduce(addWeight, NO_WEIGHT);
}

function classOf({ classifier }: Policy, evidence: CallFacts): ClassRuling {
  const cell = cellOf(classifier.axes, evidence);
  const ruling = classifier.outcomes[classifier.cells[cell] ?? -1];
  if (ruling === undefined) throw new RangeError(`the table has no cell ${cell}`);
  return ruling;
}
