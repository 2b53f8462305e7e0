/** What a close came to, in a few figures: plain JSON, so that it can be asked of a running gateway. */

import type { PeriodClosing } from "../period-book.ts";

export interface ClosingReport {
  readonly period: string;
  readonly manifestSha256: string;
  readonly closedAtMs: number;
  /** As decimal text: a number above 2^53 would not survive JSON. */
  readonly cutoffSeq: string;
  /** What is to be paid and what is carried; amounts in picodollars as decimal text. */
  readonly settled: readonly PairAmount[];
  readonly carried: readonly PairAmount[];
}

interface PairAmount {
  readonly flow: "share" | "hosting";
  readonly payer: string;
  readonly payee: string;
  readonly amountPicoUsd: string;
}

/** Returns what is to be paid and what is carried on, by pair of parties. */
export function closingReport({
  period,
  manifestSha256,
  closedAtMs,
  cutoffSeq,
  transactions,
  carries,
}: PeriodClosing): ClosingReport {
  const paid = transactions
    .filter(({ kind }) => kind === "settle")
    .flatMap(({ postings }) => postings.filter(({ amount }) => amount < 0n));
  return {
    period,
    manifestSha256,
    closedAtMs,
    cutoffSeq: `${cutoffSeq}`,
    settled: paid.map(({ account, amount }) => {
      const [kind = "", payer = "", payee = ""] = account.split(":");
      return {
        flow: kind === "settled-hosting" ? "hosting" : "share",
        payer,
        payee,
        amountPicoUsd: `${-amount}`,
      };
    }),
    carried: carries.map(({ flow, payer, payee, amountPicoUsd }) => ({
      flow,
      payer,
      payee,
      amountPicoUsd: `${amountPicoUsd}`,
    })),
  };
}
