/** Two agreements over one space of merged cells, so that they can be compared cell by cell. */

import type { CompiledAgreement } from "../../agreement/compile.ts";
import { checkedTable, type CheckedTable } from "../../agreement/verify/checked-table.ts";
import { scopeOf } from "../../decision-table/scope.ts";
import { collapse, weightOf, type Space } from "../../decision-table/space.ts";
import type { AxisMove } from "./axis-moves.ts";

export interface JointTables {
  /** Values are merged that neither side tells apart and no move is about; the cells of both tables have the same numbers. */
  readonly space: Space;
  readonly before: CheckedTable;
  readonly after: CheckedTable;
  /** Merged cells that cannot exist under either side, so nothing about them matters. */
  readonly impossible: ReadonlySet<number>;
  /** Cells of the full space that can exist under one side at least. */
  readonly cellCount: number;
}

/**
 * Joins two agreements with the same axes. A value that a move starts from or ends at stays alone, also where no clause asks about
 * it: the cells of a move are those with that value and no others.
 */
export function joinTables(
  one: CompiledAgreement,
  other: CompiledAgreement,
  moved: readonly AxisMove[],
): JointTables {
  const asked = [...one.rules, ...other.rules].map(({ scope }) => scope);
  const alone = moved.flatMap(({ axis, from, to }) =>
    [from, to].flatMap((value) => (value === null ? [] : [scopeOf({ [axis]: value }, one.axes)])),
  );
  const space = collapse(one.axes, [...asked, ...alone]);
  const [before, after] = [checkedTable(one, space), checkedTable(other, space)];
  const impossible = new Set([...before.impossible].filter((cell) => after.impossible.has(cell)));
  const without = [...impossible].reduce((sum, cell) => sum + weightOf(space, cell), 0);
  return { space, before, after, impossible, cellCount: one.cellCount - without };
}
