/** Reads a Postgres ledger, also while gateways write it. */

import { totalsOf } from "../../ledger/totals.ts";
import { LedgerError } from "../ledger-error.ts";
import type { LedgerReader } from "../store.ts";
import { openPool } from "./connect.ts";
import { wordOpenError } from "./postgres-error.ts";
import { checkLedger } from "./prepare-schema.ts";
import { findCall, findOrphans, findSuspended, readCalls } from "./read-calls.ts";
import { readBook, readPeriods } from "./read-months.ts";
import { findState } from "./read-state.ts";
import { readSummary, readTraffic } from "./read-sums.ts";
import { openReads } from "./reads.ts";
import { readTarget } from "./target.ts";

/**
 * Opens a ledger to read it. Rejects with a LedgerError: LEDGER_URL, LEDGER_UNAVAILABLE, LEDGER_UNWRITABLE (user not let in),
 * LEDGER_MISSING, LEDGER_FOREIGN, LEDGER_NEWER_SCHEMA.
 */
export async function openPostgresReader({ url }: { readonly url: string }): Promise<LedgerReader> {
  const target = readTarget(url);
  const pool = openPool(target, 1);
  try {
    if (!(await checkLedger(pool, target))) {
      throw new LedgerError(
        "LEDGER_MISSING",
        `there is no ledger at ${target.shown}: start the gateway first, or name its schema with ?schema=`,
      );
    }
  } catch (error) {
    await pool.end();
    throw wordOpenError(target, error);
  }
  const reads = openReads(target, pool);
  return {
    summary: () => reads.run((client) => readSummary(client)),
    totals: async () => totalsOf(await reads.run((client) => readSummary(client))),
    findCall: (requestId) => reads.run((client) => findCall(client, requestId)),
    findState: (partner, id, nowMs) => reads.run((client) => findState(client, partner, id, nowMs)),
    traffic: () => reads.run(readTraffic),
    periods: () => reads.run(readPeriods),
    periodBook: (period) => reads.atOnce((client) => readBook(client, period)),
    orphans: (openedBeforeMs) => reads.run((client) => findOrphans(client, openedBeforeMs)),
    suspended: (limit) => reads.run((client) => findSuspended(client, limit)),
    calls: (afterSeq, limit) => reads.run((client) => readCalls(client, afterSeq, limit)),
    close: () => reads.close(),
  };
}
