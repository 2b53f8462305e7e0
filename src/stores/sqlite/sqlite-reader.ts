/** Reads a ledger file from any process, also while a gateway writes it. */

import type { DatabaseSync } from "node:sqlite";
import { totalsOf } from "../../ledger/totals.ts";
import type { LedgerReader } from "../store.ts";
import { openForReading } from "./open-database.ts";
import { createStateQuery } from "./queries.ts";
import { createCallPages, findCall, findOrphans, findSuspended } from "./read-calls.ts";
import { readPeriodBook, readPeriods } from "./read-periods.ts";
import { readSummary, readTraffic } from "./read-sums.ts";

/**
 * Opens a ledger to read it, also while a gateway writes it. Throws a LedgerError: LEDGER_MISSING, LEDGER_NEWER_SCHEMA,
 * LEDGER_OLDER_SCHEMA (a gateway has to open it once), LEDGER_CORRUPT, LEDGER_FOREIGN.
 */
export function openSqliteReader({ file }: { readonly file: string }): LedgerReader {
  const database = openForReading(file);
  const stateOf = createStateQuery(database);
  const callsAfter = createCallPages(database);
  const ask = async <T>(read: () => T): Promise<T> => atOneInstant(database, read);
  return {
    summary: () => ask(() => readSummary(database, null)),
    totals: () => ask(() => totalsOf(readSummary(database, null))),
    findCall: (requestId) => ask(() => findCall(database, requestId)),
    findState: (partner, id, nowMs) =>
      ask(() => {
        const entry = stateOf(partner, id);
        return entry === null || (entry.expiresAtMs !== null && entry.expiresAtMs <= nowMs) ? null : entry;
      }),
    traffic: () => ask(() => readTraffic(database)),
    periods: () => ask(() => readPeriods(database)),
    periodBook: (period) => ask(() => readPeriodBook(database, period)),
    orphans: (openedBeforeMs) => ask(() => findOrphans(database, openedBeforeMs)),
    suspended: (limit) => ask(() => findSuspended(database, limit)),
    calls: (afterSeq, limit) => ask(() => callsAfter(afterSeq, limit)),
    close: async () => database.close(),
  };
}

/** Reads in one transaction: whatever is committed meanwhile, the parts of an answer fit together. */
function atOneInstant<T>(database: DatabaseSync, read: () => T): T {
  database.exec("BEGIN");
  try {
    return read();
  } finally {
    database.exec("COMMIT");
  }
}
