/** Sets of cells as people read them: a few cubes, each the largest around its most ordinary cell. */

import { groupAt, indexAt, type Space } from "./space.ts";

/** A product of values: the axes that are named hold one of the listed values, the others may be anything. */
export type Cube = Readonly<Record<string, readonly string[]>>;

export interface Cover {
  /** Most ordinary first; together they hold every cell asked for, save those of `cellsLeft`. */
  readonly cubes: readonly Cube[];
  /** Merged cells that the cubes, limited in number, leave out. */
  readonly cellsLeft: number;
}

const MAX_CUBES = 20;

/**
 * Covers `cells` (merged cells of the space) with maximal cubes that hold no cell outside `cells` and `mayHold`; the latter
 * are cells that do not matter, such as impossible ones. Starts each cube at the cell nearest to the defaults of the axes.
 */
export function coverWithCubes(
  space: Space,
  cells: Iterable<number>,
  { mayHold = new Set<number>(), limit = MAX_CUBES }: { mayHold?: ReadonlySet<number>; limit?: number } = {},
): Cover {
  const wanted = new Set(cells);
  const left = new Set(wanted);
  const byDistance = [...wanted].sort(
    (a, b) => distanceFromDefaults(space, a) - distanceFromDefaults(space, b) || a - b,
  );
  const cubes: Cube[] = [];
  for (const cell of byDistance) {
    if (!left.has(cell)) continue;
    if (cubes.length === limit) break;
    const widened = widen(space, cell, (other) => wanted.has(other) || mayHold.has(other));
    for (const covered of cellsOf(space, widened)) left.delete(covered);
    cubes.push(cubeOf(space, widened));
  }
  return { cubes, cellsLeft: left.size };
}

/** The cube as `axis=value axis∈{value,value}`; `everything` when no axis is named. */
export function formatCube(cube: Cube): string {
  const parts = Object.entries(cube).map(([axis, values]) =>
    values.length === 1 ? `${axis}=${values[0]}` : `${axis}∈{${values.join(",")}}`,
  );
  return parts.length === 0 ? "everything" : parts.join(" ");
}

/** Chosen groups by facet. */
type Choice = readonly (readonly number[])[];

/** Widens each axis in turn, to every value for which all completions still hold. */
function widen(space: Space, cell: number, holds: (cell: number) => boolean): Choice {
  const chosen = space.facets.map((facet) => [indexAt(facet, cell)]);
  space.facets.forEach((facet, position) => {
    const own = chosen[position] ?? [];
    facet.groups.forEach((_, index) => {
      if (own.includes(index)) return;
      const trial = chosen.map((groups, at) => (at === position ? [index] : groups));
      if (cellsOf(space, trial).every(holds)) own.push(index);
    });
  });
  return chosen;
}

function cellsOf(space: Space, choice: Choice): readonly number[] {
  let cells = [0];
  space.facets.forEach(({ stride }, position) => {
    cells = cells.flatMap((base) => (choice[position] ?? []).map((index) => base + index * stride));
  });
  return cells;
}

function cubeOf(space: Space, choice: Choice): Cube {
  const named = space.facets.flatMap(({ axis, groups }, position) => {
    const values = (choice[position] ?? []).flatMap((index) => groups[index] ?? []);
    return values.length === axis.values.length ? [] : [[axis.name, values.sort()] as const];
  });
  return Object.fromEntries(named);
}

function distanceFromDefaults(space: Space, cell: number): number {
  return space.facets.filter((facet) => !groupAt(facet, cell).includes(facet.axis.defaultValue)).length;
}
