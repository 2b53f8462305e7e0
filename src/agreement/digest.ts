/** One number for everything that can change a decision or what it cites. */

import { createHash } from "node:crypto";
import type { Axis } from "./axes.ts";
import type { Reading } from "./reading.ts";
import type { AgreementDocument } from "./schema.ts";
import type { DecisionTable } from "./table.ts";

/**
 * SHA-256 in hex over the agreement, the choices and widenings of the reading, the axes in table order and the table itself.
 * Comments, the order of keys and the order of lists do not count: no list of the language has an order.
 */
export function digestOf(
  document: AgreementDocument,
  reading: Reading,
  axes: readonly Axis[],
  table: DecisionTable,
): string {
  const parts = {
    agreement: document,
    choices: reading.choices,
    widenings: reading.acceptedWidenings.map((widening) => widening.id),
  };
  return createHash("sha256")
    .update(canonicalText(parts))
    .update(JSON.stringify(axes.map((axis) => [axis.name, axis.values])))
    .update(JSON.stringify(table.rulings))
    .update(littleEndian(table.cells))
    .digest("hex");
}

/** JSON with sorted keys and sorted lists. */
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).sort().join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonicalText(part)}`).join(",")}}`;
}

/** The same bytes on every machine. */
function littleEndian(cells: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(cells.length * 2);
  cells.forEach((cell, index) => {
    bytes[index * 2] = cell & 0xff;
    bytes[index * 2 + 1] = cell >> 8;
  });
  return bytes;
}
