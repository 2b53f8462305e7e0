/** The decision space: every combination of one value per axis, numbered. */

import type { AgreementDocument, Selector } from "./schema.ts";

export interface Axis {
  readonly name: string;
  readonly source: "authenticated" | "derived" | "fact" | "caller";
  /** In canonical (alphabetical) order, at least one. Index 0 of the table is `unknown`, so value i has index i + 1. */
  readonly values: readonly string[];
  readonly stride: number;
  /** What a value adds to the number of the cell: index x stride. */
  readonly offsets: ReadonlyMap<string, number>;
}

/** Axes in canonical order; the order in the file means nothing, so two files that differ in it compile alike. */
export function layOutAxes(document: AgreementDocument): readonly Axis[] {
  const names = Object.keys(document.axes).sort();
  let stride = 1;
  const axes: Axis[] = [];
  for (const name of names.reverse()) {
    const declared = document.axes[name];
    if (declared === undefined) continue;
    const values = Object.keys(declared.values).sort();
    const step = stride;
    const offsets = new Map(values.map((value, index) => [value, (index + 1) * step]));
    axes.unshift({ name, source: declared.source, values, stride, offsets });
    stride *= values.length + 1;
  }
  return axes;
}

/** Entries of the whole table, unknown values included. */
export function tableSize(axes: readonly Axis[]): number {
  return axes.reduce((size, axis) => size * (axis.values.length + 1), 1);
}

/** Cells in which every value is known: the ones an agreement speaks about. */
export function countCells(axes: readonly Axis[]): number {
  return axes.reduce((count, axis) => count * axis.values.length, 1);
}

/** The values that a selector accepts among those of its axis. */
export function select(selector: Selector | undefined, values: readonly string[]): ReadonlySet<string> {
  if (selector === undefined || selector === "any") return new Set(values);
  if (typeof selector === "string") return new Set([selector]);
  if (Array.isArray(selector)) return new Set(selector);
  return new Set(values.filter((value) => !selector.not.includes(value)));
}

/** Writes a cell as `axis=value, …`; an unknown value as `?`. */
export function describeCell(axes: readonly Axis[], cell: number): string {
  return axes
    .map((axis) => {
      const index = Math.floor(cell / axis.stride) % (axis.values.length + 1);
      return `${axis.name}=${axis.values[index - 1] ?? "?"}`;
    })
    .join(", ");
}
