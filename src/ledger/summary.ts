/** What a ledger holds, folded by the few things its readers group by. Stores make it, statement and totals read it. */

import type { ClauseId, PartnerId, PartyId, ProviderId } from "../domain/call.ts";
import type { PicoUsd } from "../domain/units.ts";

/** Calls that share every word of the row; the numbers are sums over them. */
export interface UseSums {
  readonly agreement: string;
  readonly digest: string;
  readonly effectiveAt: string;
  readonly seller: PartyId;
  readonly partner: PartnerId;
  readonly provider: ProviderId;
  readonly model: string | null;
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
export interface PartSums {
  readonly agreement: string;
  readonly seller: PartyId;
  readonly partner: PartnerId;
  readonly account: string;
  readonly party: PartyId;
  readonly clause: ClauseId;
  readonly amountPicoUsd: PicoUsd;
}

/** Gross of the calls that a money clause gave a share of, each call once per clause. */
export interface EligibleSums {
  readonly agreement: string;
  readonly partner: PartnerId;
  readonly clause: ClauseId;
  readonly grossPicoUsd: PicoUsd;
}

/** Each list holds every combination at most once; order carries no meaning. Empty lists: an empty ledger. */
export interface LedgerSummary {
  readonly uses: readonly UseSums[];
  readonly parts: readonly PartSums[];
  readonly eligible: readonly EligibleSums[];
  readonly unpricedReasons: readonly { readonly reason: string; readonly calls: number }[];
  /** Sum of all postings: zero, or the ledger is broken. */
  readonly balancePicoUsd: PicoUsd;
}
