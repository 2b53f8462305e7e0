/** Gathers calls into groups, one commit each: the cost of making them durable is shared. One group is under way at a time. */

import type { SettledCall } from "../../domain/ledger.ts";
import type { OpenedCall } from "../../ledger/booked-call.ts";
import { createKeptNotes, type OnNotesLost } from "../kept-notes.ts";
import { LedgerConflictError } from "../ledger-error.ts";
import type { HandedIn } from "./encode.ts";
import type { CallOutcome, Group } from "./write-group.ts";

export interface GroupQueue {
  /** Resolves after the commit of the call's group, also when the ledger held the same call already. */
  settle(call: HandedIn): Promise<void>;
  /** Goes with the next group, or soon by itself; while nothing can be written it is kept, and tried again. */
  note(call: OpenedCall): void;
  /** Runs `job` after everything handed in before, and before everything handed in after. */
  exclusively<T>(job: () => Promise<T>): Promise<T>;
  /** Resolves when everything handed in before is written; notes that cannot be written now are then let go. */
  drained(): Promise<void>;
}

/** What became of a group. */
export interface GroupReport {
  /** Of each call, in order. */
  readonly outcomes: readonly (CallOutcome | Error)[];
  /** Those that the ledger could not take, and may later. */
  readonly notesLeft: readonly OpenedCall[];
}

interface WaitingCall {
  readonly call: HandedIn;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface WaitingJob {
  readonly run: () => Promise<void>;
}

/** How long a note waits for calls to go with. */
const NOTE_LINGER_MS = 50;
/** How long notes wait that could not be written, unless calls come to go with. */
const NOTE_RETRY_MS = 1_000;

/**
 * A group leaves `lingerMs` after its first call came (0: at the end of that event-loop turn), at once when `maxGroup` calls
 * wait, and never before the group ahead of it is committed; meanwhile calls gather, so groups grow with the load. `write`
 * tells what became of a group; it never rejects.
 */
export function createGroupQueue(options: {
  readonly write: (group: Group) => Promise<GroupReport>;
  readonly lingerMs: number;
  readonly maxGroup: number;
  readonly onNotesLost?: OnNotesLost;
}): GroupQueue {
  const { write, lingerMs, maxGroup, onNotesLost } = options;
  const waiting: (WaitingCall | WaitingJob)[] = [];
  const notes = createKeptNotes(onNotesLost);
  /** Runs while notes wait that could not be written: by themselves they are not tried before it ends. */
  let noteRetry: NodeJS.Timeout | null = null;
  let timer: NodeJS.Timeout | NodeJS.Immediate | null = null;
  let running = false;
  let done = Promise.resolve();

  const writeGroup = async (calls: readonly WaitingCall[]): Promise<void> => {
    const group = { calls: calls.map(({ call }) => call), notes: notes.takeAll() };
    const { outcomes, notesLeft } = await write(group);
    if (notesLeft.length > 0) keepForLater(notesLeft);
    else if (group.notes.length > 0) stopNoteRetry();
    calls.forEach((each, at) => answer(each, outcomes[at] ?? "written"));
  };
  const keepForLater = (left: readonly OpenedCall[]): void => {
    notes.keep(left);
    noteRetry ??= setTimeout(retryNotes, NOTE_RETRY_MS).unref();
  };
  const notesAreDue = (): boolean => notes.count() > 0 && noteRetry === null;
  const stopNoteRetry = (): void => {
    if (noteRetry !== null) clearTimeout(noteRetry);
    noteRetry = null;
  };
  const retryNotes = (): void => {
    stopNoteRetry();
    start();
  };
  const runAll = async (): Promise<void> => {
    while (waiting.length > 0 || notesAreDue()) {
      const [first] = waiting;
      if (first !== undefined && "run" in first) {
        waiting.shift();
        await first.run();
        continue;
      }
      const end = waiting.slice(0, maxGroup).findIndex((each) => "run" in each);
      await writeGroup(waiting.splice(0, end < 0 ? maxGroup : end) as WaitingCall[]);
      // A turn of the event loop: whoever was just answered may hand in the next call.
      if (waiting.length < maxGroup) await new Promise((resolve) => setImmediate(resolve));
    }
    // At once when nothing waits: what is handed in from here on must start the next run.
    running = false;
  };
  const start = (): void => {
    if (timer !== null) clearTimer(timer);
    timer = null;
    if (running) return;
    running = true;
    done = runAll();
  };
  const schedule = (afterMs: number): void => {
    if (running) return;
    if (waiting.length >= maxGroup) start();
    else if (afterMs > 0) timer ??= setTimeout(start, afterMs);
    else timer ??= setImmediate(start);
  };

  return {
    settle: (call) =>
      new Promise((resolve, reject) => {
        // Only notes linger as long as they may.
        if (waiting.length === 0 && timer !== null) {
          clearTimer(timer);
          timer = null;
        }
        waiting.push({ call, resolve, reject });
        schedule(lingerMs);
      }),
    note: (call) => {
      notes.keep([call]);
      if (noteRetry === null) schedule(NOTE_LINGER_MS);
    },
    exclusively: (job) =>
      new Promise((resolve, reject) => {
        waiting.push({ run: () => job().then(resolve, reject) });
        start();
      }),
    drained: async () => {
      retryNotes();
      await done;
      stopNoteRetry();
      notes.letGo();
    },
  };
}

function clearTimer(timer: NodeJS.Timeout | NodeJS.Immediate): void {
  if ("hasRef" in timer && "refresh" in timer) clearTimeout(timer);
  else clearImmediate(timer as NodeJS.Immediate);
}

function answer({ call, resolve, reject }: WaitingCall, outcome: CallOutcome | Error): void {
  if (outcome === "written" || outcome === "same") resolve();
  else if (outcome === "conflict") reject(conflictOf(call.call));
  else reject(outcome);
}

function conflictOf({ requestId, phase }: SettledCall): LedgerConflictError {
  return new LedgerConflictError(requestId, phase);
}
