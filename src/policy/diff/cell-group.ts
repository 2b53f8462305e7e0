/** Cells of a space that have something in common, as numbers and as cubes to read. */

import { coverWithCubes, type Cover, type Cube } from "../../decision-table/cubes.ts";
import { scopeOf } from "../../decision-table/scope.ts";
import { cellsWithin, groupAt, weightOf, type Space } from "../../decision-table/space.ts";

export interface CellGroup {
  /** Merged cells, ascending. */
  readonly cells: readonly number[];
  /** How many cells of the full space that is. */
  readonly cellCount: number;
  readonly cover: Cover;
}

/** The cells with their number and their cubes; the cubes may hold cells of `mayHold`, which do not matter. */
export function groupCells(space: Space, cells: readonly number[], mayHold: ReadonlySet<number>): CellGroup {
  const { cubes, cellsLeft } = coverWithCubes(space, cells, { mayHold });
  const wanted = new Set(cells);
  return {
    cells,
    cellCount: cells.reduce((sum, cell) => sum + weightOf(space, cell), 0),
    cover: { cubes: cubes.map((cube) => trim(space, cube, wanted)), cellsLeft },
  };
}

/** Drops the values that only add cells that do not matter: `api=responses`, not that and every API that cannot be meant. */
function trim(space: Space, cube: Cube, wanted: ReadonlySet<number>): Cube {
  const held = cellsOfCube(space, cube).filter((cell) => wanted.has(cell));
  return Object.fromEntries(
    Object.entries(cube).map(([name, values]) => {
      const facet = space.facets.find(({ axis }) => axis.name === name);
      const used = new Set(held.flatMap((cell) => (facet === undefined ? [] : groupAt(facet, cell))));
      return [name, values.filter((value) => used.has(value))];
    }),
  );
}

function cellsOfCube(space: Space, cube: Cube): readonly number[] {
  const condition = Object.fromEntries(Object.entries(cube).map(([axis, values]) => [axis, [...values]]));
  const axes = space.facets.map(({ axis }) => axis);
  return cellsWithin(space, scopeOf(condition, axes));
}
