/** A call in the place that the ledger gave it. */

import type { SettledCall } from "../domain/ledger.ts";
import type { CapUse } from "./caps.ts";
import type { Period } from "./period.ts";

export interface BookedCall {
  /** Its number in ledger order, from 1; gaps carry no meaning. */
  readonly seq: bigint;
  readonly period: Period;
  /** As it was written: where a cap cut it, with what was left. */
  readonly call: SettledCall;
  /** Whether a cap cut it. */
  readonly cut: boolean;
  /** What caps let through of it; empty where none applies. */
  readonly capUses: readonly CapUse[];
}

/** A call whose rows do not hold what they must. */
interface DamagedCall {
  readonly seq: bigint;
  /** What cannot be read, and why. */
  readonly damage: string;
}

export type AuditedCall = BookedCall | DamagedCall;

/** A row that belongs to no call, a sum that its calls do not make, a mark on a call that its words belie. */
export interface LooseEnd {
  /** Of the call that it names; null for what names none. */
  readonly seq: bigint | null;
  readonly what: string;
}

/** That a call was taken, before anything was done for it. One without a settled call after its time is an orphan. */
export interface OpenedCall {
  readonly requestId: string;
  /** Wall-clock ms since 1970. */
  readonly openedAtMs: number;
  readonly partner: string;
  readonly operation: string;
  readonly provider: string;
  /** Of the agreement that it was decided under. */
  readonly digest: string;
}

/** A call that used something and could not be priced: it stands in suspense until its price is known. */
export interface SuspendedCall {
  readonly seq: bigint;
  readonly requestId: string;
  readonly period: Period;
  readonly partner: string;
  readonly model: string | null;
  readonly provider: string;
  readonly reason: string;
}
