/** Labelled sections of a report: the label in a column of its own, the text beside it wrapped at the width of the page. */

import { columns } from "./columns.ts";

const PAGE_WIDTH = 110;
const LABEL_WIDTH = 12;
const TEXT_WIDTH = PAGE_WIDTH - LABEL_WIDTH;

/** A section; the label stands beside the first line. Lines are wrapped already. */
export function section(label: string, lines: readonly string[]): string {
  return lines
    .map((line, index) => `${(index === 0 ? label : "").padEnd(LABEL_WIDTH)}${line}`.trimEnd())
    .join("\n");
}

/**
 * Text as lines that fit beside the labels; `indent` spaces before each, `hang` more before all but the first. A number and its
 * `%` stay together.
 */
export function wrapped(
  text: string,
  { indent = 0, hang = 0 }: { readonly indent?: number; readonly hang?: number } = {},
): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/ (?!%)/)) {
    const before = " ".repeat(lines.length === 0 ? indent : indent + hang);
    if (line !== "" && before.length + line.length + 1 + word.length > TEXT_WIDTH) {
      lines.push(before + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, " ".repeat(lines.length === 0 ? indent : indent + hang) + line];
}

/** Rows in columns; the last one is wrapped under itself. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const lead = columns(rows.map((row) => [...row.slice(0, -1), END])).split("\n");
  return rows.flatMap((row, index) => {
    const before = (lead[index] ?? END).slice(0, -END.length);
    const [first = "", ...more] = wrapped(row.at(-1) ?? "", { indent: before.length });
    return [(before + first.slice(before.length)).trimEnd(), ...more];
  });
}

/** Stands where the last column begins, so that the padding before it is kept. */
const END = "|";
