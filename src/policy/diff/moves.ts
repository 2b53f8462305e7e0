/**
 * Calls that reach another cell because a fact about them is another one: their class, the head start of their model, what holds on
 * a date. The tables may be equal and such calls still go elsewhere, so each move is compared cell by cell as well.
 */

import { isImpossible, rulingAt } from "../../agreement/verify/checked-table.ts";
import type { Ruling } from "../../agreement/verdict.ts";
import { indexAt, type Space } from "../../decision-table/space.ts";
import type { AxisMove } from "./axis-moves.ts";
import { changeRows, type ChangeRow, type ComparedCell } from "./change-rows.ts";
import type { JointTables } from "./joint-tables.ts";

export interface Move {
  /** At least one; on axes of the agreement. */
  readonly axes: readonly AxisMove[];
  /** What becomes of such calls; the cells are those before, or those after where the call had none before. */
  readonly rows: readonly ChangeRow[];
  /** Merged cells of such calls that cannot exist, neither before nor after, so nothing about them matters. */
  readonly impossible: ReadonlySet<number>;
}

/**
 * Every combination of the moves of each axis, a move of none left out. `alternatives` holds, per axis, what can happen to its
 * value; that it stays as it is need not be said. Each value moved from or to must be alone in the joint space.
 */
export function compareMoves(
  joint: JointTables,
  alternatives: readonly (readonly AxisMove[])[],
): readonly Move[] {
  let combined: readonly (readonly AxisMove[])[] = [[]];
  for (const moves of alternatives) {
    combined = combined.flatMap((before) => [before, ...moves.map((move) => [...before, move])]);
  }
  return combined.filter((axes) => axes.length > 0).map((axes) => moveAlong(joint, axes));
}

function moveAlong(joint: JointTables, axes: readonly AxisMove[]): Move {
  const { space, before, after } = joint;
  const refusedBefore = axes.some(({ from }) => from === null);
  const refusedAfter = axes.some(({ to }) => to === null);
  const impossible = new Set<number>();
  const compared: ComparedCell[] = [];
  for (const cell of startsOf(space, axes)) {
    const end = endOf(space, axes, cell);
    const left = refusedBefore ? WITHOUT_CLASS : rulingAt(before, cell);
    const right = refusedAfter ? WITHOUT_CLASS : rulingAt(after, end);
    if (isImpossible(left) && isImpossible(right)) impossible.add(cell);
    else compared.push({ cell, before: left, after: right });
  }
  return { axes, rows: changeRows(space, compared, impossible), impossible };
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
