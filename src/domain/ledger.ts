/** The shapes that the ledger, its stores and its readers share. Amounts are exact picodollars. */

import type { CallFacts, ClauseId, PartnerId, PartyId, ProviderId, WorkloadClass } from "./call.ts";
import type { HostingTerms, MoneyTerms, ShareCap, ShareLeg } from "./money.ts";
import type { Outcome } from "./outcome.ts";
import type { StateChange } from "./state.ts";
import type { PicoUsd } from "./units.ts";
import type { Usage } from "./usage.ts";

/** One leg of a transaction: debits are positive, credits negative. */
export interface Posting {
  /** Path of the account, such as `recv:openai:amazon` or `share:C11:microsoft`. */
  readonly account: string;
  readonly party: PartyId;
  readonly amount: PicoUsd;
  /** The money clause that asks for this leg, or `none`. */
  readonly clause: ClauseId;
}

/**
 * A balanced set of postings: amounts sum to zero; never edited. A call has at most one of each kind: `accrue` is what the
 * customer owes and who earns which part of it, `host` is what the provider is paid for serving it.
 */
export interface Transaction {
  readonly kind: "accrue" | "host";
  readonly postings: readonly Posting[];
}

/** What the transactions of a call follow, so that they can be checked and made anew. */
export interface CallMoney {
  /** Those in force on its date; they sum to the whole. */
  readonly legs: readonly ShareLeg[];
  readonly caps: readonly ShareCap[];
  /** Null where nobody is paid for hosting, as for a provider without such terms. */
  readonly hosting: HostingTerms | null;
}

/** What a token is priced as. */
export type PricedUnit = "input" | "cached_input" | "cache_write" | "output" | "training";

/** One priced part of a call: amount = quantity x unitPrice, exactly. No unit stands twice in a call. */
export interface RatedLine {
  /** `:long`: of a batch, what those of its requests used that are long context, each by itself. */
  readonly unit: PricedUnit | `${Exclude<PricedUnit, "training">}:long`;
  readonly quantity: bigint;
  readonly unitPricePicoUsd: PicoUsd;
  readonly amountPicoUsd: PicoUsd;
}

/** What the customer owes for a call, or why that is not known. */
export type Charge =
  | {
      readonly kind: "rated";
      readonly lines: readonly RatedLine[];
      readonly totalPicoUsd: PicoUsd;
      /** Which price version was used: `<model>@<effective from or "undated">`. */
      readonly priceVersion: string;
      /** True where the price has no published start date or is our assumption. */
      readonly assumed: boolean;
    }
  | { readonly kind: "free" }
  | { readonly kind: "unpriced"; readonly reason: string };

/**
 * The final word on one accepted call: what it was, where it ran, what it used, what it cost, who gets what. A job that
 * ends later (fine-tuning, batch, background response) is settled once more under `phase: completion`.
 */
export interface SettledCall {
  readonly requestId: string;
  readonly phase: "answer" | "completion";
  /** The simulated date the call lives at, `YYYY-MM-DD`. */
  readonly effectiveAt: string;
  /** Wall-clock ms since 1970. */
  readonly recordedAtMs: number;
  readonly partner: PartnerId;
  readonly seller: PartyId;
  readonly operation: string;
  readonly workload: WorkloadClass;
  readonly model: string | null;
  readonly modelServed: string | null;
  readonly provider: ProviderId;
  readonly region: string;
  readonly clauses: readonly ClauseId[];
  readonly agreement: string;
  readonly digest: string;
  /** One value per axis of the agreement: what was decided on. Empty for a call recorded before facts were kept. */
  readonly facts: CallFacts;
  /** One value per axis of the classification: what was seen in the request. Empty likewise. */
  readonly evidence: CallFacts;
  readonly outcome: Outcome;
  readonly httpStatus: number;
  readonly streamed: boolean;
  /**
   * How often the call was sent upstream, from 0. Usage and charge are of the last attempt. An earlier one met nobody, or a
   * connection that had most likely been closed already; the latter is judged by time, so it may have run at the provider all
   * the same. The log line of the call then has `resent_after_reset`, and reconciliation finds a `duplicate` on its meter.
   */
  readonly attempts: number;
  readonly usage: Usage;
  readonly charge: Charge;
  /** Null where no money moves: a charge that is free, unpriced or of zero. */
  readonly money: CallMoney | null;
  /** As the terms give them; a store cuts them where a cap is reached, in ledger order. */
  readonly transactions: readonly Transaction[];
  readonly stateChanges: readonly StateChange[];
  /** Work whose usage is only known later: the id to follow up on, or null. */
  readonly pendingJob: OpenJob | null;
}

/** A job whose usage is not known yet; followed until it ends, also after a restart. */
export interface PendingJob {
  readonly id: string;
  readonly kind: "fine_tuning.job" | "batch" | "response";
}

/** A job with the terms its decision fixed: its completion is split by them, whatever agreement is in force by then. */
export interface OpenJob extends PendingJob {
  readonly money: MoneyTerms;
}
