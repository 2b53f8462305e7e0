/** The embedded ledger: one SQLite file, written by one worker thread in group commits. */

import { assertSettled } from "../../ledger/invariant.ts";
import { totalsOf } from "../../ledger/totals.ts";
import { closedError } from "../ledger-error.ts";
import { assertStorable } from "../storable.ts";
import { createEncoder } from "./encode.ts";
import { createGroupCommitter, type GroupCommitter } from "./group-commit.ts";
import { createStateCache } from "./state-cache.ts";
import { startWorker } from "./worker-client.ts";
import type { LedgerStore } from "../store.ts";

export interface SqliteStoreOptions {
  /** Path of the ledger file; its folder is made and locked, and belongs to one writer. */
  readonly file: string;
  /** How long a group waits for company; 0: to the end of the event-loop turn. */
  readonly lingerMs?: number;
  /** Most calls of one commit. */
  readonly maxGroup?: number;
  /** How many recent state entries are kept at hand. */
  readonly cachedStates?: number;
  /** Told of each commit, for metrics. */
  readonly onCommit?: (commit: { readonly calls: number; readonly durationMs: number }) => void;
  /** Bounds the file in pages of 4 KiB, as a full disk would; tests give one. */
  readonly maxPages?: number;
  /** The worker to run; tests give one that dies. */
  readonly workerUrl?: URL;
}

/**
 * Opens the ledger for writing. Rejects with a LedgerError that says what to do: LEDGER_LOCKED, LEDGER_NEWER_SCHEMA,
 * LEDGER_CORRUPT, LEDGER_FOREIGN, LEDGER_UNWRITABLE, LEDGER_UNSUPPORTED_SQLITE.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<LedgerStore> {
  const { file, lingerMs = 0, maxGroup = 512, cachedStates = 10_000, onCommit } = options;
  const states = createStateCache(cachedStates);
  const encodeGroup = createEncoder();
  let groupSize = 0;
  let committer: GroupCommitter | null = null;
  const worker = await startWorker(
    options.workerUrl ?? new URL("../sqlite-worker.ts", import.meta.url),
    { file, maxPages: options.maxPages ?? null },
    {
      onCommitted: (report) => {
        if (groupSize > 0) onCommit?.({ calls: groupSize, durationMs: report.commitMs });
        committer?.committed(report);
      },
      onPeriod: (answer) => committer?.closedPeriod(answer),
      onLost: (error) => committer?.fail(error),
    },
  );
  const groups = createGroupCommitter({
    post: (calls, notes) => {
      groupSize = calls.length;
      worker.send(encodeGroup(calls, notes));
    },
    postClose: worker.closePeriod,
    onWritten: (call) => {
      if (call.stateChanges.length > 0) states.apply(call.stateChanges);
    },
    lingerMs,
    maxGroup,
  });
  committer = groups;

  let closing: Promise<void> | null = null;
  const assertOpen = (): void => {
    if (closing) throw closedError();
  };
  return {
    open: (note) => {
      if (!closing) groups.note(note);
    },
    settle: async (call) => {
      assertOpen();
      assertSettled(call);
      assertStorable(call);
      await groups.settle(call);
    },
    closePeriod: async (period, nowMs) => {
      assertOpen();
      return groups.closePeriod(period, nowMs);
    },
    findState: async (partner, id, nowMs) => {
      assertOpen();
      const cached = states.get(partner, id);
      const entry = cached ?? (await worker.query({ name: "state", partner, id }));
      if (!entry || (entry.expiresAtMs !== null && entry.expiresAtMs <= nowMs)) return null;
      if (!cached) states.remember(entry);
      return entry;
    },
    pendingJobs: async () => {
      assertOpen();
      return worker.query({ name: "pending" });
    },
    summary: async () => {
      assertOpen();
      return worker.query({ name: "summary" });
    },
    totals: async () => {
      assertOpen();
      return totalsOf(await worker.query({ name: "summary" }));
    },
    close: () => {
      closing ??= groups.drained().then(() => worker.close());
      return closing;
    },
  };
}
