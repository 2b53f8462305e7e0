/** Reads a ledger file from any process, also while a gateway writes it. */

import { totalsOf } from "../../ledger/totals.ts";
import type { LedgerReader } from "../store.ts";
import { openForReading } from "./open-database.ts";
import { createStateQuery, createSummaryQuery } from "./queries.ts";
import { findCall, findTraffic } from "./read-calls.ts";

/**
 * Opens a ledger to read it, also while a gateway writes it. Throws a LedgerError: LEDGER_MISSING, LEDGER_NEWER_SCHEMA,
 * LEDGER_CORRUPT, LEDGER_FOREIGN.
 */
export function openSqliteReader({ file }: { readonly file: string }): LedgerReader {
  const database = openForReading(file);
  const summarise = createSummaryQuery(database);
  const stateOf = createStateQuery(database);
  return {
    summary: summarise,
    totals: () => totalsOf(summarise()),
    findCall: (requestId) => findCall(database, requestId),
    findState: (partner, id, nowMs) => {
      const entry = stateOf(partner, id);
      return entry === null || (entry.expiresAtMs !== null && entry.expiresAtMs <= nowMs) ? null : entry;
    },
    traffic: () => findTraffic(database),
    close: () => database.close(),
  };
}
