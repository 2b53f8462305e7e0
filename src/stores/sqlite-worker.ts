/** The worker thread that owns the ledger file: lock, database, every write. It ends itself when it is told to close. */

import { parentPort, workerData } from "node:worker_threads";
import { LedgerError, type LedgerErrorCode } from "./ledger-error.ts";
import type { Answers, FromWorker, Query, ToWorker } from "./sqlite/messages.ts";
import { createMonthCloser } from "./sqlite/close-month.ts";
import { openForWriting, prepareFolder, sqliteCodeOf } from "./sqlite/open-database.ts";
import { createStateQuery, findPendingJobs } from "./sqlite/queries.ts";
import { readSummary } from "./sqlite/read-sums.ts";
import { createGroupWriter } from "./sqlite/write-group.ts";
import { lockFolder } from "./sqlite/writer-lock.ts";

const port = parentPort;
if (!port) throw new Error("this file runs as a worker thread only");
const tell = (message: FromWorker): void => port.postMessage(message);

try {
  const { file, maxPages } = workerData as { readonly file: string; readonly maxPages: number | null };
  serve(file, maxPages);
} catch (error) {
  const code = error instanceof LedgerError ? error.code : "LEDGER_UNAVAILABLE";
  tell({ kind: "refused", code, message: messageOf(error) });
  port.close();
}

function serve(file: string, maxPages: number | null): void {
  prepareFolder(file);
  const unlock = lockFolder(file);
  const database = openUnderLock(file, maxPages, unlock);
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
    unlock();
    port?.close();
  };
  const breakOff = (error: unknown): void => {
    tell({ kind: "broken", message: messageOf(error) });
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

function openUnderLock(
  file: string,
  maxPages: number | null,
  unlock: () => void,
): ReturnType<typeof openForWriting> {
  try {
    return openForWriting(file, maxPages);
  } catch (error) {
    unlock();
    throw error;
  }
}

function refusalCodeOf(error: unknown): LedgerErrorCode | "LEDGER_INVARIANT" {
  return error instanceof LedgerError ? error.code : "LEDGER_INVARIANT";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
