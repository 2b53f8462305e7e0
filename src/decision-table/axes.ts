/** The decision space: every combination of one value per axis, numbered. */

import type { AxisDeclaration, AxisSource } from "./condition.ts";

export interface Axis {
  readonly name: string;
  readonly source: AxisSource;
  /** In canonical (alphabetical) order, at least one. Index 0 of the table is `unknown`, so value i has index i + 1. */
  readonly values: readonly string[];
  readonly defaultValue: string;
  readonly stride: number;
  /** What a value adds to the number of the cell: index x stride. */
  readonly offsets: ReadonlyMap<string, number>;
}

/** Axes in canonical order; the order in the file means nothing, so two files that differ in it compile alike. */
export function layOutAxes(declared: Readonly<Record<string, AxisDeclaration>>): readonly Axis[] {
  let stride = 1;
  const axes: Axis[] = [];
  for (const [name, declaration] of Object.entries(declared).sort(byName).reverse()) {
    const values = Object.keys(declaration.values).sort();
    const step = stride;
    const offsets = new Map(values.map((value, index) => [value, (index + 1) * step]));
    const defaultValue = declaration.default ?? values[0] ?? "";
    axes.unshift({ name, source: declaration.source, values, defaultValue, stride, offsets });
    stride *= values.length + 1;
  }
  return axes;
}

/** Entries of the whole table, unknown values included. */
export function tableSize(axes: readonly Axis[]): number {
  return axes.reduce((size, axis) => size * (axis.values.length + 1), 1);
}

/** Cells in which every value is known: the ones the rules speak about. */
export function countCells(axes: readonly Axis[]): number {
  return axes.reduce((count, axis) => count * axis.values.length, 1);
}

/** The number of the cell that holds these values; a missing or unknown value is index 0 of its axis. */
export function cellOf(axes: readonly Axis[], values: Readonly<Record<string, string>>): number {
  let cell = 0;
  for (const axis of axes) cell += axis.offsets.get(values[axis.name] ?? "") ?? 0;
  return cell;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
