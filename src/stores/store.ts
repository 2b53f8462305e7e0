/** What the gateway asks of a ledger store, whatever keeps it. One conformance suite runs for every engine. */

import type { PartnerId } from "../domain/call.ts";
import type { OpenJob, PendingJob, SettledCall } from "../domain/ledger.ts";
import type { StateEntry } from "../domain/state.ts";
import type { AuditedCall, BookedCall, LooseEnd, OpenedCall, SuspendedCall } from "../ledger/booked-call.ts";
import type { LoggedCall } from "../ledger/logged-call.ts";
import type { PeriodBook, PeriodClosing } from "../ledger/period-book.ts";
import type { Period, PeriodRow } from "../ledger/period.ts";
import type { LedgerSummary } from "../ledger/summary.ts";
import type { LedgerTotals } from "../ledger/totals.ts";
import type { TrafficSums } from "../ledger/traffic.ts";

export interface LedgerStore {
  /**
   * Notes that a call is under way, in the group of its time: nobody waits for it. Settling the call takes the note away;
   * what is left of a crash is an orphan. While the store cannot write, notes are kept for when it can, a bounded number.
   */
  open(call: OpenedCall): void;
  /**
   * Resolves when the call, its postings and its state changes are durable, all or none. A call whose request id and phase
   * are already there has no second effect when it says the same (`recordedAtMs` aside), and rejects with
   * LedgerConflictError when it differs; ids never expire. Caps cut it in ledger order; it is booked in the month of its
   * date, or in the next one that is not closed. Rejects with LedgerInvariantError when its money does not add up, and
   * with LedgerError `LEDGER_UNAVAILABLE` when the store can no longer promise durability.
   */
  settle(call: SettledCall): Promise<void>;
  /** The holder of an id, as of the last commit; null when the id is unknown, expired or another partner's. */
  findState(partner: PartnerId, id: string, nowMs: number): Promise<StateEntry | null>;
  /** Jobs settled as an answer and not yet as a completion, oldest first. */
  pendingJobs(): Promise<readonly PendingJobRow[]>;
  /**
   * Closes a month for good, after everything handed in before; see `closePeriod` of the core. Rejects with LedgerError
   * `LEDGER_PERIOD_CLOSED` when it is closed, `LEDGER_PERIOD_ORDER` while an earlier month that holds calls is open.
   */
  closePeriod(period: Period, nowMs: number): Promise<PeriodClosing>;
  /** The whole ledger, folded, from its running sums. */
  summary(): Promise<LedgerSummary>;
  /** The same, folded once more. */
  totals(): Promise<LedgerTotals>;
  /** Settles what was handed in, then lets go of the ledger. Later calls reject with `LEDGER_UNAVAILABLE`. */
  close(): Promise<void>;
}

/**
 * Reads a ledger, also while another process writes it. Each answer is of one instant, whatever is committed meanwhile. Every
 * one rejects with DamagedLedgerError for rows that do not hold what they must.
 */
export interface LedgerReader {
  summary(): Promise<LedgerSummary>;
  totals(): Promise<LedgerTotals>;
  /** What a call was settled as; null when its request id is not in the ledger. */
  findCall(requestId: string): Promise<LoggedCall | null>;
  /** The holder of an id as of now; null when the id is unknown, expired at `nowMs`, or another partner's. */
  findState(partner: PartnerId, id: string, nowMs: number): Promise<StateEntry | null>;
  /** Every call, folded by what it could be decided on anew. */
  traffic(): Promise<readonly TrafficSums[]>;
  /** Every month that holds calls or is closed, in order. */
  periods(): Promise<readonly PeriodRow[]>;
  /** A month, from the running sums; of one that holds nothing the lists are empty. */
  periodBook(period: Period): Promise<PeriodBook>;
  /** Calls that were opened before `openedBeforeMs` and never settled, oldest first. */
  orphans(openedBeforeMs: number): Promise<readonly OpenedCall[]>;
  /** Calls in suspense, oldest first, at most `limit`. */
  suspended(limit: number): Promise<readonly SuspendedCall[]>;
  /** Whole calls in ledger order, those after `afterSeq` (0n: from the first), at most `limit`; none: that was all. */
  calls(afterSeq: bigint, limit: number): Promise<readonly BookedCall[]>;
  /** The same, with what is wrong in place of each call that cannot be read, for which `calls` rejects. */
  auditedCalls(afterSeq: bigint, limit: number): Promise<readonly AuditedCall[]>;
  /**
   * What neither calls nor months show, at most `limit`: lines and postings of no call, or of one that has none; running sums
   * that are not the sums of their calls; calls that stand in suspense and by their words do not, or the other way.
   */
  looseEnds(limit: number): Promise<readonly LooseEnd[]>;
  close(): Promise<void>;
}

/** What is needed to settle the completion of a job. */
export interface PendingJobRow
  extends
    Pick<OpenJob, "money">,
    Pick<
      SettledCall,
      | "requestId"
      | "effectiveAt"
      | "recordedAtMs"
      | "partner"
      | "seller"
      | "operation"
      | "workload"
      | "model"
      | "provider"
      | "region"
      | "clauses"
      | "agreement"
      | "digest"
      | "facts"
      | "evidence"
    > {
  readonly job: PendingJob;
  /** The tier that the caller asked for when it started the job; null where it asked for none. */
  readonly requestedTier: string | null;
}
