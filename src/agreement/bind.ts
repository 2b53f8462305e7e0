/** Resolves the words of the clauses that count under a reading, so that later stages compare sets and never words. */

import { select } from "./axes.ts";
import type { Axis } from "./axes.ts";
import { compareClauseIds } from "./clause-order.ts";
import type { Choices } from "./knobs.ts";
import type { AgreementDocument, Clause, Condition } from "./schema.ts";

/** What a cell must be for a clause to speak about it: the accepted values, one set per axis in the order of the axes. */
type Scope = readonly ReadonlySet<string>[];

export interface BoundClause {
  readonly kind: "clause";
  readonly id: string;
  readonly modality: Clause["modality"];
  readonly scope: Scope;
  /** The providers it names; empty for definitions and remuneration. */
  readonly providers: ReadonlySet<string>;
  /** The split it asks for; null for all but remuneration. */
  readonly sharePpm: Readonly<Record<string, number>> | null;
  readonly overrides: ReadonlySet<string>;
  readonly restsOn: ReadonlySet<string>;
}

interface BoundImpossibility {
  readonly kind: "infeasible";
  readonly id: string;
  readonly scope: Scope;
  readonly because: string;
}

export type Rule = BoundClause | BoundImpossibility;

/** Impossibilities and the clauses selected by the reading, in the order of their ids whatever the order in the file. */
export function bindRules(
  document: AgreementDocument,
  choices: Choices,
  axes: readonly Axis[],
): readonly Rule[] {
  const impossible = document.infeasible.map(({ id, when, because }): BoundImpossibility => {
    return { kind: "infeasible", id, scope: scopeOf(when, axes), because };
  });
  const clauses = document.clauses
    .filter((clause) => countsUnder(clause, choices))
    .map((clause) => bindClause(clause, document.providers, axes));
  return [...impossible, ...clauses].sort((a, b) => compareClauseIds(a.id, b.id));
}

function countsUnder(clause: Clause, choices: Choices): boolean {
  const chosen: Readonly<Record<string, string>> = choices;
  return Object.entries(clause["only-if"]).every(([knob, options]) => {
    const choice = chosen[knob] ?? "";
    return typeof options === "string" ? options === choice : options.includes(choice);
  });
}

function bindClause(clause: Clause, providers: readonly string[], axes: readonly Axis[]): BoundClause {
  return {
    kind: "clause",
    id: clause.id,
    modality: clause.modality,
    scope: scopeOf(clause.when, axes),
    providers: namedProviders(clause, providers),
    sharePpm: clause.modality === "remuneration" ? clause.then.share_ppm : null,
    overrides: new Set(clause.overrides),
    restsOn: new Set(clause["rests-on"]),
  };
}

function namedProviders(clause: Clause, providers: readonly string[]): ReadonlySet<string> {
  if (clause.modality === "definition" || clause.modality === "remuneration") return new Set();
  const named = clause.then.provider.in;
  return new Set(named === "any" ? providers : named);
}

function scopeOf(when: Condition, axes: readonly Axis[]): Scope {
  return axes.map((axis) => select(when[axis.name], axis.values));
}
