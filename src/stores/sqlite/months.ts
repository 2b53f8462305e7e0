/** Months as the file keeps them: `2026-03` is the integer 202603, in the order of time. */

import type { Period } from "../../ledger/period.ts";

/** Returns the integer of a month. */
export function monthNumber(period: Period): number {
  return Number(period.slice(0, 4)) * 100 + Number(period.slice(5, 7));
}

/** Returns the month of an integer. */
export function periodText(month: unknown): Period {
  const text = String(month).padStart(6, "0");
  return `${text.slice(0, 4)}-${text.slice(4)}`;
}
