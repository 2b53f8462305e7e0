/**
 * Enumerates the decision space. Each group of values has the set of rules that accept it as bits; walking the axes, the sets
 * are intersected prefix by prefix, so the innermost step is one AND and one look-up from rule set to outcome, whatever the
 * number of rules. Outcomes are interned: a table holds their numbers.
 */

import { tableSize, type Axis } from "./axes.ts";
import type { ScopedRule } from "./scope.ts";
import { collapse, type Space } from "./space.ts";

/** Two words of 26 bits join to one exact number (52 of a double's 53 bits), which keys the map of rule sets. */
const WORD_BITS = 26;
const WORD = 2 ** WORD_BITS;
export const MAX_RULES = 2 * WORD_BITS;
/** A cell of the flat table is 16 bits wide. */
const MAX_OUTCOMES = 2 ** 16;

export interface ReducedTable<Rule, Outcome> {
  readonly space: Space;
  /** By merged cell: the number of its rule set. */
  readonly cells: Uint16Array;
  /** Each set of rules that speaks somewhere, in the order the rules were given; distinct sets, some may share an outcome. */
  readonly ruleSets: readonly (readonly Rule[])[];
  /** By rule set: what it says. Sets that say the same share one value. */
  readonly outcomes: readonly Outcome[];
}

export interface TableInput<Rule extends ScopedRule, Outcome> {
  readonly axes: readonly Axis[];
  /** At most MAX_RULES, in canonical order, so that equal rule sets give equal outcomes. */
  readonly rules: readonly Rule[];
  readonly ruleOn: (rules: readonly Rule[]) => Outcome;
  /** Merged cells that no scope of the rules straddles; made from those scopes unless given. */
  readonly space?: Space;
}

/** The table over merged cells. Throws RangeError for more than MAX_RULES rules or 65,536 rule sets. */
export function reduceTable<Rule extends ScopedRule, Outcome>({
  axes,
  rules,
  ruleOn,
  space = collapse(
    axes,
    rules.map(({ scope }) => scope),
  ),
}: TableInput<Rule, Outcome>): ReducedTable<Rule, Outcome> {
  if (rules.length > MAX_RULES) throw new RangeError(`more than ${MAX_RULES} rules`);
  const interned = new Map<string, Outcome>();
  const ruleSets: (readonly Rule[])[] = [];
  const outcomes: Outcome[] = [];
  const numberOf = numberRuleSets((low, high) => {
    const speaking = rules.filter((_, bit) => hasBit(bit, low, high));
    const outcome = ruleOn(speaking);
    const text = JSON.stringify(outcome);
    const known = interned.get(text);
    if (known === undefined) interned.set(text, outcome);
    outcomes.push(known ?? outcome);
    if (ruleSets.push(speaking) > MAX_OUTCOMES) throw new RangeError("more than 65536 rule sets");
    return ruleSets.length - 1;
  });
  return { space, cells: walkSpace(space, rules, numberOf), ruleSets, outcomes };
}

/** A flat table with a place for unknown values: entry by number of the cell, see axes.ts. */
export interface FlatTable<Outcome> {
  readonly cells: Uint16Array;
  readonly outcomes: readonly Outcome[];
}

/**
 * Spreads a reduced table over every cell. Index 0 of an axis denies by `unknown` whatever the other axes say; the first
 * unknown axis is the one named. Merged values are copied as blocks, so this is bound by memory, not by rules.
 */
export function expandTable<Rule, Outcome>(
  reduced: ReducedTable<Rule, Outcome>,
  axes: readonly Axis[],
  unknown: (axis: Axis) => Outcome,
): FlatTable<Outcome> {
  const outcomes = [...axes.map(unknown), ...new Set(reduced.outcomes)];
  const numbers = new Map(outcomes.map((outcome, number) => [outcome, number]));
  const numberBySet = Uint16Array.from(reduced.outcomes, (outcome) => numbers.get(outcome) ?? 0);
  const cells = new Uint16Array(tableSize(axes));
  const { facets } = reduced.space;
  const fill = (position: number, merged: number, base: number): void => {
    const facet = facets[position];
    if (facet === undefined) {
      cells[base] = numberBySet[reduced.cells[merged] ?? 0] ?? 0;
      return;
    }
    const { axis, groups, stride } = facet;
    cells.fill(position, base, base + axis.stride);
    groups.forEach((group, index) => {
      const [first, ...others] = group.map((value) => base + (axis.offsets.get(value) ?? 0));
      if (first === undefined) return;
      fill(position + 1, merged + index * stride, first);
      for (const other of others) cells.copyWithin(other, first, first + axis.stride);
    });
  };
  fill(0, 0, 0);
  return { cells, outcomes };
}

/** Numbers rule sets as they turn up; `assign` is asked once for each. */
function numberRuleSets(
  assign: (low: number, high: number) => number,
): (low: number, high: number) => number {
  const numbers = new Map<number, number>();
  return (low, high) => {
    const key = high * WORD + low;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const number = assign(low, high);
    numbers.set(key, number);
    return number;
  };
}

function walkSpace(
  space: Space,
  rules: readonly ScopedRule[],
  numberOf: (low: number, high: number) => number,
): Uint16Array {
  const cells = new Uint16Array(space.size);
  const masks = space.facets.map(({ groups }, position) =>
    groups.map((group) => maskOf(rules, position, group[0] ?? "")),
  );
  const last = masks.length - 1;
  // The innermost axis is a loop of its own: a call for each cell would cost as much as all the rest.
  const walk = (position: number, base: number, low: number, high: number): void => {
    const own = masks[position];
    if (own === undefined) {
      cells[base] = numberOf(low, high);
      return;
    }
    const stride = space.facets[position]?.stride ?? 1;
    let cell = base;
    for (const mask of own) {
      if (position === last) cells[cell] = numberOf(low & mask.low, high & mask.high);
      else walk(position + 1, cell, low & mask.low, high & mask.high);
      cell += stride;
    }
  };
  walk(0, 0, WORD - 1, WORD - 1);
  return cells;
}

function maskOf(
  rules: readonly ScopedRule[],
  position: number,
  value: string,
): { low: number; high: number } {
  let [low, high] = [0, 0];
  rules.forEach((rule, bit) => {
    if (rule.scope[position]?.has(value) !== true) return;
    if (bit < WORD_BITS) low |= 1 << bit;
    else high |= 1 << (bit - WORD_BITS);
  });
  return { low, high };
}

function hasBit(bit: number, low: number, high: number): boolean {
  return ((bit < WORD_BITS ? low >> bit : high >> (bit - WORD_BITS)) & 1) === 1;
}
