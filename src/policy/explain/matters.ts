/**
 * What an outcome rests on: a prime implicant around its cell. The axes of `rests` alone force the outcome, whatever the others
 * are, and none of them can be left out. Cells that cannot exist do not count, unless the call itself is one.
 */

import type { ReducedTable } from "../../decision-table/table.ts";
import { cellHolding, groupAt, indexAt, type Space } from "../../decision-table/space.ts";

export interface Rest {
  readonly axis: string;
  readonly value: string;
  /** Other values that no rule tells apart from it; may be empty. */
  readonly alike: readonly string[];
  /** With another value the outcome would come to the same, by other clauses. */
  readonly onlyCited: boolean;
}

export interface Matters {
  /** In canonical order; may be empty. */
  readonly rests: readonly Rest[];
  /** The other axes, in canonical order. */
  readonly irrelevant: readonly string[];
}

interface Comparable {
  readonly kind: string;
  readonly reason?: string;
}

/** `values` must be known to their axes; RangeError otherwise. `comesToTheSame` ignores what is merely cited. */
export function findMatters<Outcome extends Comparable>(
  { space, cells, outcomes }: ReducedTable<unknown, Outcome>,
  values: Readonly<Record<string, string>>,
  comesToTheSame: (one: Outcome, other: Outcome) => boolean,
): Matters {
  const cell = cellHolding(space, values);
  const outcomeAt = (at: number): Outcome | undefined => outcomes[cells[at] ?? -1];
  const own = outcomeAt(cell);
  const keeps = (same: (other: Outcome) => boolean) => (at: number) => {
    const other = outcomeAt(at);
    if (other === undefined || own === undefined || other === own) return true;
    return !isImpossible(own) && (isImpossible(other) || same(other));
  };
  // Equal outcomes are one value in a table, so identity compares all of it, citations included.
  const cited = droppable(
    space,
    cell,
    new Set(),
    keeps(() => false),
  );
  const both = droppable(
    space,
    cell,
    cited,
    keeps((other) => own !== undefined && comesToTheSame(own, other)),
  );
  const rests = space.facets.flatMap((facet, position): readonly Rest[] => {
    if (cited.has(position)) return [];
    const { name: axis } = facet.axis;
    const value = values[axis] ?? "";
    const alike = groupAt(facet, cell).filter((each) => each !== value);
    return [{ axis, value, alike, onlyCited: both.has(position) }];
  });
  const irrelevant = space.facets.flatMap(({ axis }, position) => (cited.has(position) ? [axis.name] : []));
  return { rests, irrelevant };
}

function isImpossible({ kind, reason }: Comparable): boolean {
  return kind === "denied" && reason === "infeasible";
}

/**
 * The positions that can be dropped, those of `already` among them. One greedy pass is enough: what holds over all completions
 * holds over fewer of them, so an axis that had to stay has to stay when more are dropped.
 */
function droppable(
  space: Space,
  cell: number,
  already: ReadonlySet<number>,
  keeps: (cell: number) => boolean,
): ReadonlySet<number> {
  let dropped = new Set(already);
  space.facets.forEach((_, position) => {
    if (dropped.has(position)) return;
    const trial = new Set([...dropped, position]);
    if (completions(space, cell, trial).every(keeps)) dropped = trial;
  });
  return dropped;
}

/** The merged cells that agree with this one on every axis that is not dropped. */
function completions(space: Space, cell: number, dropped: ReadonlySet<number>): readonly number[] {
  let found = [cell];
  space.facets.forEach((facet, position) => {
    if (!dropped.has(position) || facet.groups.length === 1) return;
    const base = indexAt(facet, cell) * facet.stride;
    found = found.flatMap((at) => facet.groups.map((_, index) => at - base + index * facet.stride));
  });
  return found;
}
