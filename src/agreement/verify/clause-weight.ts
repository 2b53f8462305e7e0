/**
 * CT003 to CT006: clauses that have no say. A clause is judged over all the readings of its regime together: what is dead under one
 * of them may decide under another.
 */

import { cellsWithin } from "../../decision-table/space.ts";
import { scopeOf } from "../../decision-table/scope.ts";
import type { BoundClause, Rule } from "../bind.ts";
import type { Finding } from "../../decision-table/findings.ts";
import type { Agreement } from "../parse.ts";
import { ruleOn } from "../rule.ts";
import type { Clause } from "../schema.ts";
import { rulesAt, rulingAt, type CheckedTable } from "./checked-table.ts";
import { finding } from "../../decision-table/finding.ts";
import { sameOutcome } from "./same-outcome.ts";

/** Findings on every clause of one regime, whose tables are given: one for each reading. */
export function weighClauses(agreement: Agreement, tables: readonly CheckedTable[]): readonly Finding[] {
  return agreement.value.clauses.flatMap((clause, index) => [
    ...weighClause(agreement, { clause, index }, tables),
    ...clause.includes.flatMap((_, nth) => checkIncluded(agreement, { clause, index, nth }, tables)),
  ]);
}

/**
 * CT006 in one table: calls that a clause says it includes and that another decides there. Whether it decides any of them under
 * some reading can only be asked of all the readings together.
 */
export function checkIncludes(table: CheckedTable): readonly Finding[] {
  const agreement = table.compiled.source;
  return agreement.value.clauses.flatMap((clause, index) =>
    clause.includes.flatMap((_, nth) => {
      const looked = lookIncluded({ clause, nth }, table);
      return looked.escaping.length === 0 ? [] : [wordEscape(agreement, { clause, index, nth }, looked)];
    }),
  );
}

interface Weight {
  fires: boolean;
  /** Not overridden somewhere; for a definition, cited somewhere. */
  live: boolean;
  /** Some decision would be another without it. */
  matters: boolean;
  readonly shadows: Set<string>;
}

function weighClause(
  agreement: Agreement,
  { clause, index }: { clause: Clause; index: number },
  tables: readonly CheckedTable[],
): readonly Finding[] {
  const counting = tables.filter(({ rules }) => rules.some(({ id }) => id === clause.id));
  const weight: Weight = { fires: false, live: false, matters: false, shadows: new Set() };
  for (const table of counting) addWeight(weight, clause, table);
  const verdict = wordWeight(clause, weight, counting.length);
  if (verdict === null) return [];
  return [
    finding({
      ...verdict,
      subject: clause.id,
      at: { source: agreement, path: ["clauses", index] },
      tables: (counting.length > 0 ? counting : tables).map(({ name }) => name),
    }),
  ];
}

function addWeight(weight: Weight, clause: Clause, { reduced }: CheckedTable): void {
  reduced.ruleSets.forEach((rules, number) => {
    const outcome = reduced.outcomes[number];
    const own = rules.find((rule): rule is BoundClause => rule.kind === "clause" && rule.id === clause.id);
    if (own === undefined || outcome === undefined || isImpossible(rules)) return;
    weight.fires = true;
    if (clause.modality === "definition") {
      if (outcome.clauses.includes(clause.id)) weight.live = weight.matters = true;
      return;
    }
    const above = rules.filter((rule) => rule.kind === "clause" && rule.overrides.has(clause.id));
    if (above.length === 0) weight.live = true;
    for (const { id } of above) weight.shadows.add(id);
    const without = rules.filter((rule) => rule !== own);
    if (!weight.matters && !sameOutcome(ruleOn(without), outcome)) weight.matters = true;
  });
}

function isImpossible(rules: readonly Rule[]): boolean {
  return rules.some((rule) => rule.kind === "infeasible");
}

function wordWeight(
  clause: Clause,
  { fires, live, matters, shadows }: Weight,
  countingTables: number,
): { readonly code: "CT003" | "CT004" | "CT005"; readonly message: string } | null {
  if (countingTables === 0) return { code: "CT003", message: `${clause.id} counts under no reading` };
  if (!fires) return { code: "CT003", message: `${clause.id} is met by no call that can exist` };
  if (clause.modality === "definition") {
    return live ? null : { code: "CT003", message: `nothing that rests on ${clause.id} ever decides` };
  }
  if (!live) {
    return {
      code: "CT004",
      message: `${clause.id} is overridden wherever it fires, by ${[...shadows].join(", ")}`,
    };
  }
  return matters ? null : { code: "CT005", message: `without ${clause.id} every decision is the same` };
}

/** What `includes` names must be decided by the clause, save where one of its exceptions decides. */
function checkIncluded(
  agreement: Agreement,
  { clause, index, nth }: { clause: Clause; index: number; nth: number },
  tables: readonly CheckedTable[],
): readonly Finding[] {
  const looked = tables
    .filter(({ rules }) => rules.some(({ id }) => id === clause.id))
    .map((table) => lookIncluded({ clause, nth }, table));
  const everDecides = looked.some(({ decides }) => decides);
  const escaped = looked.find(({ escaping }) => escaping.length > 0) ?? (everDecides ? undefined : looked[0]);
  return escaped === undefined ? [] : [wordEscape(agreement, { clause, index, nth }, escaped)];
}

interface Looked {
  readonly table: CheckedTable;
  /** What `includes` names, without what cannot exist. */
  readonly cells: readonly number[];
  /** Those that another clause decides, and none of the exceptions. */
  readonly escaping: readonly number[];
  readonly decides: boolean;
}

function lookIncluded({ clause, nth }: { clause: Clause; nth: number }, table: CheckedTable): Looked {
  if (!table.rules.some(({ id }) => id === clause.id))
    return { table, cells: [], escaping: [], decides: false };
  const part = scopeOf({ ...clause.when, ...clause.includes[nth] }, table.compiled.axes);
  const cells = cellsWithin(table.reduced.space, part).filter((cell) => !table.impossible.has(cell));
  const undecided = cells.filter((cell) => !rulingAt(table, cell).clauses.includes(clause.id));
  const escaping = undecided.filter((cell) => !isExcepted(clause, rulesAt(table, cell)));
  return { table, cells, escaping, decides: undecided.length < cells.length };
}

function wordEscape(
  agreement: Agreement,
  { clause, index, nth }: { clause: Clause; index: number; nth: number },
  { table, cells, escaping }: Looked,
): Finding {
  return finding({
    code: "CT006",
    subject: clause.id,
    message: `${clause.id} says it includes these calls, and does not decide them`,
    at: { source: agreement, path: ["clauses", index, "includes", nth] },
    tables: [table.name],
    cells: { table, cells: escaping.length > 0 ? escaping : cells },
  });
}

function isExcepted({ except }: Clause, speaking: readonly Rule[]): boolean {
  return speaking.some(({ id }) => except.includes(id));
}
