/** Changed cells, those that change in the same way taken together. */

import type { Ruling } from "../../agreement/verdict.ts";
import type { Space } from "../../decision-table/space.ts";
import { groupCells, type CellGroup } from "./cell-group.ts";
import { CHANGE_KINDS, changeBetween, type Change } from "./change.ts";

/** Same change of hosts, same clauses before and after, same change of the split. */
export interface ChangeRow extends Change, CellGroup {}

/** A merged cell with what both sides say about it. */
export interface ComparedCell {
  readonly cell: number;
  readonly before: Ruling;
  readonly after: Ruling;
}

/** Rows in the order of their kinds, the largest of a kind first; cubes may hold cells of `mayHold`, which do not matter. */
export function changeRows(
  space: Space,
  compared: readonly ComparedCell[],
  mayHold: ReadonlySet<number>,
): readonly ChangeRow[] {
  const between = memoised(changeBetween);
  const groups = new Map<string, { readonly change: Change; readonly cells: number[] }>();
  for (const { cell, before, after } of compared) {
    const change = between(before, after);
    if (change === null) continue;
    const key = JSON.stringify(change);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { change, cells: [cell] });
    else known.cells.push(cell);
  }
  return [...groups.values()]
    .map(({ change, cells }) => ({ ...change, ...groupCells(space, cells, mayHold) }))
    .sort(byKindAndSize);
}

/** Few rulings stand in many cells: each pair of them is compared once. */
function memoised(compare: typeof changeBetween): typeof changeBetween {
  const known = new Map<Ruling, Map<Ruling, Change | null>>();
  return (before, after) => {
    const row = known.get(before) ?? new Map<Ruling, Change | null>();
    known.set(before, row);
    const found = row.get(after);
    if (found !== undefined) return found;
    const change = compare(before, after);
    row.set(after, change);
    return change;
  };
}

function byKindAndSize(a: ChangeRow, b: ChangeRow): number {
  return CHANGE_KINDS.indexOf(a.kind) - CHANGE_KINDS.indexOf(b.kind) || b.cellCount - a.cellCount;
}
