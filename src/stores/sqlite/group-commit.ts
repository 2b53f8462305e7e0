/** Gathers calls into groups, one commit each: the cost of making them durable is shared. One group is under way at a time. */

import type { SettledCall } from "../../domain/ledger.ts";
import type { OpenedCall } from "../../ledger/booked-call.ts";
import { LedgerInvariantError } from "../../ledger/invariant.ts";
import type { PeriodClosing } from "../../ledger/period-book.ts";
import type { Period } from "../../ledger/period.ts";
import type { KeptNotes } from "../kept-notes.ts";
import { LedgerConflictError, LedgerError } from "../ledger-error.ts";
import { CALL_STATUS, type FromWorker } from "./messages.ts";

/** What a commit told about its group. */
interface CommitReport {
  readonly statuses: readonly number[] | null;
  readonly failure: string | null;
}

type PeriodAnswer = Extract<FromWorker, { kind: "period-closed" | "period-refused" }>;

export interface GroupCommitter {
  /** Resolves after the commit of the call's group, also when the ledger held the same call already. */
  settle(call: SettledCall): Promise<void>;
  /** Takes a note along with the next group; after a failure, with the first one of the resumption. */
  note(note: OpenedCall): void;
  /** Closes a month after everything handed in before, and before everything handed in later. */
  closePeriod(period: Period, closedAtMs: number): Promise<PeriodClosing>;
  /** The group under way was committed. */
  committed(report: CommitReport): void;
  /** The month under way was closed, or could not be. */
  closedPeriod(answer: PeriodAnswer): void;
  /** Rejects everything handed in, and everything to come until `resume`; notes are kept. Again: for another reason. */
  fail(error: LedgerError): void;
  /** There is a writer again, and nothing is under way with it. */
  resume(): void;
  /** Resolves when nothing waits any more; notes that are kept of a failure are then let go. */
  drained(): Promise<void>;
}

interface WaitingCall {
  readonly kind: "call";
  readonly call: SettledCall;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface WaitingNote {
  readonly kind: "note";
  readonly note: OpenedCall;
}

interface WaitingClose {
  readonly kind: "close";
  readonly period: Period;
  readonly closedAtMs: number;
  readonly resolve: (closing: PeriodClosing) => void;
  readonly reject: (error: Error) => void;
}

type Waiting = WaitingCall | WaitingNote | WaitingClose;

/** Notes alone are no reason to commit at once: most calls are settled before long, and then need none. */
const NOTE_LINGER_MS = 10;

/**
 * `post` sends a group to the writer, `postClose` a month to close. A group leaves `lingerMs` after its first call came (0: at
 * the end of that event-loop turn), at once when `maxGroup` wait, and never before the group ahead of it is committed;
 * meanwhile calls gather, so groups grow with the load.
 */
export function createGroupCommitter(options: {
  readonly post: (calls: readonly SettledCall[], notes: readonly OpenedCall[]) => void;
  readonly postClose: (period: Period, closedAtMs: number) => void;
  /** Told of each call that was written, before its promise resolves. */
  readonly onWritten: (call: SettledCall) => void;
  /** Where notes wait while there is no writer. */
  readonly keptNotes: KeptNotes;
  readonly lingerMs: number;
  readonly maxGroup: number;
}): GroupCommitter {
  const { post, postClose, onWritten, keptNotes, lingerMs, maxGroup } = options;
  let waiting: Waiting[] = [];
  let underWay: readonly Waiting[] = [];
  let scheduled = false;
  let notesScheduled = false;
  /** Of what waits, all but notes. */
  let urgent = 0;
  let failure: LedgerError | null = null;
  let onDrained: (() => void)[] = [];

  const flush = (): void => {
    if (failure || underWay.length > 0 || waiting.length === 0) return;
    underWay = waiting.splice(0, groupLength(waiting, maxGroup));
    const [head] = underWay;
    urgent -= underWay.filter(({ kind }) => kind !== "note").length;
    if (head?.kind === "close") {
      postClose(head.period, head.closedAtMs);
      return;
    }
    post(
      underWay.flatMap((each) => (each.kind === "call" ? [each.call] : [])),
      underWay.flatMap((each) => (each.kind === "note" ? [each.note] : [])),
    );
  };
  const onTimer = (): void => {
    scheduled = false;
    flush();
  };
  const onNoteTimer = (): void => {
    notesScheduled = false;
    flush();
  };
  const schedule = (): void => {
    if (underWay.length > 0) return;
    if (waiting.length >= maxGroup) flush();
    else if (urgent === 0 && onDrained.length === 0) {
      if (notesScheduled) return;
      notesScheduled = true;
      setTimeout(onNoteTimer, NOTE_LINGER_MS);
    } else if (!scheduled) {
      scheduled = true;
      if (lingerMs > 0) setTimeout(onTimer, lingerMs);
      else setImmediate(onTimer);
    }
  };
  const add = (item: Waiting): void => {
    waiting.push(item);
    if (item.kind !== "note") urgent += 1;
    schedule();
  };
  const tellDrained = (): void => {
    if (waiting.length > 0 || underWay.length > 0) return;
    for (const tell of onDrained) tell();
    onDrained = [];
  };
  const goOn = (): void => {
    if (waiting.length > 0) schedule();
    else tellDrained();
  };
  const takeUnderWay = (): readonly Waiting[] => {
    const done = underWay;
    underWay = [];
    return done;
  };

  return {
    settle: (call) =>
      new Promise((resolve, reject) => {
        if (failure) reject(failure);
        else add({ kind: "call", call, resolve, reject });
      }),
    note: (note) => {
      if (failure) keptNotes.keep([note]);
      else add({ kind: "note", note });
    },
    closePeriod: (period, closedAtMs) =>
      new Promise((resolve, reject) => {
        if (failure) reject(failure);
        else add({ kind: "close", period, closedAtMs, resolve, reject });
      }),
    committed: ({ statuses, failure: cause }) => {
      takeUnderWay()
        .filter((each) => each.kind === "call")
        .forEach((each, index) => {
          const status = statuses?.[index] ?? CALL_STATUS.written;
          if (status === CALL_STATUS.written) onWritten(each.call);
          answer(each, status, cause);
        });
      goOn();
    },
    closedPeriod: (result) => {
      for (const each of takeUnderWay()) {
        if (each.kind === "close") answerClose(each, result);
      }
      goOn();
    },
    fail: (error) => {
      failure = error;
      const lost = [...takeUnderWay(), ...waiting];
      waiting = [];
      urgent = 0;
      for (const each of lost) {
        if (each.kind === "note") keptNotes.keep([each.note]);
        else each.reject(error);
      }
      tellDrained();
    },
    resume: () => {
      failure = null;
      for (const note of keptNotes.takeAll()) add({ kind: "note", note });
    },
    drained: async () => {
      await new Promise<void>((resolve) => {
        onDrained.push(resolve);
        goOn();
      });
      keptNotes.letGo();
    },
  };
}

/** How many of the waiting go together: up to the bound, and a month that is to be closed by itself. */
function groupLength(waiting: readonly Waiting[], maxGroup: number): number {
  const close = waiting.findIndex(({ kind }) => kind === "close");
  if (close === 0) return 1;
  return close === -1 ? maxGroup : Math.min(close, maxGroup);
}

function answer({ call, resolve, reject }: WaitingCall, status: number, cause: string | null): void {
  switch (status) {
    case CALL_STATUS.written:
    case CALL_STATUS.same:
      resolve();
      break;
    case CALL_STATUS.conflict:
      reject(new LedgerConflictError(call.requestId, call.phase));
      break;
    default:
      reject(
        new LedgerError(
          "LEDGER_UNAVAILABLE",
          `the ledger did not take call \`${call.requestId}\`: ${cause ?? "unknown"}`,
        ),
      );
  }
}

function answerClose({ resolve, reject }: WaitingClose, result: PeriodAnswer): void {
  if (result.kind === "period-closed") resolve(result.closing);
  else if (result.code === "LEDGER_INVARIANT") reject(new LedgerInvariantError(result.message));
  else reject(new LedgerError(result.code, result.message));
}
