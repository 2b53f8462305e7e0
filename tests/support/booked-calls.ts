/** Calls in the order that a ledger took them, booked and folded by the project's own code. */

import type { SettledCall } from "../../src/domain/ledger.ts";
import { bookCall } from "../../src/ledger/book-call.ts";
import type { BookedCall } from "../../src/ledger/booked-call.ts";
import { foldBook } from "../../src/ledger/fold-book.ts";
import type { Period } from "../../src/ledger/period.ts";
import type { LedgerSummary } from "../../src/ledger/summary.ts";

/** The calls as a ledger whose latest closed month is `lastClosed` books them, one after the other. */
export function bookAll(
  calls: readonly SettledCall[],
  lastClosed: Period | null = null,
): readonly BookedCall[] {
  const fold = foldBook();
  return calls.map((call, index) => {
    const booked = bookCall(call, BigInt(index + 1), { lastClosed, granted: fold.granted });
    fold.add(booked);
    return booked;
  });
}

/** What a ledger that holds just these calls comes to. */
export function summaryOf(calls: readonly SettledCall[]): LedgerSummary {
  return foldBook(bookAll(calls)).summary();
}
