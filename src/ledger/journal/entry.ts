/** One transaction as accounting programs take it, whether of a call or of a close. */

import type { Posting } from "../../domain/ledger.ts";
import type { BookedCall } from "../booked-call.ts";
import type { PeriodClosing } from "../period-book.ts";
import { periodOf } from "../period.ts";

export interface JournalEntry {
  /** In the month that it is booked in: for a correction its first day. */
  readonly date: string;
  readonly payee: string;
  readonly narration: string;
  /** Names are lower case with dashes; values hold no line breaks. */
  readonly metadata: readonly (readonly [name: string, value: string])[];
  /** They sum to zero. */
  readonly postings: readonly Posting[];
}

/** What has no posting and must not be overlooked. */
export interface JournalRemark {
  readonly date: string;
  readonly text: string;
}

/** One for each transaction of the call; none for a call that no money moves for. */
export function entriesOfCall(booked: BookedCall): readonly JournalEntry[] {
  const { seq, period, call, cut } = booked;
  const metadata = [
    ["seq", `${seq}`],
    ["request", call.requestId],
    ["phase", call.phase],
    ...(isCorrection(booked) ? ([["original-date", call.effectiveAt]] as const) : []),
    ["provider", call.provider],
    ["model", call.model ?? "none"],
    ["clauses", call.clauses.join(" ")],
    ["agreement", call.agreement],
    ["digest", call.digest],
    ...(call.charge.kind === "rated" ? ([["price", call.charge.priceVersion]] as const) : []),
    ...(cut ? ([["cut", "by a cap"]] as const) : []),
  ] as const;
  return call.transactions.map(({ kind, postings }) => ({
    date: isCorrection(booked) ? `${period}-01` : call.effectiveAt,
    payee: call.partner,
    narration: `${kind} ${call.operation}`,
    metadata: metadata.map(([name, value]) => [name, oneLine(value)] as const),
    postings,
  }));
}

/** A call in suspense has no posting, so a journal tells of it in words. */
export function remarkOfCall({ seq, period, call }: BookedCall): JournalRemark | null {
  if (call.charge.kind !== "unpriced") return null;
  const date = periodOf(call.effectiveAt) === period ? call.effectiveAt : `${period}-01`;
  return {
    date,
    text: oneLine(`suspense:unpriced seq ${seq} request ${call.requestId}: ${call.charge.reason}`),
  };
}

/** What closing a month posted, dated on its last day, in the order of posting. */
export function entriesOfClosing({
  period,
  transactions,
  manifestSha256,
}: PeriodClosing): readonly JournalEntry[] {
  return transactions.map(({ kind, postings }) => ({
    date: lastDayOf(period),
    payee: "close",
    narration: `${kind} of ${period}`,
    metadata: [
      ["period", period],
      ["manifest", manifestSha256],
    ],
    postings,
  }));
}

function isCorrection({ period, call }: BookedCall): boolean {
  return periodOf(call.effectiveAt) !== period;
}

function lastDayOf(period: string): string {
  const year = Number(period.slice(0, 4));
  const month = Number(period.slice(5, 7));
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return `${period}-${days}`;
}

/** A value can come from an upstream, and a line break would end the line it stands on. */
function oneLine(value: string): string {
  return value.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
