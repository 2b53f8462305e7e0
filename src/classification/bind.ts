/** Resolves the words of the rules that count under a reading, so that later stages compare sets and never words. */

import { countsUnder } from "../agreement/bind.ts";
import { compareClauseIds } from "../agreement/clause-order.ts";
import type { Choices } from "../agreement/knobs.ts";
import type { Axis } from "../decision-table/axes.ts";
import { scopeOf } from "../decision-table/scope.ts";
import type { BoundRule, Impossibility, Rule } from "./rule.ts";
import type { ClassificationRule, ClassificationRules } from "./schema.ts";

/** Impossibilities and the rules selected by the choices, in the order of their ids whatever the order in the file. */
export function bindRules(
  { infeasible, rules }: Pick<ClassificationRules, "infeasible" | "rules">,
  choices: Choices,
  axes: readonly Axis[],
): readonly Rule[] {
  const impossible = infeasible.map(({ id, when, because }): Impossibility => {
    return { kind: "infeasible", id, scope: scopeOf(when, axes), because };
  });
  const counting = rules.filter((rule) => countsUnder(rule["only-if"], choices));
  const bound = [...impossible, ...counting.map((rule) => bindRule(rule, axes))];
  return bound.sort((a, b) => compareClauseIds(a.id, b.id));
}

function bindRule({ id, when, then, overrides }: ClassificationRule, axes: readonly Axis[]): BoundRule {
  const { workload, widening = null } = then;
  return { kind: "rule", id, scope: scopeOf(when, axes), workload, widening, overrides: new Set(overrides) };
}
