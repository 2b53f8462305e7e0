/** Whether a call that was settled before said the same. Runs only on a duplicate, so it may cost something. */

import type { DatabaseSync } from "node:sqlite";
import type { EncodedCall } from "./encode.ts";
import { CALL_CELLS } from "./schema.ts";

/**
 * Compares the terms of a call (everything but the time of recording and the postings, which follow from the terms and may
 * have been cut) with the stored row of the same request id and phase.
 */
export function createSameCall(database: DatabaseSync): (call: EncodedCall, contextKey: string) => boolean {
  const findCall = database.prepare(
    `SELECT call.seq, context.key, ${CALL_CELLS.join(", ")}
     FROM call JOIN context ON context.id = call.context_id WHERE request_id = ? AND phase = ?`,
  );
  const findLines = database.prepare(
    "SELECT unit, quantity, unit_price_pico_usd, amount_pico_usd FROM rated_line WHERE call_seq = ?",
  );
  for (const each of [findCall, findLines]) each.setReturnArrays(true);

  return (call, contextKey) => {
    const [requestId, phase] = call.id;
    // With setReturnArrays a row is an array, which the types of node:sqlite do not know.
    const row = findCall.get(requestId, phase) as unknown as readonly (string | bigint | null)[] | undefined;
    if (!row) return false;
    const [seq, ...stored] = row;
    const lines = findLines.all(seq ?? null) as unknown as readonly (readonly unknown[])[];
    const given = [contextKey, ...call.cells];
    return textOf(stored) === textOf(given) && linesText(lines.flat()) === linesText(call.lines);
  };
}

/** Numbers and bigints of one value come to one text. */
function textOf(cells: readonly unknown[]): string {
  return JSON.stringify(cells.map((cell) => (cell === null ? null : String(cell))));
}

/** Lines of a call are unique by unit and have no order of their own. */
function linesText(cells: readonly unknown[]): string {
  const lines: string[] = [];
  for (let at = 0; at < cells.length; at += 4) lines.push(textOf(cells.slice(at, at + 4)));
  return lines.sort().join();
}
