/** What a ledger holds, folded by the few things its readers group by. Stores keep it, statement and totals read it. */

import type { ClauseId, PartnerId, PartyId, ProviderId } from "../domain/call.ts";
import type { PicoUsd } from "../domain/units.ts";
import type { Period } from "./period.ts";

/** What tells apart the calls that statements and true-ups keep apart. */
export interface SplitKey {
  /** The month they are booked in; for a late call not the month of its date. */
  readonly period: Period;
  readonly agreement: string;
  readonly seller: PartyId;
  readonly partner: PartnerId;
  /** How their revenue is split, as `splitText` writes it; null where no money moved. */
  readonly split: string | null;
  /** Whether a cap cut what their split would have given. */
  readonly cut: boolean;
}

/** Calls that share every word of the row; the numbers are sums over them. */
export interface UseSums extends SplitKey {
  readonly digest: string;
  /** The contract date, `YYYY-MM-DD`. */
  readonly effectiveAt: string;
  readonly provider: ProviderId;
  readonly model: string | null;
  /** By which they were charged, as in `Charge`; null where they were not. */
  readonly priceVersion: string | null;
  /** Calls settled when they were answered. */
  readonly calls: number;
  /** Calls settled once more when their job ended. */
  readonly completions: number;
  readonly inputTokens: bigint;
  readonly cachedInputTokens: bigint;
  readonly outputTokens: bigint;
  readonly reasoningTokens: bigint;
  readonly trainedTokens: bigint;
  readonly grossPicoUsd: PicoUsd;
  readonly unpriced: number;
  readonly estimated: number;
  /** Calls charged at a price that is assumed. */
  readonly assumed: number;
}

/** The credits of one party (its part of gross) under one clause. */
export interface PartSums extends SplitKey {
  readonly account: string;
  readonly party: PartyId;
  readonly clause: ClauseId;
  readonly amountPicoUsd: PicoUsd;
}

/** What one provider was paid for hosting. */
export interface HostingSums {
  readonly period: Period;
  readonly agreement: string;
  readonly partner: PartnerId;
  readonly provider: ProviderId;
  readonly payer: PartyId;
  readonly payee: PartyId;
  /** Parts per million of list price. */
  readonly feePpm: number;
  /** List price of the calls it is paid for. */
  readonly basePicoUsd: PicoUsd;
  readonly feePicoUsd: PicoUsd;
}

/** Each list holds every combination at most once; order carries no meaning. Empty lists: an empty ledger. */
export interface LedgerSummary {
  readonly uses: readonly UseSums[];
  readonly parts: readonly PartSums[];
  readonly hosting: readonly HostingSums[];
  readonly unpricedReasons: readonly { readonly reason: string; readonly calls: number }[];
  /** Sum of all postings: zero, or the ledger is broken. */
  readonly balancePicoUsd: PicoUsd;
}
