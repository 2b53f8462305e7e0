/** One number for everything that can change a decision or what it cites. */

import { createHash } from "node:crypto";
import type { Axis } from "../decision-table/axes.ts";
import type { FlatTable } from "../decision-table/table.ts";
import type { Choices } from "./knobs.ts";
import type { Agreement } from "./parse.ts";
import type { Reading } from "./reading.ts";
import type { Ruling } from "./verdict.ts";

/**
 * SHA-256 in hex over the agreement with its vocabulary, the choices and widenings of the reading, the axes in table order and
 * the table itself. Comments, the order of keys and the order of lists do not count: no list of the language has an order.
 * Neither do examples, acceptances and `$schema`: they check decisions and make none.
 */
export function digestOf(
  agreement: Agreement,
  decided: {
    readonly choices: Choices;
    readonly reading: Reading;
    readonly axes: readonly Axis[];
    readonly table: FlatTable<Ruling>;
  },
): string {
  const { examples: _, accepted: __, $schema: ___, ...document } = agreement.value;
  const { $schema: ____, ...vocabulary } = agreement.vocabulary.value;
  const parts = {
    agreement: document,
    vocabulary,
    choices: decided.choices,
    widenings: decided.reading.acceptedWidenings.map((widening) => widening.id),
  };
  return createHash("sha256")
    .update(canonicalText(parts))
    .update(JSON.stringify(decided.axes.map((axis) => [axis.name, axis.values])))
    .update(JSON.stringify(decided.table.outcomes))
    .update(littleEndian(decided.table.cells))
    .digest("hex");
}

/** JSON with sorted keys and sorted lists. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).sort().join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonicalText(part)}`).join(",")}}`;
}

const THIS_MACHINE_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The same bytes on every machine. */
function littleEndian(cells: Uint16Array): Uint8Array {
  if (THIS_MACHINE_IS_LITTLE_ENDIAN) return new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength);
  const bytes = new Uint8Array(cells.length * 2);
  cells.forEach((cell, index) => {
    bytes[index * 2] = cell & 0xff;
    bytes[index * 2 + 1] = cell >> 8;
  });
  return bytes;
}
