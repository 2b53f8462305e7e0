/** Gathers calls into groups, one commit each: the cost of making them durable is shared. One group is under way at a time. */

import type { SettledCall } from "../../domain/ledger.ts";
import { LedgerConflictError, LedgerError } from "../ledger-error.ts";
import { CALL_STATUS } from "./messages.ts";

/** What a commit told about its group. */
interface CommitReport {
  readonly statuses: readonly number[] | null;
  readonly failure: string | null;
}

export interface GroupCommitter {
  /** Resolves after the commit of the call's group, also when the ledger held the same call already. */
  settle(call: SettledCall): Promise<void>;
  /** The group under way was committed. */
  committed(report: CommitReport): void;
  /** Rejects everything handed in, and everything to come. */
  fail(error: LedgerError): void;
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>;
}

interface Waiting {
  readonly call: SettledCall;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * `post` sends a group to the writer. A group leaves `lingerMs` after its first call came (0: at the end of that event-loop
 * turn), at once when `maxGroup` calls wait, and never before the group ahead of it is committed; meanwhile calls gather,
 * so groups grow with the load.
 */
export function createGroupCommitter(options: {
  readonly post: (calls: readonly SettledCall[]) => void;
  /** Told of each call that was written, before its promise resolves. */
  readonly onWritten: (call: SettledCall) => void;
  readonly lingerMs: number;
  readonly maxGroup: number;
}): GroupCommitter {
  const { post, onWritten, lingerMs, maxGroup } = options;
  let waiting: Waiting[] = [];
  let underWay: Waiting[] = [];
  let scheduled = false;
  let failure: LedgerError | null = null;
  let onDrained: (() => void)[] = [];

  const flush = (): void => {
    if (failure || underWay.length > 0 || waiting.length === 0) return;
    underWay = waiting.splice(0, maxGroup);
    post(underWay.map(({ call }) => call));
  };
  const onTimer = (): void => {
    scheduled = false;
    flush();
  };
  const schedule = (): void => {
    if (underWay.length > 0) return;
    if (waiting.length >= maxGroup) flush();
    else if (!scheduled) {
      scheduled = true;
      if (lingerMs > 0) setTimeout(onTimer, lingerMs);
      else setImmediate(onTimer);
    }
  };
  const tellDrained = (): void => {
    if (waiting.length > 0 || underWay.length > 0) return;
    for (const tell of onDrained) tell();
    onDrained = [];
  };

  return {
    settle: (call) =>
      new Promise((resolve, reject) => {
        if (failure) {
          reject(failure);
          return;
        }
        waiting.push({ call, resolve, reject });
        schedule();
      }),
    committed: ({ statuses, failure: cause }) => {
      const done = underWay;
      underWay = [];
      done.forEach((each, index) => {
        const status = statuses?.[index] ?? CALL_STATUS.written;
        if (status === CALL_STATUS.written) onWritten(each.call);
        answer(each, status, cause);
      });
      if (waiting.length > 0) schedule();
      else tellDrained();
    },
    fail: (error) => {
      failure = error;
      const lost = [...underWay, ...waiting];
      underWay = [];
      waiting = [];
      for (const { reject } of lost) reject(error);
      tellDrained();
    },
    drained: () =>
      new Promise((resolve) => {
        onDrained.push(resolve);
        tellDrained();
      }),
  };
}

function answer({ call, resolve, reject }: Waiting, status: number, cause: string | null): void {
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
