/** The money terms that a decision fixes, and what a provider is paid for hosting: data that the ledger evaluates. */

import type { ClauseId, PartyId } from "./call.ts";
import type { Ppm } from "./units.ts";

/** What one clause gives one party of the gross of a call. */
export interface ShareLeg {
  readonly clause: ClauseId;
  readonly party: PartyId;
  readonly sharePpm: Ppm;
}

/** The legs from a day on; they sum to the whole, the seller's own part among them. */
export interface ShareVersion {
  /** The first day, `YYYY-MM-DD`; null: since ever. */
  readonly from: string | null;
  readonly legs: readonly ShareLeg[];
}

/** The most that a clause gives away, over all calls or over those of one period. */
export interface ShareCap {
  readonly clause: ClauseId;
  readonly scope: "lifetime" | "period";
  /** Whole picodollars as decimal text, so that terms survive JSON: a cap of billions is no safe integer. */
  readonly limitPicoUsd: string;
}

/** Who earns from a call, and how: the money side of a ruling. The same for every call of a cell; plain JSON. */
export interface MoneyTerms {
  readonly clauses: readonly ClauseId[];
  /** In order of time, at least one; the first one reaches back for ever. */
  readonly versions: readonly ShareVersion[];
  readonly caps: readonly ShareCap[];
}

/** What a provider is paid for serving a call: parts per million of its list price. */
export interface HostingTerms {
  readonly payer: PartyId;
  readonly payee: PartyId;
  readonly feePpm: Ppm;
}
