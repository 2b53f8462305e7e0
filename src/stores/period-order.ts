/** The order in which months are closed, the same for every engine. */

import { nextPeriod, type Period } from "../ledger/period.ts";
import { LedgerError } from "./ledger-error.ts";

export interface MonthsHeld {
  /** The latest closed month, or null. Every month up to it is over. */
  readonly lastClosed: Period | null;
  /** The months that hold calls, in any order. */
  readonly withCalls: readonly Period[];
}

/**
 * Throws LedgerError: LEDGER_PERIOD_CLOSED, or LEDGER_PERIOD_ORDER while an earlier month that holds calls is open, and for one
 * that is more than a month ahead of all that is there: closing a month is for good, and would end every month before it.
 */
export function assertClosable(period: Period, { lastClosed, withCalls }: MonthsHeld): void {
  if (lastClosed !== null && period <= lastClosed) {
    throw new LedgerError(
      "LEDGER_PERIOD_CLOSED",
      `\`${period}\` is closed: months up to \`${lastClosed}\` are, and what comes late is booked in a later one`,
    );
  }
  const latest = [...withCalls, ...(lastClosed === null ? [] : [lastClosed])].sort().at(-1);
  if (latest === undefined || period > nextPeriod(latest)) {
    const held =
      latest === undefined
        ? "no month holds calls yet"
        : `the latest month that holds calls or is closed is \`${latest}\``;
    throw new LedgerError("LEDGER_PERIOD_ORDER", `\`${period}\` is not to be closed: ${held}`);
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
