/** The embedded ledger: one SQLite file, written by one worker thread in group commits. */

import { assertSettled } from "../../ledger/invariant.ts";
import { totalsOf } from "../../ledger/totals.ts";
import { createKeptNotes, type OnNotesLost } from "../kept-notes.ts";
import { closedError } from "../ledger-error.ts";
import { assertStorable } from "../storable.ts";
import type { LedgerStore } from "../store.ts";
import { createEncoder } from "./encode.ts";
import { createGroupCommitter, type GroupCommitter } from "./group-commit.ts";
import { startLastingWriter } from "./lasting-writer.ts";
import { prepareFolder } from "./open-database.ts";
import { createStateCache } from "./state-cache.ts";
import { lockFolder } from "./writer-lock.ts";

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
  /** Told of notes that could not be kept until the ledger takes them. */
  readonly onNotesLost?: OnNotesLost;
  /** Bounds the file in pages of 4 KiB, as a full disk would; tests give one. Asked whenever the file is opened; null: not at all. */
  readonly maxPages?: () => number | null;
  /** How long a ledger that could not be written is left alone before it is tried again. */
  readonly reopenMs?: number;
  /** The worker to run; tests give one that dies. */
  readonly workerUrl?: URL;
}

/** As often as a refused caller is told to come back. */
const REOPEN_MS = 5_000;

/**
 * Opens the ledger for writing. When it cannot be written any more, all that waits and all that comes is rejected with
 * LEDGER_UNAVAILABLE, and it is opened again, on a new thread, until that succeeds: its folder stays locked, and notes are kept
 * meanwhile. Rejects with a LedgerError that says what to do: LEDGER_LOCKED, LEDGER_NEWER_SCHEMA,
 * LEDGER_CORRUPT, LEDGER_FOREIGN, LEDGER_UNWRITABLE, LEDGER_UNSUPPORTED_SQLITE.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<LedgerStore> {
  const { file, lingerMs = 0, maxGroup = 512, cachedStates = 10_000, onCommit, onNotesLost } = options;
  prepareFolder(file);
  // Held by the store, not by its writer: nobody else may write between two writers of one store.
  const unlock = lockFolder(file);
  const states = createStateCache(cachedStates);
  let encodeGroup = createEncoder();
  let groupSize = 0;
  let committer: GroupCommitter | null = null;
  const writer = await startLastingWriter({
    workerUrl: options.workerUrl ?? new URL("../sqlite-worker.ts", import.meta.url),
    file,
    maxPages: options.maxPages ?? (() => null),
    reopenMs: options.reopenMs ?? REOPEN_MS,
    handlers: {
      onCommitted: (report) => {
        if (groupSize > 0) onCommit?.({ calls: groupSize, durationMs: report.commitMs });
        committer?.committed(report);
      },
      onPeriod: (answer) => committer?.closedPeriod(answer),
      onLost: (error) => committer?.fail(error),
      onBack: () => {
        // Of a group that was rejected as lost, all or nothing may have been committed.
        states.forgetAll();
        encodeGroup = createEncoder();
        committer?.resume();
      },
    },
  }).catch((error: unknown) => {
    unlock();
    throw error;
  });
  const groups = createGroupCommitter({
    post: (calls, notes) => {
      groupSize = calls.length;
      writer.send(encodeGroup(calls, notes));
    },
    postClose: writer.closePeriod,
    onWritten: (call) => {
      if (call.stateChanges.length > 0) states.apply(call.stateChanges);
    },
    keptNotes: createKeptNotes(onNotesLost),
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
      const entry = cached ?? (await writer.query({ name: "state", partner, id }));
      if (!entry || (entry.expiresAtMs !== null && entry.expiresAtMs <= nowMs)) return null;
      if (!cached) states.remember(entry);
      return entry;
    },
    pendingJobs: async () => {
      assertOpen();
      return writer.query({ name: "pending" });
    },
    summary: async () => {
      assertOpen();
      return writer.query({ name: "summary" });
    },
    totals: async () => {
      assertOpen();
      return totalsOf(await writer.query({ name: "summary" }));
    },
    close: () => {
      closing ??= groups
        .drained()
        .then(() => writer.close())
        .finally(unlock);
      return closing;
    },
  };
}
