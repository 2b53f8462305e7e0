/**
 * CT010 and CT014: how well the properties and examples guard an agreement. Exact, because decisions are a finite table: a mutant
 * that changes no decision under any reading is equivalent and does not count; every other one must break a promise.
 */

import type { Space } from "../../decision-table/space.ts";
import { ruleOn } from "../rule.ts";
import type { Rule } from "../bind.ts";
import type { Ruling } from "../verdict.ts";
import { checkedTable, type CheckedTable } from "./checked-table.ts";
import type { Surroundings } from "./examine.ts";
import { mutantsOf, withMutant, type Mutant } from "./mutants.ts";
import type { BoundProperty, Properties } from "./parse-properties.ts";
import { breaks, breaksAnExample } from "./properties-hold.ts";

export type Fate =
  | { readonly kind: "killed" }
  | { readonly kind: "equivalent" }
  /** Changes decisions in these merged cells of `table`, and nothing notices. */
  | { readonly kind: "survived"; readonly table: CheckedTable; readonly cells: readonly number[] };

/** One regime under every reading, and what its promises are. */
export interface Guarded {
  readonly tables: readonly CheckedTable[];
  readonly properties: Properties;
  /** Tells apart the scopes of all rules and properties, and the values that a mutant changes. */
  readonly space: Space;
  readonly aroundOf: (table: CheckedTable) => Surroundings;
}

/** Every rule that counts under some reading, each once, in the order of the tables. */
function rulesOf(tables: readonly CheckedTable[]): readonly Rule[] {
  const byId = new Map(tables.flatMap(({ rules }) => rules.map((rule) => [rule.id, rule] as const)));
  return [...byId.values()];
}

/** Every mutant of the regime's rules; of values that nothing tells apart, the first stands for the others. */
export function allMutants({ tables, space }: Guarded): readonly Mutant[] {
  const [first] = tables;
  if (first === undefined) return [];
  const axes = space.facets.map(({ axis, groups }) => ({
    ...axis,
    values: groups.flatMap(([value]) => value ?? []),
  }));
  return rulesOf(tables).flatMap((rule) => mutantsOf(rule, { axes, providers: first.compiled.providers }));
}

/**
 * Returns a function that tells the fate of one mutant. It remembers from one to the next what rule sets say, and which promise
 * noticed the last mutant of a clause: that one most likely notices the next.
 */
export function judgeMutants({ tables, properties, space, aroundOf }: Guarded): (mutant: Mutant) => Fate {
  const remember = rememberRulings();
  const originals = tables.map((table) => checkedTable(table.compiled, space, { rule: remember(null) }));
  const promises = orderPromises(properties);
  const numberOf = numberRulings();
  return (mutant) => {
    const rule = remember(mutant);
    let survived: Fate | null = null;
    for (const original of originals) {
      if (!original.rules.some(({ id }) => id === mutant.clause)) continue;
      const rules = withMutant(original.rules, mutant);
      const mutated = checkedTable(original.compiled, space, { rules, rule });
      const cells = changedCells(original, mutated, numberOf);
      if (cells.length === 0) continue;
      if (promises.noticeFor(mutant.clause, mutated, aroundOf(original))) return { kind: "killed" };
      survived ??= { kind: "survived", table: original, cells };
    }
    return survived ?? { kind: "equivalent" };
  };
}

/** Cells in which the mutant decides otherwise, or cites otherwise; `numberOf` is the same for rulings that say the same. */
function changedCells(
  { reduced: before }: CheckedTable,
  { reduced: after }: CheckedTable,
  numberOf: (ruling: Ruling) => number,
): readonly number[] {
  const [said, says] = [before.outcomes.map(numberOf), after.outcomes.map(numberOf)];
  const changed: number[] = [];
  before.cells.forEach((set, cell) => {
    if (said[set] !== says[after.cells[cell] ?? 0]) changed.push(cell);
  });
  return changed;
}

/** Numbers what rulings say. Most tables share most of their rulings, so each is put into words once. */
function numberRulings(): (ruling: Ruling) => number {
  const byRuling = new WeakMap<Ruling, number>();
  const byText = new Map<string, number>();
  return (ruling) => {
    const known = byRuling.get(ruling);
    if (known !== undefined) return known;
    const text = JSON.stringify(ruling);
    const number = byText.get(text) ?? byText.size;
    byText.set(text, number);
    byRuling.set(ruling, number);
    return number;
  };
}

function orderPromises(properties: Properties): {
  noticeFor(clause: string, table: CheckedTable, around: Surroundings): boolean;
} {
  const lastNotice = new Map<string, BoundProperty>();
  return {
    noticeFor: (clause, table, around) => {
      const likely = lastNotice.get(clause);
      if (likely !== undefined && breaks(likely, table, around)) return true;
      if (breaksAnExample(table)) return true;
      const noticing = properties.bound.find((each) => each !== likely && breaks(each, table, around));
      if (noticing !== undefined) lastNotice.set(clause, noticing);
      return noticing !== undefined;
    },
  };
}

/** What a set of clauses says depends on the clauses alone, so mutants that only move a clause share one memory. */
function rememberRulings(): (mutant: Mutant | null) => (rules: readonly Rule[]) => Ruling {
  const known = new Map<string, Ruling>();
  return (mutant) => (rules) => {
    if (mutant?.touches === "effect" && rules.some(({ id }) => id === mutant.clause)) return ruleOn(rules);
    const key = rules.map(({ id }) => id).join();
    const ruling = known.get(key) ?? ruleOn(rules);
    known.set(key, ruling);
    return ruling;
  };
}
