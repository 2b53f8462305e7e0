/** Resolves the words of the clauses that count under a reading, so that later stages compare sets and never words. */

import type { Axis } from "../decision-table/axes.ts";
import { select } from "../decision-table/condition.ts";
import { scopeOf, type ScopedRule } from "../decision-table/scope.ts";
import { compareClauseIds } from "./clause-order.ts";
import { KNOBS, type Choices, type KnobId } from "./knobs.ts";
import type { Commission, Remuneration } from "./money-schema.ts";
import { isMoneyClause, type AgreementDocument, type ChoiceSelectors, type Clause } from "./schema.ts";

export interface BoundClause extends ScopedRule {
  readonly kind: "clause";
  readonly modality: Clause["modality"];
  /** The providers it names; empty for definitions and clauses on money. */
  readonly providers: ReadonlySet<string>;
  /** The split it asks for; null for all but remuneration. */
  readonly remuneration: Remuneration | null;
  /** What it pays for bringing the sale; null for all but commissions. */
  readonly commission: Commission | null;
  readonly overrides: ReadonlySet<string>;
  readonly restsOn: ReadonlySet<string>;
}

interface BoundImpossibility extends ScopedRule {
  readonly kind: "infeasible";
  readonly because: string;
}

export type Rule = BoundClause | BoundImpossibility;

/** Impossibilities and the clauses selected by the choices, in the order of their ids whatever the order in the file. */
export function bindRules(
  document: Pick<AgreementDocument, "infeasible" | "clauses">,
  { choices, axes, providers }: { choices: Choices; axes: readonly Axis[]; providers: readonly string[] },
): readonly Rule[] {
  const impossible = document.infeasible.map(({ id, when, because }): BoundImpossibility => {
    return { kind: "infeasible", id, scope: scopeOf(when, axes), because };
  });
  const clauses = document.clauses
    .filter((clause) => countsUnder(clause["only-if"], choices))
    .map((clause) => bindClause(clause, providers, axes));
  return [...impossible, ...clauses].sort((a, b) => compareClauseIds(a.id, b.id));
}

/** Whether choices meet the selectors of a clause, an example or a property; no selector is met by all. */
export function countsUnder(selectors: ChoiceSelectors, choices: Choices): boolean {
  return Object.entries(selectors).every(([id, selector]) => {
    const knob = KNOBS[id as KnobId];
    return select(selector, [...knob.simulated, ...knob.notYet]).has(choices[id as KnobId]);
  });
}

function bindClause(clause: Clause, providers: readonly string[], axes: readonly Axis[]): BoundClause {
  return {
    kind: "clause",
    id: clause.id,
    modality: clause.modality,
    scope: scopeOf(clause.when, axes),
    providers: namedProviders(clause, providers),
    remuneration: clause.modality === "remuneration" ? clause.then : null,
    commission: clause.modality === "commission" ? clause.then : null,
    overrides: new Set(clause.overrides),
    restsOn: new Set(clause["rests-on"]),
  };
}

function namedProviders(clause: Clause, providers: readonly string[]): ReadonlySet<string> {
  if (clause.modality === "definition" || isMoneyClause(clause)) return new Set();
  const named = clause.then.provider.in;
  return new Set(named === "any" ? providers : named);
}
