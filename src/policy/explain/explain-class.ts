/** Why a call has its class: the rules that decided, and the evidence that they rest on. */

import type { Classifier } from "../../classification/compile.ts";
import type { ClassRuling } from "../../classification/rule.ts";
import { cellOf } from "../../decision-table/axes.ts";
import type { CallFacts } from "../../domain/call.ts";
import { citeRules, type CitedRule } from "./cited.ts";
import { findMatters, type Matters } from "./matters.ts";

export interface ClassExplanation {
  readonly ruling: ClassRuling;
  readonly because: readonly CitedRule[];
  /** One value for each axis of the classification. */
  readonly evidence: CallFacts;
  readonly matters: Matters;
}

/** `evidence` as `evidenceOf` makes it, or as it was recorded by a version with other axes: that one is unclassifiable. */
export function explainClass(classifier: Classifier, evidence: CallFacts): ClassExplanation {
  const ruling = classifier.outcomes[classifier.cells[cellOf(classifier.axes, evidence)] ?? -1];
  if (ruling === undefined) throw new RangeError("the classification has no such cell");
  return {
    ruling,
    because: citeRules(classifier, ruling.rules),
    evidence,
    matters: mattersOf(classifier, evidence, ruling),
  };
}

function mattersOf({ reduced, axes }: Classifier, evidence: CallFacts, ruling: ClassRuling): Matters {
  if (ruling.kind === "denied" && ruling.axis !== null) {
    const { axis } = ruling;
    const irrelevant = axes.map(({ name }) => name).filter((name) => name !== axis);
    return { rests: [{ axis, value: evidence[axis] ?? "", alike: [], onlyCited: false }], irrelevant };
  }
  return findMatters(reduced, evidence, sameClass);
}

function sameClass(one: ClassRuling, other: ClassRuling): boolean {
  if (one.kind === "denied" || other.kind === "denied") return false;
  return one.workload === other.workload && one.widening === other.widening;
}
