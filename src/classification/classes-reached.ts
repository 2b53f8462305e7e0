/** From a condition on requests to the classes they can come to: the joint between the classification and the agreement. */

import type { Condition } from "../decision-table/condition.ts";
import { scopeOf } from "../decision-table/scope.ts";
import { cellsWithin, collapse } from "../decision-table/space.ts";
import { reduceTable } from "../decision-table/table.ts";
import type { Classifier } from "./compile.ts";
import { ruleOn } from "./rule.ts";

/** Classes of all possible requests that meet the condition; empty where none can exist. */
export function classesReached({ axes, rules }: Classifier, evidence: Condition): ReadonlySet<string> {
  const scope = scopeOf(evidence, axes);
  const space = collapse(axes, [...rules.map((rule) => rule.scope), scope]);
  const { cells, outcomes } = reduceTable({ axes, rules, ruleOn, space });
  const rulings = new Set(cellsWithin(space, scope).map((cell) => outcomes[cells[cell] ?? -1]));
  return new Set([...rulings].flatMap((ruling) => (ruling?.kind === "classified" ? [ruling.workload] : [])));
}
