/** Reads a ledger file from any process, also while a gateway writes it. */

import type { DatabaseSync } from "node:sqlite";
import type { LedgerSummary } from "../../ledger/summary.ts";
import { totalsOf } from "../../ledger/totals.ts";
import type { LedgerReader } from "../store.ts";
import { DamagedLedgerError } from "../ledger-error.ts";
import { soundCalls } from "../damaged-row.ts";
import { findLooseEnds } from "./loose-ends.ts";
import { openForReading, SQLITE, sqliteCodeOf } from "./open-database.ts";
import { createStateQuery } from "./queries.ts";
import { createCallPages, findCall, findOrphans, findSuspended } from "./read-calls.ts";
import { readPeriodBook, readPeriods } from "./read-periods.ts";
import { assertWordsThere, readSummary, readTraffic } from "./read-sums.ts";

/**
 * Opens a ledger to read it, also while a gateway writes it. Throws a LedgerError: LEDGER_MISSING, LEDGER_NEWER_SCHEMA,
 * LEDGER_OLDER_SCHEMA (a gateway has to open it once), LEDGER_CORRUPT, LEDGER_FOREIGN.
 */
export function openSqliteReader({ file }: { readonly file: string }): LedgerReader {
  const database = openForReading(file);
  const stateOf = createStateQuery(database);
  const callsAfter = createCallPages(database);
  const ask = async <T>(read: () => T): Promise<T> => {
    try {
      return atOneInstant(database, read);
    } catch (error) {
      throw DAMAGED.has(sqliteCodeOf(error)) ? new DamagedLedgerError(`the file \`${file}\``, error) : error;
    }
  };
  return {
    summary: () => ask(() => readWhole(database)),
    totals: () => ask(() => totalsOf(readWhole(database))),
    findCall: (requestId) => ask(() => findCall(database, requestId)),
    findState: (partner, id, nowMs) =>
      ask(() => {
        const entry = stateOf(partner, id);
        return entry === null || (entry.expiresAtMs !== null && entry.expiresAtMs <= nowMs) ? null : entry;
      }),
    traffic: () =>
      ask(() => {
        assertWordsThere(database);
        return readTraffic(database);
      }),
    periods: () => ask(() => readPeriods(database)),
    periodBook: (period) => ask(() => readPeriodBook(database, period)),
    orphans: (openedBeforeMs) => ask(() => findOrphans(database, openedBeforeMs)),
    suspended: (limit) => ask(() => findSuspended(database, limit)),
    calls: (afterSeq, limit) => ask(() => soundCalls(callsAfter(afterSeq, limit))),
    auditedCalls: (afterSeq, limit) => ask(() => callsAfter(afterSeq, limit)),
    looseEnds: (limit) => ask(() => findLooseEnds(database, limit)),
    close: async () => database.close(),
  };
}

function readWhole(database: DatabaseSync): LedgerSummary {
  assertWordsThere(database);
  return readSummary(database, null);
}

const DAMAGED: ReadonlySet<number | null> = new Set([SQLITE.CORRUPT, SQLITE.NOTADB]);

/** Reads in one transaction: whatever is committed meanwhile, the parts of an answer fit together. */
function atOneInstant<T>(database: DatabaseSync, read: () => T): T {
  database.exec("BEGIN");
  try {
    return read();
  } finally {
    if (database.isTransaction) database.exec("COMMIT");
  }
}
