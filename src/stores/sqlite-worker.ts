/** The worker thread that owns the ledger file: database, every write. It ends itself when it is told to close, or cannot write. */

import { parentPort, workerData } from "node:worker_threads";
import { DamagedLedgerError, LedgerError, type LedgerErrorCode } from "./ledger-error.ts";
import type { Answers, FromWorker, Query, ToWorker } from "./sqlite/messages.ts";
import { createMonthCloser } from "./sqlite/close-month.ts";
import { isDamage, openForWriting, reopenForWriting, sqliteCodeOf } from "./sqlite/open-database.ts";
import { createStateQuery, findPendingJobs } from "./sqlite/queries.ts";
import { readSummary } from "./sqlite/read-sums.ts";
import type { WorkerData } from "./sqlite/worker-client.ts";
import { createGroupWriter } from "./sqlite/write-group.ts";

const port = parentPort;
if (!port) throw new Error("this file runs as a worker thread only");
const tell = (message: FromWorker): void => port.postMessage(message);

try {
  serve(workerData as WorkerData);
} catch (error) {
  const code = error instanceof LedgerError ? error.code : "LEDGER_UNAVAILABLE";
  tell({ kind: "refused", code, message: messageOf(error) });
  port.close();
}

function serve({ file, maxPages, again }: WorkerData): void {
  const database = again ? reopenForWriting(file, maxPages) : openForWriting(file, maxPages);
  const months = createMonthCloser(database);
  const writeGroup = createGroupWriter(database, months.lastClosed);
  const findState = createStateQuery(database);
  const answerQuery = (query: Query): Answers[Query["name"]] => {
    switch (query.name) {
      case "state":
        return findState(query.partner, query.id);
      case "pending":
        return findPendingJobs(database);
      case "summary":
        return readSummary(database, null);
    }
  };
  const end = (): void => {
    database.close();
    port?.close();
  };
  const breakOff = (error: unknown): void => {
    tell({ kind: "broken", message: messageOf(error), isDamaged: isDamage(error) });
    end();
  };

  port?.on("message", (message: ToWorker) => {
    switch (message.kind) {
      case "group": {
        const startedMs = performance.now();
        try {
          const result = writeGroup(message.group);
          tell({ kind: "committed", ...result, commitMs: performance.now() - startedMs });
        } catch (error) {
          breakOff(error);
        }
        break;
      }
      case "close-period":
        try {
          tell({ kind: "period-closed", closing: months.close(message.period, message.closedAtMs) });
        } catch (error) {
          // A month that cannot be made sense of is no reason to stop writing calls; a failing file is.
          if (sqliteCodeOf(error) !== null) breakOff(error);
          else tell({ kind: "period-refused", code: refusalCodeOf(error), message: messageOf(error) });
        }
        break;
      case "query":
        try {
          tell({ kind: "answer", id: message.id, value: answerQuery(message.query) });
        } catch (error) {
          tell({ kind: "query-failed", id: message.id, message: messageOf(error) });
        }
        break;
      case "close":
        end();
        break;
    }
  });
  tell({ kind: "ready" });
}

function refusalCodeOf(error: unknown): LedgerErrorCode | "LEDGER_INVARIANT" {
  // What cannot be read cannot add up.
  const isBroken = !(error instanceof LedgerError) || error instanceof DamagedLedgerError;
  return isBroken ? "LEDGER_INVARIANT" : error.code;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
