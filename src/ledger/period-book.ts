/** Everything that a statement of one month is made of; and what closing it adds. */

import type { ClauseId, PartyId } from "../domain/call.ts";
import type { Posting } from "../domain/ledger.ts";
import type { PicoUsd } from "../domain/units.ts";
import type { Period } from "./period.ts";
import type { LedgerSummary } from "./summary.ts";

/** What a cap let through before the month and in it. */
export interface CapBalance {
  readonly clause: ClauseId;
  readonly scope: "lifetime" | "period";
  readonly limitPicoUsd: PicoUsd;
  /** Of its span (for ever, or the month: then zero) before the month. */
  readonly beforePicoUsd: PicoUsd;
  readonly grantedPicoUsd: PicoUsd;
}

/** A claim of less than a cent that a closed month left, and the next one opens with. */
export interface Carry {
  readonly flow: "share" | "hosting";
  readonly payer: PartyId;
  readonly payee: PartyId;
  /** What the payer still owes; negative where rounding paid it too much. At most half a cent either way. */
  readonly amountPicoUsd: PicoUsd;
}

export interface PeriodBook {
  readonly period: Period;
  /** Of the calls booked in the month, and no others. */
  readonly summary: LedgerSummary;
  readonly caps: readonly CapBalance[];
  /** As the closed month before left them. */
  readonly carries: readonly Carry[];
  /** Null while the month is open. */
  readonly closing: PeriodClosing | null;
}

/** A transaction of the month, not of a call. */
export interface PeriodTransaction {
  readonly kind: "trueup" | "owe" | "net" | "settle" | "round";
  readonly postings: readonly Posting[];
}

/** What a close fixes; written once, in one transaction, and never changed. */
export interface PeriodClosing {
  readonly period: Period;
  /** Number of the last call that was in the ledger, whatever its month. */
  readonly cutoffSeq: bigint;
  /** Wall-clock ms since 1970. */
  readonly closedAtMs: number;
  readonly transactions: readonly PeriodTransaction[];
  readonly carries: readonly Carry[];
  /** The statement as canonical JSON. */
  readonly statement: string;
  /** SHA-256 over the month: its sums, its transactions, its carries, its statement. 64 hex digits. */
  readonly manifestSha256: string;
}
