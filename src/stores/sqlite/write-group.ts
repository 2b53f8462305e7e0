/** Writes groups of encoded calls, each group in one transaction. Runs on the worker thread, the ledger's only writer. */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { StateChange } from "../../domain/state.ts";
import type { Cell, EncodedCall, Group } from "./encode.ts";
import { CALL_STATUS } from "./messages.ts";
import { SQLITE, sqliteCodeOf } from "./open-database.ts";
import { createSameCall } from "./same-call.ts";
import { CONTEXT_COLUMNS } from "./schema.ts";
import { createSlotIds } from "./slot-ids.ts";
import { prepareWithNumbers } from "./prepare.ts";

export interface GroupResult {
  /** A CALL_STATUS for each call in order; null: all were written. */
  readonly statuses: readonly number[] | null;
  /** Of the first call that failed. */
  readonly failure: string | null;
}

/**
 * Prepares the statements once. The function returned commits a group and returns only after the commit is durable. When
 * the database refuses a group, its calls are tried one by one, so that one bad call fails alone. Throws when the disk or
 * the file is at fault: then nothing of the group counts as written and the store must not be used on.
 */
export function createGroupWriter(database: DatabaseSync): (group: Group) => GroupResult {
  const write = createCallWriter(database);
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const transact = (calls: readonly EncodedCall[]): number[] => {
    begin.run();
    try {
      const statuses = calls.map(write.call);
      commit.run();
      write.keepIds();
      return statuses;
    } catch (error) {
      write.forgetIds();
      if (database.isTransaction) database.exec("ROLLBACK");
      if (isFatal(error)) throw error;
      throw new RefusedError("the database refused the call", { cause: error });
    }
  };

  return (group) => {
    write.define(group);
    try {
      return resultOf(transact(group.calls), null);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      return writeSingly(group.calls, transact);
    }
  };
}

class RefusedError extends Error {}

function writeSingly(
  calls: readonly EncodedCall[],
  transact: (calls: readonly EncodedCall[]) => number[],
): GroupResult {
  let failure: string | null = null;
  const statuses = calls.flatMap((call) => {
    try {
      return transact([call]);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      failure ??= error.cause instanceof Error ? error.cause.message : String(error.cause);
      return [CALL_STATUS.failed];
    }
  });
  return resultOf(statuses, failure);
}

function resultOf(statuses: readonly number[], failure: string | null): GroupResult {
  const allWritten = statuses.every((status) => status === CALL_STATUS.written);
  return { statuses: allWritten ? null : statuses, failure };
}

/** After a failed write or sync nobody knows what the file holds; a full disk or a refused row leaves it as it was. */
function isFatal(error: unknown): boolean {
  const code = sqliteCodeOf(error);
  return (
    code === SQLITE.IOERR || code === SQLITE.CORRUPT || code === SQLITE.NOTADB || code === SQLITE.READONLY
  );
}

interface CallWriter {
  define(group: Group): void;
  /** Inserts one call with all that belongs to it, inside the open transaction; returns its CALL_STATUS. */
  readonly call: (call: EncodedCall) => number;
  /** The transaction was committed, so the row ids found in it stay. */
  keepIds(): void;
  /** It was not, so they mean nothing. */
  forgetIds(): void;
}

function createCallWriter(database: DatabaseSync): CallWriter {
  const contexts = createSlotIds(database, "context", CONTEXT_COLUMNS);
  const accounts = createSlotIds(database, "account", ["path", "party", "clause"]);
  const isSame = createSameCall(database);
  const insertCall = prepareWithNumbers(
    database,
    `INSERT INTO call VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (request_id, phase) DO NOTHING`,
  );
  const insertLines = createRowsInsert(database, "rated_line", 5);
  const insertPostings = createRowsInsert(database, "posting", 4);
  const changeState = createStateWriter(database);

  const insertParts = (seq: number | bigint, { lines, postings, cells }: EncodedCall): void => {
    const lineCells: Cell[] = [];
    for (let at = 0; at < lines.length; at += 4) lineCells.push(seq, ...lines.slice(at, at + 4));
    insertLines(lineCells);
    const postingCells: Cell[] = [];
    for (let at = 0; at < postings.length; at += 2) {
      postingCells.push(seq, at / 2, accounts.idOf(Number(postings[at])), postings[at + 1] ?? null);
    }
    insertPostings(postingCells);
    const stateChanges = cells.at(-1);
    if (typeof stateChanges === "string") changeState(JSON.parse(stateChanges) as readonly StateChange[]);
  };

  return {
    define: (group) => {
      contexts.define(group.contexts);
      accounts.define(group.accounts);
    },
    call: (call) => {
      const { changes, lastInsertRowid } = insertCall.run(
        ...call.id,
        contexts.idOf(call.contextSlot),
        ...call.cells,
      );
      if (changes === 0) {
        const same = isSame(call, contexts.keyOf(call.contextSlot), (slot) => accounts.keyOf(slot));
        return same ? CALL_STATUS.same : CALL_STATUS.conflict;
      }
      insertParts(lastInsertRowid, call);
      return CALL_STATUS.written;
    },
    keepIds: () => {
      contexts.keepIds();
      accounts.keepIds();
    },
    forgetIds: () => {
      contexts.forgetIds();
      accounts.forgetIds();
    },
  };
}

/** Inserts the rows of one call by one statement, which costs less than one each; there are few different counts. */
function createRowsInsert(
  database: DatabaseSync,
  table: string,
  width: number,
): (cells: readonly Cell[]) => void {
  const row = `(${Array.from({ length: width }, () => "?").join(", ")})`;
  const byCount = new Map<number, StatementSync>();
  return (cells) => {
    const count = cells.length / width;
    if (count === 0) return;
    let insert = byCount.get(count);
    if (!insert) {
      insert = prepareWithNumbers(
        database,
        `INSERT INTO ${table} VALUES ${Array.from({ length: count }, () => row).join(", ")}`,
      );
      byCount.set(count, insert);
    }
    insert.run(...cells);
  };
}

function createStateWriter(database: DatabaseSync): (changes: readonly StateChange[]) => void {
  const register = prepareWithNumbers(
    database,
    "INSERT INTO state VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET kind = excluded.kind, provider = excluded.provider, region = excluded.region, expires_at_ms = excluded.expires_at_ms",
  );
  const move = prepareWithNumbers(
    database,
    "UPDATE state SET provider = ?, region = ? WHERE partner = ? AND id = ?",
  );
  const drop = prepareWithNumbers(database, "DELETE FROM state WHERE partner = ? AND id = ?");
  return (changes) => {
    for (const change of changes) {
      if (change.kind === "register") {
        const { partner, id, kind, provider, region, expiresAtMs } = change.entry;
        register.run(partner, id, kind, provider, region, expiresAtMs);
      } else if (change.kind === "move") {
        move.run(change.provider, change.region, change.partner, change.id);
      } else {
        drop.run(change.partner, change.id);
      }
    }
  };
}
