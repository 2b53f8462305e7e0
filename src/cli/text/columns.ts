/** Rows of text in columns, as a terminal shows them. */

/** Pads every column but the last to its widest cell, two spaces between them; `right` names the columns that hold numbers. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  }
  return rows
    .map((row) =>
      row
        .map((cell, index) => {
          const width = widths[index] ?? 0;
          if (right.includes(index)) return cell.padStart(width);
          return index === row.length - 1 ? cell : cell.padEnd(width);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** An integer, or its decimal text, with a comma between thousands; the text `-0` keeps its sign. */
export function grouped(value: number | bigint | string): string {
  return value.toString().replaceAll(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** `1 cell`, `2 cells`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}
