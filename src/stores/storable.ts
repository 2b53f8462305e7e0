/** What of a call every engine can hold. */

import type { SettledCall } from "../domain/ledger.ts";
import { LedgerError } from "./ledger-error.ts";

/** The largest amount of one row, some 9.2 million dollars. Sums of rows have no such bound. */
const MOST = 2n ** 63n - 1n;

/** Throws LedgerError `LEDGER_OUT_OF_RANGE` unless every amount and price of the call fits into 64 bits. */
export function assertStorable({ requestId, charge, transactions }: SettledCall): void {
  if (charge.kind === "rated") {
    assertFits(requestId, charge.totalPicoUsd);
    for (const { quantity, unitPricePicoUsd, amountPicoUsd } of charge.lines) {
      assertFits(requestId, quantity);
      assertFits(requestId, unitPricePicoUsd);
      assertFits(requestId, amountPicoUsd);
    }
  }
  for (const { postings } of transactions) {
    for (const { amount } of postings) assertFits(requestId, amount);
  }
}

function assertFits(requestId: string, value: bigint): void {
  if (value <= MOST && value >= -MOST) return;
  throw new LedgerError(
    "LEDGER_OUT_OF_RANGE",
    `call \`${requestId}\` counts \`${value}\`, more than the ${MOST} (as picodollars 9.2 million dollars) that one row holds: the usage it reports cannot be true`,
  );
}
