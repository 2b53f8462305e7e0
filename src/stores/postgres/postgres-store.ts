/** The ledger in Postgres, for gateways that run side by side: each writes in group commits, in one common order. */

import { assertSettled, LedgerInvariantError } from "../../ledger/invariant.ts";
import { totalsOf } from "../../ledger/totals.ts";
import type { OnNotesLost } from "../kept-notes.ts";
import { closedError, LedgerError } from "../ledger-error.ts";
import { assertStorable } from "../storable.ts";
import type { LedgerStore } from "../store.ts";
import { closeMonth } from "./close-month.ts";
import { openPool } from "./connect.ts";
import { createEncoder } from "./encode.ts";
import { createGroupQueue, type GroupReport } from "./group-queue.ts";
import { messageOf, wordOpenError } from "./postgres-error.ts";
import { prepareSchema } from "./prepare-schema.ts";
import { openReads } from "./reads.ts";
import { findPendingJobs } from "./read-calls.ts";
import { findState } from "./read-state.ts";
import { readSummary } from "./read-sums.ts";
import { openSession, type Session } from "./session.ts";
import { readTarget, type PostgresTarget } from "./target.ts";
import { createGroupWriter, type CallOutcome, type Group, type WriteGroup } from "./write-group.ts";

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`, see `readTarget`. */
  readonly url: string;
  /** How long a group waits for company; 0: to the end of the event-loop turn. */
  readonly lingerMs?: number;
  /** Most calls of one commit. */
  readonly maxGroup?: number;
  /** Told of each commit, for metrics. */
  readonly onCommit?: (commit: { readonly calls: number; readonly durationMs: number }) => void;
  readonly onNotesLost?: OnNotesLost;
}

/** Connections for look-ups beside the one that writes. */
const READ_CONNECTIONS = 4;

/**
 * Opens the ledger for writing, as any number of gateways may at once; makes its tables where there are none. Rejects with a
 * LedgerError that says what to do: LEDGER_URL, LEDGER_UNAVAILABLE, LEDGER_UNWRITABLE, LEDGER_MISSING (no such database),
 * LEDGER_FOREIGN, LEDGER_NEWER_SCHEMA, LEDGER_UNSUPPORTED_POSTGRES.
 *
 * A connection that breaks is made anew, and the group that was under way is written again: its keys tell what of it was
 * committed before, so nothing is doubled, and a call is acknowledged only when the ledger was seen to hold it. When that
 * fails for some seconds, the calls that wait are rejected with LEDGER_UNAVAILABLE, and each later group tries once. Notes are
 * kept meanwhile, and written when it answers again.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<LedgerStore> {
  const { url, lingerMs = 0, maxGroup = 512, onCommit, onNotesLost } = options;
  const target = readTarget(url);
  const session = await openChecked(target);
  const reads = openReads(target, openPool(target, READ_CONNECTIONS));
  const encode = createEncoder();
  const writeGroup = createGroupWriter();
  const queue = createGroupQueue({
    write: async (group) => {
      const startedMs = performance.now();
      const report = await writeOrTell(session, writeGroup, group);
      onCommit?.({ calls: group.calls.length, durationMs: performance.now() - startedMs });
      return report;
    },
    lingerMs,
    maxGroup,
    ...(onNotesLost === undefined ? {} : { onNotesLost }),
  });

  let closing: Promise<void> | null = null;
  const assertOpen = (): void => {
    if (closing) throw closedError();
  };
  const close = async (): Promise<void> => {
    await queue.drained();
    await Promise.all([session.close(), reads.close()]);
  };
  return {
    open: (call) => {
      if (!closing) queue.note(call);
    },
    settle: async (call) => {
      assertOpen();
      assertSettled(call);
      assertStorable(call);
      await queue.settle(encode(call));
    },
    findState: async (partner, id, nowMs) => {
      assertOpen();
      return reads.run((client) => findState(client, partner, id, nowMs));
    },
    pendingJobs: async () => {
      assertOpen();
      return reads.run(findPendingJobs);
    },
    closePeriod: async (period, nowMs) => {
      assertOpen();
      return queue.exclusively(() => closeMonth(session, period, nowMs));
    },
    summary: async () => {
      assertOpen();
      return reads.run((client) => readSummary(client));
    },
    totals: async () => {
      assertOpen();
      return totalsOf(await reads.run((client) => readSummary(client)));
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** The connection to write through, after the ledger was found or made. */
async function openChecked(target: PostgresTarget): Promise<Session> {
  try {
    return await openSession(target, (client) => prepareSchema(client, target));
  } catch (error) {
    throw wordOpenError(target, error);
  }
}

/** The outcome of each call; an error for those that the ledger does not hold, as far as is known. */
async function writeOrTell(session: Session, write: WriteGroup, group: Group): Promise<GroupReport> {
  const { calls, notes } = group;
  try {
    return { outcomes: await session.run((client) => write(client, group)), notesLeft: [] };
  } catch (error) {
    if (error instanceof LedgerError) return { outcomes: calls.map(() => error), notesLeft: notes };
    // Notes are words of ours, which the server takes; should it not, it would not do so later either.
    if (calls.length === 0) return { outcomes: [], notesLeft: [] };
    if (calls.length === 1 && notes.length === 0) {
      return { outcomes: calls.map(({ call }) => refusalOf(call.requestId, error)), notesLeft: [] };
    }
  }
  // One value that the server refuses must not fail what is beside it.
  const outcomes: (CallOutcome | Error)[] = [];
  for (const call of calls) {
    outcomes.push(...(await writeOrTell(session, write, { calls: [call], notes: [] })).outcomes);
  }
  const { notesLeft } = await writeOrTell(session, write, { calls: [], notes });
  return { outcomes, notesLeft };
}

/** Of this call only: the ledger takes others. */
function refusalOf(requestId: string, error: unknown): Error {
  if (error instanceof LedgerInvariantError) return error;
  return new LedgerError(
    "LEDGER_REFUSED",
    `the ledger did not take call \`${requestId}\`: ${messageOf(error)}`,
    { cause: error },
  );
}
