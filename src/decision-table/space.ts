/**
 * The decision space with the values merged that no scope tells apart. Every cell of a group meets the same rules, so what holds
 * for one of them holds for all: checks walk a few thousand merged cells and are still exact for millions.
 */

import type { Axis } from "./axes.ts";
import type { Scope } from "./scope.ts";

interface Facet {
  readonly axis: Axis;
  /** Each group in the order of the axis, none empty; groups in the order of their first value. */
  readonly groups: readonly (readonly string[])[];
  readonly stride: number;
}

export interface Space {
  readonly facets: readonly Facet[];
  /** Merged cells, numbered from 0. */
  readonly size: number;
}

/** Merges, per axis, the values that every one of the scopes treats alike. */
export function collapse(axes: readonly Axis[], scopes: readonly Scope[]): Space {
  return layOut(
    axes.map((axis, position) => {
      const groups = new Map<string, string[]>();
      for (const value of axis.values) {
        let signature = "";
        for (const scope of scopes) signature += scope[position]?.has(value) === true ? "1" : "0";
        const group = groups.get(signature);
        if (group === undefined) groups.set(signature, [value]);
        else group.push(value);
      }
      return { axis, groups: [...groups.values()] };
    }),
  );
}

function layOut(grouped: readonly Omit<Facet, "stride">[]): Space {
  let size = 1;
  const facets: Facet[] = [];
  for (const { axis, groups } of grouped.toReversed()) {
    facets.unshift({ axis, groups, stride: size });
    size *= groups.length;
  }
  return { facets, size };
}

/** The same space with the first value of each group of several in a group of its own, so that it can be changed alone. */
export function splitFirst({ facets }: Space): Space {
  return layOut(
    facets.map(({ axis, groups }) => ({
      axis,
      groups: groups.flatMap((group) => (group.length === 1 ? [group] : [group.slice(0, 1), group.slice(1)])),
    })),
  );
}

/** Numbers of the merged cells in a scope, ascending. Exact only when the scope was among those the space was made from. */
export function cellsWithin(space: Space, scope: Scope): readonly number[] {
  let cells = [0];
  space.facets.forEach((facet, position) => {
    const accepted = facet.groups.flatMap((group, index) =>
      scope[position]?.has(group[0] ?? "") === true ? [index * facet.stride] : [],
    );
    cells = cells.flatMap((base) => accepted.map((offset) => base + offset));
  });
  return cells;
}

/** How many cells of the full space a merged cell stands for. */
export function weightOf(space: Space, cell: number): number {
  return space.facets.reduce((weight, facet) => weight * groupAt(facet, cell).length, 1);
}

/** One representative of a merged cell: the default value of each axis where the group holds it, else its first value. */
export function valuesAt(space: Space, cell: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    space.facets.map((facet) => {
      const group = groupAt(facet, cell);
      const { defaultValue, name } = facet.axis;
      return [name, group.includes(defaultValue) ? defaultValue : (group[0] ?? "")];
    }),
  );
}

/** The merged cell that holds these values, each of which must be known to its axis; RangeError otherwise. */
export function cellHolding(space: Space, values: Readonly<Record<string, string>>): number {
  return space.facets.reduce((cell, { axis, groups, stride }) => {
    const value = values[axis.name] ?? "";
    const index = groups.findIndex((group) => group.includes(value));
    if (index < 0) throw new RangeError(`\`${value}\` is no value of \`${axis.name}\``);
    return cell + index * stride;
  }, 0);
}

/** The group of a facet in which a merged cell lies. */
export function groupAt({ groups, stride }: Facet, cell: number): readonly string[] {
  return groups[indexAt({ groups, stride }, cell)] ?? [];
}

/** Its number among the groups of the facet. */
export function indexAt({ groups, stride }: Pick<Facet, "groups" | "stride">, cell: number): number {
  return Math.floor(cell / stride) % groups.length;
}
