/** What engines answer, in one order: rows of sums, legs and priced lines have none of their own. */

import type { BookedCall } from "../../src/ledger/booked-call.ts";
import type { PeriodBook } from "../../src/ledger/period-book.ts";
import { splitText } from "../../src/ledger/split-text.ts";
import type { LedgerSummary } from "../../src/ledger/summary.ts";

/** The rows sorted by what they say. */
export function inOrder<T>(rows: readonly T[]): readonly T[] {
  return rows
    .map((row) => ({ row, text: textOf(row) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ row }) => row);
}

export function summaryInOrder(summary: LedgerSummary): LedgerSummary {
  const { uses, parts, hosting, unpricedReasons, balancePicoUsd } = summary;
  return {
    uses: inOrder(uses),
    parts: inOrder(parts),
    hosting: inOrder(hosting),
    unpricedReasons: inOrder(unpricedReasons),
    balancePicoUsd,
  };
}

export function bookInOrder(book: PeriodBook): PeriodBook {
  return {
    ...book,
    summary: summaryInOrder(book.summary),
    caps: inOrder(book.caps),
    carries: inOrder(book.carries),
  };
}

/** A call with the legs of its split as text. */
export function callInOrder({ call, ...place }: BookedCall): unknown {
  const { charge, money } = call;
  return {
    ...place,
    call: {
      ...call,
      charge: charge.kind === "rated" ? { ...charge, lines: inOrder(charge.lines) } : charge,
      money: money && { ...money, legs: splitText(money.legs) },
    },
  };
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === "bigint") return `${each}`;
    if (typeof each !== "object" || each === null || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
