/**
 * Calls that reach another cell because a fact about them is read differently: their class, or the head start of their model.
 * The tables may be equal and such calls still go elsewhere, so each move is compared cell by cell as well.
 */

import { isImpossible, rulingAt } from "../../agreement/verify/checked-table.ts";
import type { Ruling } from "../../agreement/verdict.ts";
import { indexAt, type Space } from "../../decision-table/space.ts";
import { changeRows, type ChangeRow, type ComparedCell } from "./change-rows.ts";
import type { JointTables } from "./joint-tables.ts";

/** The value of an axis before and after; null where there is none, so that the call is refused. */
export interface AxisMove {
  readonly axis: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface Move {
  /** At least one; on axes of the agreement. */
  readonly axes: readonly AxisMove[];
  /** What becomes of such calls; the cells are those before, or those after where the call had none before. */
  readonly rows: readonly ChangeRow[];
}

/**
 * Every combination of the moves of each axis, a move of none left out. `alternatives` holds, per axis, what can happen to its
 * value; that it stays as it is need not be said.
 */
export function compareMoves(
  joint: JointTables,
  alternatives: readonly (readonly AxisMove[])[],
): readonly Move[] {
  let combined: readonly (readonly AxisMove[])[] = [[]];
  for (const moves of alternatives) {
    combined = combined.flatMap((before) => [before, ...moves.map((move) => [...before, move])]);
  }
  return combined.filter((axes) => axes.length > 0).map((axes) => ({ axes, rows: rowsOf(joint, axes) }));
}

function rowsOf(joint: JointTables, moves: readonly AxisMove[]): readonly ChangeRow[] {
  const { space, before, after } = joint;
  const refusedBefore = moves.some(({ from }) => from === null);
  const refusedAfter = moves.some(({ to }) => to === null);
  const mayHold = new Set<number>();
  const compared: ComparedCell[] = [];
  for (const cell of startsOf(space, moves)) {
    const end = endOf(space, moves, cell);
    const left = refusedBefore ? WITHOUT_CLASS : rulingAt(before, cell);
    const right = refusedAfter ? WITHOUT_CLASS : rulingAt(after, end);
    if (isImpossible(left) && isImpossible(right)) mayHold.add(cell);
    else compared.push({ cell, before: left, after: right });
  }
  return changeRows(space, compared, mayHold);
}

const WITHOUT_CLASS: Ruling = Object.freeze({
  kind: "denied",
  reason: "unclassifiable",
  clauses: [],
  axis: "workload",
  message: "the call has no class",
  remedy: null,
});

/** Merged cells with the values before the move; those after, where there is none before. */
function startsOf(space: Space, moves: readonly AxisMove[]): readonly number[] {
  return [...Array(space.size).keys()].filter((cell) =>
    moves.every(({ axis, from, to }) => {
      const facet = facetOf(space, axis);
      return indexAt(facet, cell) === groupOf(facet, from ?? to);
    }),
  );
}

function endOf(space: Space, moves: readonly AxisMove[], start: number): number {
  return moves.reduce((cell, { axis, from, to }) => {
    const facet = facetOf(space, axis);
    return cell + (groupOf(facet, to ?? from) - groupOf(facet, from ?? to)) * facet.stride;
  }, start);
}

type Facet = Space["facets"][number];

function facetOf({ facets }: Space, name: string): Facet {
  const facet = facets.find(({ axis }) => axis.name === name);
  if (facet === undefined) throw new RangeError(`the agreement has no axis \`${name}\``);
  return facet;
}

function groupOf({ groups, axis }: Facet, value: string | null): number {
  const index = groups.findIndex((group) => value !== null && group.includes(value));
  if (index < 0) throw new RangeError(`\`${value}\` is no value of \`${axis.name}\``);
  return index;
}
