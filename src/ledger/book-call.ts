/** Gives a settled call its place in the ledger: the month it is booked in, and what caps leave of its shares. Pure. */

import type { SettledCall } from "../domain/ledger.ts";
import type { PicoUsd } from "../domain/units.ts";
import type { BookedCall } from "./booked-call.ts";
import { applyCaps, type CapKey } from "./caps.ts";
import { bookedPeriod, type Period } from "./period.ts";

/** What of the calls before it decides on the place of a call. */
interface BooksBefore {
  /** The latest closed month, or null; the months before it take no calls either. */
  readonly lastClosed: Period | null;
  /** What a cap let through so far. */
  readonly granted: (key: CapKey) => PicoUsd;
}

/** The call as number `seq`, the next in ledger order. What its terms ask for is cut where a cap is reached, exactly there. */
export function bookCall(call: SettledCall, seq: bigint, { lastClosed, granted }: BooksBefore): BookedCall {
  const { seller, partner, transactions } = call;
  const period = openPeriod(call.effectiveAt, lastClosed);
  const caps = call.money?.caps ?? [];
  const capped = applyCaps({ seller, partner, transactions, caps }, period, granted);
  return {
    seq,
    period,
    call: capped.cut ? { ...call, transactions: capped.transactions } : call,
    cut: capped.cut,
    capUses: capped.uses,
  };
}

/**
 * The month that a call of `effectiveAt` is booked in. Months are closed in order, so one before the latest closed month is
 * over, also when it held nothing and was never closed itself.
 */
export function openPeriod(effectiveAt: string, lastClosed: Period | null): Period {
  return bookedPeriod(effectiveAt, (period) => lastClosed !== null && period <= lastClosed);
}
