/** The last look at a month before it is fixed. */

import { LedgerInvariantError } from "../invariant.ts";
import type { MonthStatement } from "../statement/month-statement.ts";

/** Throws LedgerInvariantError unless the parts of the month are its gross and its postings sum to zero. */
export function assertProven({ period, proof }: MonthStatement): void {
  if (proof.holds) return;
  const { partsPicoUsd, grossPicoUsd, balancePicoUsd } = proof;
  throw new LedgerInvariantError(
    `month \`${period}\` does not add up: parts \`${partsPicoUsd}\`, gross \`${grossPicoUsd}\`, balance \`${balancePicoUsd}\` picodollars`,
  );
}
