/** What the gateway asks of a ledger store, whatever keeps it. One conformance suite runs for every engine. */

import type { PartnerId } from "../domain/call.ts";
import type { OpenJob, PendingJob, SettledCall } from "../domain/ledger.ts";
import type { StateEntry } from "../domain/state.ts";
import type { LoggedCall } from "../ledger/logged-call.ts";
import type { LedgerSummary } from "../ledger/summary.ts";
import type { LedgerTotals } from "../ledger/totals.ts";
import type { TrafficSums } from "../ledger/traffic.ts";

export interface LedgerStore {
  /**
   * Resolves when the call, its postings and its state changes are durable, all or none. A call whose request id and phase
   * are already there has no second effect when it says the same (`recordedAtMs` aside), and rejects with
   * LedgerConflictError when it differs. Rejects with LedgerInvariantError when its money does not add up, and with
   * LedgerError `LEDGER_UNAVAILABLE` when the store can no longer promise durability.
   */
  settle(call: SettledCall): Promise<void>;
  /** The holder of an id, as of the last commit; null when the id is unknown, expired or another partner's. */
  findState(partner: PartnerId, id: string, nowMs: number): Promise<StateEntry | null>;
  /** Jobs settled as an answer and not yet as a completion, oldest first. */
  pendingJobs(): Promise<readonly PendingJobRow[]>;
  /** The whole ledger, folded. The first time takes time proportional to it, later ones to what was added; not per call. */
  summary(): Promise<LedgerSummary>;
  /** The same, folded once more. */
  totals(): Promise<LedgerTotals>;
  /** Settles what was handed in, then lets go of the ledger. Later calls reject with `LEDGER_UNAVAILABLE`. */
  close(): Promise<void>;
}

/** Reads a ledger while another process writes it. */
export interface LedgerReader {
  /** All of one instant, whatever is committed meanwhile. */
  summary(): LedgerSummary;
  totals(): LedgerTotals;
  /** What a call was settled as; null when its request id is not in the ledger. */
  findCall(requestId: string): LoggedCall | null;
  /** The holder of an id as of now; null when the id is unknown, expired at `nowMs`, or another partner's. */
  findState(partner: PartnerId, id: string, nowMs: number): StateEntry | null;
  /** Every call, folded by what it could be decided on anew. Takes time proportional to the ledger, about 1 s per million calls. */
  traffic(): readonly TrafficSums[];
  close(): void;
}

/** What is needed to settle the completion of a job. */
export interface PendingJobRow
  extends
    Pick<OpenJob, "moneyClauses" | "sharePpm">,
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
}
