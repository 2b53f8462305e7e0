/** Two agreements over one space of merged cells, so that they can be compared cell by cell. */

import type { CompiledAgreement } from "../../agreement/compile.ts";
import { checkedTable, type CheckedTable } from "../../agreement/verify/checked-table.ts";
import type { Axis } from "../../decision-table/axes.ts";
import { collapse, weightOf, type Space } from "../../decision-table/space.ts";

export interface JointTables {
  /** Values are merged that neither side tells apart; the cells of both tables have the same numbers. */
  readonly space: Space;
  readonly before: CheckedTable;
  readonly after: CheckedTable;
  /** Merged cells that cannot exist under either side, so nothing about them matters. */
  readonly impossible: ReadonlySet<number>;
  /** Cells of the full space that can exist under one side at least. */
  readonly cellCount: number;
}

/** Throws RangeError for agreements that do not share their axes: they speak about different calls. */
export function joinTables(one: CompiledAgreement, other: CompiledAgreement): JointTables {
  if (wordsOf(one.axes) !== wordsOf(other.axes)) throw new RangeError("the two sides have different axes");
  const scopes = [...one.rules, ...other.rules].map(({ scope }) => scope);
  const space = collapse(one.axes, scopes);
  const [before, after] = [checkedTable(one, space), checkedTable(other, space)];
  const impossible = new Set([...before.impossible].filter((cell) => after.impossible.has(cell)));
  const without = [...impossible].reduce((sum, cell) => sum + weightOf(space, cell), 0);
  return { space, before, after, impossible, cellCount: one.cellCount - without };
}

function wordsOf(axes: readonly Axis[]): string {
  return JSON.stringify(axes.map(({ name, values }) => [name, values]));
}
