/** Rows as RFC 4180 wants them, but for the line end, which is a line feed. */

type Field = string | number | bigint | boolean | null;

/** One line with its end; null is an empty field. */
export function csvLine(fields: readonly Field[]): string {
  return `${fields.map(csvField).join(",")}\n`;
}

function csvField(value: Field): string {
  const text = value === null ? "" : typeof value === "string" ? disarmed(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A spreadsheet takes text that begins like a formula for one, and some of ours is what an upstream said. */
function disarmed(text: string): string {
  return /^[=+@\t\r]|^-(?!\d)/.test(text) ? `'${text}` : text;
}
