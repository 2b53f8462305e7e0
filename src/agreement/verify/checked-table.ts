/** One regime under one reading, as the checks look at it: every merged cell with the rules that speak and what they say. */

import type { Space } from "../../decision-table/space.ts";
import { reduceTable, type ReducedTable } from "../../decision-table/table.ts";
import type { Rule } from "../bind.ts";
import type { BoundAgreement } from "../compile.ts";
import { ruleOn } from "../rule.ts";
import type { Ruling } from "../verdict.ts";

export interface CheckedTable {
  readonly compiled: BoundAgreement;
  /** `regime x reading`, and where its money clauses were swapped `x` their preset. */
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly reduced: ReducedTable<Rule, Ruling>;
  /** Merged cells that cannot exist. */
  readonly impossible: ReadonlySet<number>;
}

/** `space` must tell apart whatever will be asked of the table; `rules` may be a mutant's instead of the agreement's. */
export function checkedTable(
  compiled: BoundAgreement,
  space: Space,
  {
    rules = compiled.rules,
    rule = ruleOn,
  }: { rules?: readonly Rule[]; rule?: (rules: readonly Rule[]) => Ruling } = {},
): CheckedTable {
  const reduced = reduceTable({ axes: compiled.axes, rules, ruleOn: rule, space });
  const { shares } = compiled.source;
  let impossible: ReadonlySet<number> | null = null;
  return {
    compiled,
    name: [compiled.regime, compiled.readingId, ...(shares === null ? [] : [shares.id])].join(" x "),
    rules,
    reduced,
    // Most tables are never asked: only what is shown as cubes needs to know.
    get impossible() {
      impossible ??= findImpossible(reduced);
      return impossible;
    },
  };
}

/** What the table says in a merged cell; RangeError outside the space. */
export function rulingAt({ reduced }: CheckedTable, cell: number): Ruling {
  const ruling = reduced.outcomes[reduced.cells[cell] ?? -1];
  if (ruling === undefined) throw new RangeError(`the space has no cell ${cell}`);
  return ruling;
}

/** The rules that speak in a merged cell, in the order of their ids. */
export function rulesAt({ reduced }: CheckedTable, cell: number): readonly Rule[] {
  return reduced.ruleSets[reduced.cells[cell] ?? -1] ?? [];
}

/** Whether such a call cannot exist. */
export function isImpossible(ruling: Ruling): boolean {
  return ruling.kind === "denied" && ruling.reason === "infeasible";
}

function findImpossible({ cells, outcomes }: ReducedTable<Rule, Ruling>): ReadonlySet<number> {
  const sets = new Set([...outcomes.keys()].filter((set) => isImpossible(outcomes[set] as Ruling)));
  return new Set([...cells.keys()].filter((cell) => sets.has(cells[cell] ?? -1)));
}
