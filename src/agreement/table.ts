/**
 * Enumerates the decision space. Each axis value has the set of rules that accept it as bits; walking the axes, the sets are
 * intersected prefix by prefix, so the innermost step is one AND and one look-up from rule set to ruling, whatever the number
 * of rules. Rulings are interned: the table holds their numbers.
 */

import { tableSize } from "./axes.ts";
import type { Axis } from "./axes.ts";
import type { Rule } from "./bind.ts";
import { ruleOn } from "./rule.ts";
import type { Ruling } from "./verdict.ts";

/** Two words of 26 bits join to one exact number (52 of a double's 53 bits), which keys the map of rule sets. */
const WORD_BITS = 26;
const WORD = 2 ** WORD_BITS;
export const MAX_RULES = 2 * WORD_BITS;

export interface DecisionTable {
  /** By number of the cell: the number of its ruling. */
  readonly cells: Uint16Array;
  /** The first ones deny an unknown value, one per axis in the order of the axes. */
  readonly rulings: readonly Ruling[];
}

/** At most MAX_RULES rules; throws RangeError above, or when the space needs more rulings than a cell can number. */
export function buildTable(axes: readonly Axis[], rules: readonly Rule[]): DecisionTable {
  if (rules.length > MAX_RULES) throw new RangeError(`more than ${MAX_RULES} rules`);
  const rulings: Ruling[] = axes.map(unclassifiable);
  const numberByText = new Map(rulings.map((ruling, number) => [JSON.stringify(ruling), number]));
  const numberByRules = new Map<number, number>();
  const cells = new Uint16Array(tableSize(axes));
  const masks = axes.map((axis, position) => axis.values.map((value) => maskOf(rules, position, value)));

  const numberOf = (low: number, high: number): number => {
    const key = high * WORD + low;
    const known = numberByRules.get(key);
    if (known !== undefined) return known;
    const ruling = ruleOn(rules.filter((_, bit) => hasBit(bit, low, high)));
    const text = JSON.stringify(ruling);
    const number = numberByText.get(text) ?? rulings.push(Object.freeze(ruling)) - 1;
    if (number > 0xffff) throw new RangeError("more than 65536 distinct rulings");
    numberByText.set(text, number);
    numberByRules.set(key, number);
    return number;
  };
  const walk = (position: number, base: number, low: number, high: number): void => {
    const axis = axes[position];
    if (axis === undefined) {
      cells[base] = numberOf(low, high);
      return;
    }
    // Index 0: whatever the other axes say, an unknown value denies. The first unknown axis is the one named.
    cells.fill(position, base, base + axis.stride);
    masks[position]?.forEach((mask, index) => {
      walk(position + 1, base + (index + 1) * axis.stride, low & mask.low, high & mask.high);
    });
  };
  walk(0, 0, WORD - 1, WORD - 1);
  return { cells, rulings: Object.freeze(rulings) };
}

function maskOf(rules: readonly Rule[], position: number, value: string): { low: number; high: number } {
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

function unclassifiable(axis: Axis): Ruling {
  const known = axis.values.map((value) => `\`${value}\``).join(", ");
  return Object.freeze({
    kind: "denied",
    reason: "unclassifiable",
    clauses: Object.freeze([]),
    axis: axis.name,
    message: `the \`${axis.name}\` of the call is not known to the agreement`,
    remedy: `it must be one of ${known}`,
  });
}
