/** The order in which months are closed, the same for every engine. */

import type { Period } from "../ledger/period.ts";
import { LedgerError } from "./ledger-error.ts";

export interface MonthsHeld {
  /** The latest closed month, or null. Every month up to it is over. */
  readonly lastClosed: Period | null;
  /** The months that hold calls, in any order. */
  readonly withCalls: readonly Period[];
}

/** Throws LedgerError: LEDGER_PERIOD_CLOSED, or LEDGER_PERIOD_ORDER while an earlier month that holds calls is open. */
export function assertClosable(period: Period, { lastClosed, withCalls }: MonthsHeld): void {
  if (lastClosed !== null && period <= lastClosed) {
    throw new LedgerError(
      "LEDGER_PERIOD_CLOSED",
      `\`${period}\` is closed: months up to \`${lastClosed}\` are, and what comes late is booked in a later one`,
    );
  }
  const [earliest] = withCalls
    .filter((each) => (lastClosed === null || each > lastClosed) && each < period)
    .sort();
  if (earliest !== undefined) {
    throw new LedgerError(
      "LEDGER_PERIOD_ORDER",
      `\`${earliest}\` holds calls and is open: close it before \`${period}\``,
    );
  }
}
