/** Reads a Postgres ledger, also while gateways write it. */

import type { ClientBase } from "pg";
import type { LedgerSummary } from "../../ledger/summary.ts";
import { totalsOf } from "../../ledger/totals.ts";
import { soundCalls } from "../damaged-row.ts";
import { LedgerError } from "../ledger-error.ts";
import type { LedgerReader } from "../store.ts";
import { openPool } from "./connect.ts";
import { wordOpenError } from "./postgres-error.ts";
import { checkLedger } from "./prepare-schema.ts";
import { findLooseEnds } from "./loose-ends.ts";
import { findCall, findOrphans, findSuspended, readCalls } from "./read-calls.ts";
import { readBook, readPeriods } from "./read-months.ts";
import { findState } from "./read-state.ts";
import { assertWordsThere, readSummary, readTraffic } from "./read-sums.ts";
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
    summary: () => reads.atOnce(readWhole),
    totals: async () => totalsOf(await reads.atOnce(readWhole)),
    findCall: (requestId) => reads.run((client) => findCall(client, requestId)),
    findState: (partner, id, nowMs) => reads.run((client) => findState(client, partner, id, nowMs)),
    traffic: () =>
      reads.atOnce(async (client) => {
        await assertWordsThere(client);
        return readTraffic(client);
      }),
    periods: () => reads.run(readPeriods),
    periodBook: (period) => reads.atOnce((client) => readBook(client, period)),
    orphans: (openedBeforeMs) => reads.run((client) => findOrphans(client, openedBeforeMs)),
    suspended: (limit) => reads.run((client) => findSuspended(client, limit)),
    calls: async (afterSeq, limit) =>
      soundCalls(await reads.run((client) => readCalls(client, afterSeq, limit))),
    auditedCalls: (afterSeq, limit) => reads.run((client) => readCalls(client, afterSeq, limit)),
    looseEnds: (limit) => reads.atOnce((client) => findLooseEnds(client, limit)),
    close: () => reads.close(),
  };
}

async function readWhole(client: ClientBase): Promise<LedgerSummary> {
  await assertWordsThere(client);
  return readSummary(client);
}
