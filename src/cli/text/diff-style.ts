/** What the sections of a diff share: how much they show, and the lines that cubes and lists become. */

import { formatCube, type Cover } from "../../decision-table/cubes.ts";
import type { ChangeRow } from "../../policy/diff/change-rows.ts";
import type { Place } from "../../policy/diff/places.ts";
import { grouped } from "./columns.ts";

export interface Style {
  /** All there are, so that a set of all of them can be said in one word. */
  readonly providers: readonly string[];
  /** How many lines of one list are shown. */
  readonly most: number;
  /** How much traffic falls in the places, with a gap before it; empty where there is none to weigh by. */
  weigh(places: readonly Place[]): string;
  /** Who gets more or less of the money of the rows; a line or none. */
  money(rows: readonly ChangeRow[]): readonly string[];
}

/** The cubes, one a line. */
export function whereLines({ cubes, cellsLeft }: Cover, { most }: Style): readonly string[] {
  const shown = cubes.slice(0, most).map(formatCube);
  const more = cubes.length - shown.length;
  if (more > 0) shown.push(`and ${more} more cubes`);
  else if (cellsLeft > 0) shown.push("and more, in no cube shown");
  return labelled("where", shown);
}

/** What is cited, with the number of cells; equal texts are one line, the largest first. */
export function citedLines<Row extends { readonly cellCount: number }>(
  label: string,
  rows: readonly Row[],
  textOf: (row: Row) => string,
  { most }: Style,
): readonly string[] {
  const sums = new Map<string, number>();
  for (const row of rows) sums.set(textOf(row), (sums.get(textOf(row)) ?? 0) + row.cellCount);
  const sorted = [...sums].sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, most).map(([text, cells]) => `${text}  (${grouped(cells)})`);
  const more = sorted.length - shown.length;
  return labelled(label, more > 0 ? [...shown, `and ${more} more`] : shown);
}

/** `C1, C2 -> no clause`. */
export function citedText(before: readonly string[], after: readonly string[], none: string): string {
  const listed = (ids: readonly string[]): string => (ids.length === 0 ? none : ids.join(", "));
  return `${listed(before)} -> ${listed(after)}`;
}

/** Indented, with the label before the first line. */
export function labelled(label: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => `    ${(index === 0 ? label : "").padEnd(7)}  ${line}`);
}
