/** Reads a ledger file from any process, also while a gateway writes it. */

import { totalsOf } from "../../ledger/totals.ts";
import type { LedgerReader } from "../store.ts";
import { openForReading } from "./open-database.ts";
import { createSummaryQuery } from "./queries.ts";

/**
 * Opens a ledger to read it, also while a gateway writes it. Throws a LedgerError: LEDGER_MISSING, LEDGER_NEWER_SCHEMA,
 * LEDGER_CORRUPT, LEDGER_FOREIGN.
 */
export function openSqliteReader({ file }: { readonly file: string }): LedgerReader {
  const database = openForReading(file);
  const summarise = createSummaryQuery(database);
  return {
    summary: summarise,
    totals: () => totalsOf(summarise()),
    close: () => database.close(),
  };
}
