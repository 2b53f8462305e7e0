/** Reading rows so that one which does not hold what it must is told by its table and number, whatever tripped over it. */

import type { AuditedCall, BookedCall } from "../ledger/booked-call.ts";
import type { Row } from "./columns.ts";
import { DamagedLedgerError, LedgerError } from "./ledger-error.ts";

/** Makes a reader that rejects with DamagedLedgerError; `keys` are the columns that tell one row of the table from another. */
export function rowsOf<T>(table: string, keys: readonly string[], read: (row: Row) => T): (row: Row) => T {
  return (row) => {
    const numbers = keys.map((key) => String(row[key])).join(" ");
    return inPlace(`${table} ${numbers}`, () => read(row));
  };
}

/** Reads what stands in one place; throws DamagedLedgerError with its name, ahead of what a place inside it says. */
export function inPlace<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof LedgerError && !(error instanceof DamagedLedgerError)) throw error;
    throw new DamagedLedgerError(place, error);
  }
}

/** Calls of which none may be damaged; throws DamagedLedgerError for the first that is. */
export function soundCalls(calls: readonly AuditedCall[]): readonly BookedCall[] {
  return calls.map((call) => {
    if ("damage" in call) throw new DamagedLedgerError(`call ${call.seq}`, call.damage);
    return call;
  });
}

/** A call, or in its place what is wrong with its rows. */
export function auditedCall(seq: bigint, read: () => BookedCall): AuditedCall {
  try {
    return read();
  } catch (error) {
    if (error instanceof LedgerError && !(error instanceof DamagedLedgerError)) throw error;
    return { seq, damage: error instanceof Error ? error.message : String(error) };
  }
}
