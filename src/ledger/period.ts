/** Periods: the calendar months of contract time that statements are made for. */

import type { PicoUsd } from "../domain/units.ts";

/** A month, `YYYY-MM`. Text order is time order. */
export type Period = string;

/** The month that a contract date (`YYYY-MM-DD`) lies in. */
export function periodOf(effectiveAt: string): Period {
  return effectiveAt.slice(0, 7);
}

/** The month after `period`. */
export function nextPeriod(period: Period): Period {
  const year = Number(period.slice(0, 4));
  const month = Number(period.slice(5, 7));
  return month === 12 ? `${pad(year + 1, 4)}-01` : `${pad(year, 4)}-${pad(month + 1, 2)}`;
}

/** Whether a text is a month: `2026-03`, not `2026-3` or `2026-13`. */
export function isPeriod(text: string): boolean {
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(text);
}

/**
 * Where a call of `effectiveAt` is booked: in its own month, or in the first later one that is not closed. A closed month
 * never changes, so what comes late is a correction in the next.
 */
export function bookedPeriod(effectiveAt: string, isClosed: (period: Period) => boolean): Period {
  let period = periodOf(effectiveAt);
  while (isClosed(period)) period = nextPeriod(period);
  return period;
}

/** One month of a ledger, as a list of months shows it. */
export interface PeriodRow {
  readonly period: Period;
  readonly status: "open" | "closed";
  /** Calls booked in it, completions among them. */
  readonly calls: number;
  readonly grossPicoUsd: PicoUsd;
  /** Null while it is open; so are its last call and its hash. */
  readonly closedAtMs: number | null;
  /** Number of the last call that was in the ledger when it was closed. */
  readonly cutoffSeq: bigint | null;
  /** 64 hex digits. */
  readonly manifestSha256: string | null;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
