/** Asks one property of one table: does it hold, is it empty, or where does it fail? */

import type { Condition } from "../../decision-table/condition.ts";
import { indexAt, type Space } from "../../decision-table/space.ts";
import type { Rule } from "../bind.ts";
import { ruleOn } from "../rule.ts";
import { cellsConcerned, concerns } from "./cells-concerned.ts";
import { isImpossible, rulesAt, rulingAt, type CheckedTable } from "./checked-table.ts";
import { meetsDemand } from "./demand.ts";
import { sameOutcome, sameSet, sameSplit } from "./same-outcome.ts";
import { leavesItsSet } from "./under-health.ts";
import type { BoundProperty } from "./parse-properties.ts";
import type { Exists, Forall, Invariant, Relation } from "./property-schema.ts";
import type { Ruling } from "../verdict.ts";

export type Examination =
  | { readonly kind: "holds" }
  /** It does not concern this regime or this reading. */
  | { readonly kind: "elsewhere" }
  /** Its condition meets no cell that can exist, so it says nothing. */
  | { readonly kind: "vacuous" }
  /** Merged cells of `table`, at least one. */
  | {
      readonly kind: "fails";
      readonly table: CheckedTable;
      readonly cells: readonly number[];
      readonly how: string;
    };

export interface Surroundings {
  /** Every regime, in the order of their dates. */
  readonly regimes: readonly string[];
  /** The table of another regime under the same reading, over this space; null where it is not loaded. */
  readonly tableOf: (regime: string, space: Space) => CheckedTable | null;
  /** The workload classes that requests with such evidence come to, under the reading of the table. */
  readonly classesOf: (table: CheckedTable, evidence: Condition) => ReadonlySet<string>;
}

const HOLDS: Examination = { kind: "holds" };
const ELSEWHERE: Examination = { kind: "elsewhere" };
const VACUOUS: Examination = { kind: "vacuous" };

/** `table` must tell the scopes of the property apart. */
export function examine(bound: BoundProperty, table: CheckedTable, around: Surroundings): Examination {
  const { property } = bound;
  if (!concerns(property, table.compiled, around.regimes)) return ELSEWHERE;
  if ("relation" in property) return examineRelation(bound, property, table, around);
  const cells = cellsConcerned(bound, table, around);
  if ("exists" in property) return examineExists(property, table, cells);
  return "invariantUnder" in property
    ? examineInvariant(bound, property, table, cells)
    : examineForall(property, table, cells);
}

/** Whether the decision of a rule set stands, is impossible, or fails: the answer for every cell where exactly that set speaks. */
const FAILS = 0;
const STANDS = 1;
const IMPOSSIBLE = 2;

function answersOf(table: CheckedTable, stands: (ruling: Ruling) => boolean): Uint8Array {
  return Uint8Array.from(table.reduced.outcomes, (ruling) => {
    if (isImpossible(ruling)) return IMPOSSIBLE;
    return stands(ruling) ? STANDS : FAILS;
  });
}

function examineForall(property: Forall, table: CheckedTable, cells: readonly number[]): Examination {
  const { compiled, reduced } = table;
  const answers = answersOf(table, (ruling) => meetsDemand(ruling, property.then, compiled));
  const failing = cells.filter((cell) => answers[reduced.cells[cell] ?? 0] === FAILS);
  if (failing.length > 0) return { kind: "fails", table, cells: failing, how: howItFails(table, failing) };
  if (!cells.some((cell) => answers[reduced.cells[cell] ?? 0] === STANDS)) return VACUOUS;
  if (property.underHealth !== "all") return HOLDS;
  const healthy = answersOf(table, (ruling) => !leavesItsSet(ruling, compiled.providers));
  const leaving = cells.filter((cell) => healthy[reduced.cells[cell] ?? 0] === FAILS);
  if (leaving.length === 0) return HOLDS;
  return { kind: "fails", table, cells: leaving, how: "the chooser leaves the allowed set" };
}

function examineExists(property: Exists, table: CheckedTable, cells: readonly number[]): Examination {
  const { compiled, reduced } = table;
  const answers = answersOf(table, (ruling) => meetsDemand(ruling, property.then, compiled));
  if (cells.some((cell) => answers[reduced.cells[cell] ?? 0] === STANDS)) return HOLDS;
  const failing = cells.filter((cell) => answers[reduced.cells[cell] ?? 0] === FAILS);
  return failing.length === 0 ? VACUOUS : { kind: "fails", table, cells: failing, how: "no cell meets it" };
}

/** Cells that differ in the named axes only must agree; the first of them sets what the others are compared with. */
function examineInvariant(
  bound: BoundProperty,
  property: Invariant,
  table: CheckedTable,
  cells: readonly number[],
): Examination {
  const { reduced } = table;
  const ignored = reduced.space.facets.filter(({ axis }) => bound.invariantAxes.has(axis.name));
  const answers = answersOf(table, () => true);
  const setsAgree = askPairs(table, table, (one, other) => agree(one, other, property.of));
  // By cell without the ignored axes: the rule set of the first such cell, -1 where there was none yet.
  const first = new Int32Array(reduced.space.size).fill(-1);
  const failing: number[] = [];
  let asked = false;
  for (const cell of cells) {
    const set = reduced.cells[cell] ?? 0;
    if (answers[set] === IMPOSSIBLE) continue;
    asked = true;
    let elsewhere = cell;
    for (const facet of ignored) elsewhere -= indexAt(facet, cell) * facet.stride;
    const known = first[elsewhere] ?? -1;
    if (known < 0) first[elsewhere] = set;
    else if (known !== set && !setsAgree(known, set)) failing.push(cell);
  }
  if (!asked) return VACUOUS;
  if (failing.length === 0) return HOLDS;
  return { kind: "fails", table, cells: failing, how: howItFails(table, failing) };
}

/** A question about what a rule set of each table says, by their numbers: far fewer pairs than cells, so each is asked once. */
function askPairs(
  { reduced: { outcomes: lefts } }: CheckedTable,
  { reduced: { outcomes: rights } }: CheckedTable,
  ask: (left: Ruling, right: Ruling) => boolean,
): (left: number, right: number) => boolean {
  const known = new Map<number, boolean>();
  return (left, right) => {
    const pair = left * rights.length + right;
    const answer = known.get(pair);
    if (answer !== undefined) return answer;
    const [one, other] = [lefts[left], rights[right]];
    const asked = one !== undefined && other !== undefined && ask(one, other);
    known.set(pair, asked);
    return asked;
  };
}

function agree(one: Ruling, other: Ruling, parts: Invariant["of"]): boolean {
  if (one === other) return true;
  if (one.kind === "denied" || other.kind === "denied") return one.kind === other.kind;
  return parts.every((part) => {
    switch (part) {
      case "providers":
        return sameSet(one.providers, other.providers);
      case "clauses":
        return sameSet(one.clauses, other.clauses);
      case "share_ppm":
        return sameSplit(one, other);
    }
  });
}

function examineRelation(
  bound: BoundProperty,
  property: Relation,
  table: CheckedTable,
  around: Surroundings,
): Examination {
  const { left, right, is } = property.relation;
  const { regime } = table.compiled;
  const opposite = around.tableOf(regime === left ? right : left, table.reduced.space);
  if (opposite === null) return ELSEWHERE;
  const [one, two] = regime === left ? [table, opposite] : [opposite, table];
  const [before, after] = [one.reduced.cells, two.reduced.cells];
  const possible = askPairs(one, two, (...both) => !both.some(isImpossible));
  const stands = askPairs(one, two, (...both) => stand(...both, is));
  const cells = cellsConcerned(bound, two, around).filter((cell) =>
    possible(before[cell] ?? 0, after[cell] ?? 0),
  );
  if (cells.length === 0) return VACUOUS;
  const failing = cells.filter((cell) => !stands(before[cell] ?? 0, after[cell] ?? 0));
  if (is === "tighter-somewhere" ? failing.length < cells.length : failing.length === 0) return HOLDS;
  return { kind: "fails", table: two, cells: failing, how: `compared with ${left}` };
}

/** For `tighter-somewhere`, whether this cell is one; for the others, whether the relation holds here. */
function stand(left: Ruling, right: Ruling, relation: Relation["relation"]["is"]): boolean {
  const before = left.kind === "allowed" ? left.providers : [];
  const after = right.kind === "allowed" ? right.providers : [];
  switch (relation) {
    case "equal-hosts":
      return sameSet(before, after);
    case "not-tighter":
      return before.every((each) => after.includes(each));
    case "tighter-somewhere":
      return !before.every((each) => after.includes(each));
    case "equal-split":
      return agree(left, right, ["share_ppm"]);
  }
}

/** What the first failing cell gets, and the fewest clauses that alone bring it about. */
function howItFails(table: CheckedTable, cells: readonly number[]): string {
  const [first] = cells;
  if (first === undefined) return "";
  const ruling = rulingAt(table, first);
  const result = ruling.kind === "denied" ? `denied (${ruling.reason})` : `{${ruling.providers.join(", ")}}`;
  const responsible = fewestRules(rulesAt(table, first), ruling).map(({ id }) => id);
  return `gets ${result} by ${responsible.join(", ") || "no clause"}`;
}

/** Drops every rule without which the outcome stays the same; what is left is minimal, not always the smallest. */
function fewestRules(rules: readonly Rule[], outcome: Ruling): readonly Rule[] {
  let needed = rules;
  for (const rule of rules) {
    const without = needed.filter((each) => each !== rule);
    if (sameOutcome(ruleOn(without), outcome)) needed = without;
  }
  return needed;
}
