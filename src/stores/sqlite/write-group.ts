/** Writes groups of encoded calls, each group in one transaction. Runs on the worker thread, the ledger's only writer. */

import type { DatabaseSync } from "node:sqlite";
import type { Period } from "../../ledger/period.ts";
import type { EncodedCall, Group } from "./encode.ts";
import { CALL_STATUS } from "./messages.ts";
import { SQLITE, sqliteCodeOf } from "./open-database.ts";
import { createCallWriter } from "./write-call.ts";

export interface GroupResult {
  /** A CALL_STATUS for each call in order; null: all were written. */
  readonly statuses: readonly number[] | null;
  /** Of the first call that failed. */
  readonly failure: string | null;
}

/**
 * Prepares the statements once. The function returned commits a group and returns only after the commit is durable. When
 * the database refuses a row, the calls of the group are tried one by one, so that one bad call fails alone. Throws when the
 * disk or the file is at fault: then nothing of the group counts as written and the store must not be used on.
 */
export function createGroupWriter(
  database: DatabaseSync,
  lastClosed: () => Period | null,
): (group: Group) => GroupResult {
  const write = createCallWriter(database, lastClosed);
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const transact = ({ calls, notes }: Pick<Group, "calls" | "notes">): number[] => {
    begin.run();
    try {
      const statuses = calls.map(write.call);
      write.notes(notes);
      write.flush();
      commit.run();
      write.keep();
      return statuses;
    } catch (error) {
      write.forget();
      if (database.isTransaction) database.exec("ROLLBACK");
      if (isFatal(error)) throw error;
      throw new RefusedError("the database refused the call", { cause: error });
    }
  };

  return (group) => {
    write.define(group);
    try {
      return resultOf(transact(group), null);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      return writeSingly(group, transact);
    }
  };
}

class RefusedError extends Error {}

type Transact = (part: Pick<Group, "calls" | "notes">) => number[];

function writeSingly({ calls, notes }: Group, transact: Transact): GroupResult {
  let failure: string | null = null;
  const writeOne = (call: EncodedCall): number[] => {
    try {
      return transact({ calls: [call], notes: [] });
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      failure ??= error.cause instanceof Error ? error.cause.message : String(error.cause);
      return [CALL_STATUS.failed];
    }
  };
  const statuses = calls.flatMap(writeOne);
  // Notes are plain words that the database takes; should it not, then no call is to suffer from it.
  for (const note of notes) {
    try {
      transact({ calls: [], notes: [note] });
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
    }
  }
  return resultOf(statuses, failure);
}

function resultOf(statuses: readonly number[], failure: string | null): GroupResult {
  const allWritten = statuses.every((status) => status === CALL_STATUS.written);
  return { statuses: allWritten ? null : statuses, failure };
}

/**
 * A row that breaks a rule of its table is the fault of that row. After anything else (a failed write or sync, a full disk, a
 * lock that does not go away) nobody knows whether the next group could be written.
 */
function isFatal(error: unknown): boolean {
  const code = sqliteCodeOf(error);
  return code !== null && code !== SQLITE.CONSTRAINT && code !== SQLITE.MISMATCH && code !== SQLITE.TOOBIG;
}
