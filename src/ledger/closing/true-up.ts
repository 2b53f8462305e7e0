/** The difference between the sum of many rounded parts and the part of the sum: what a close adds, so that the formula holds on totals. */

import type { Posting } from "../../domain/ledger.ts";
import { picoUsd, WHOLE_PPM } from "../../domain/units.ts";
import { feeAccount, hostingAccount } from "../accounts.ts";
import type { PeriodBook } from "../period-book.ts";
import { roundHalfEven } from "../round-half-even.ts";
import type { HostingSums } from "../summary.ts";
import type { CloseRules } from "./close-rules.ts";
import { groupTrueUps } from "./group-true-ups.ts";
import { shareTrueUps } from "./share-true-ups.ts";
import type { TrueUp } from "./trued-up.ts";

/**
 * Of the shares, by the rules, and of hosting, whose fees are taken of the sum of list prices. At most one for each account,
 * party, clause and payer, none of zero; in order of account.
 */
export function trueUpsOf(book: Pick<PeriodBook, "summary" | "caps">, rules: CloseRules): readonly TrueUp[] {
  const sums = new Map<string, TrueUp>();
  const shares = rules === "by-group" ? groupTrueUps(book) : shareTrueUps(book);
  for (const trueUp of [...shares, ...hostingRates(book.summary.hosting).flatMap(hostingTrueUps)]) {
    const key = trueUpKey(trueUp);
    const known = sums.get(key)?.amountPicoUsd ?? 0n;
    sums.set(key, { ...trueUp, amountPicoUsd: picoUsd(known + trueUp.amountPicoUsd) });
  }
  return [...sums.values()]
    .filter(({ amountPicoUsd }) => amountPicoUsd !== 0n)
    .sort((a, b) => (trueUpKey(a) < trueUpKey(b) ? -1 : 1));
}

/** As postings: a credit is negative. */
export function trueUpPostings(trueUps: readonly TrueUp[]): readonly Posting[] {
  return trueUps.map(({ account, party, clause, amountPicoUsd }) => ({
    account,
    party,
    clause,
    amount: picoUsd(-amountPicoUsd),
  }));
}

/** Hosting at one rate, which its fee is a part of as one sum. */
export function hostingRates(hosting: readonly HostingSums[]): readonly (readonly HostingSums[])[] {
  return [...Map.groupBy(hosting, rateOf)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, own]) => own);
}

function rateOf({ provider, payer, payee, feePpm }: HostingSums): string {
  return JSON.stringify([provider, payer, payee, feePpm]);
}

function trueUpKey({ account, party, clause, payer }: TrueUp): string {
  return JSON.stringify([account, party, clause, payer]);
}

function hostingTrueUps(own: readonly HostingSums[]): readonly TrueUp[] {
  const [row] = own;
  if (row === undefined) return [];
  const { provider, payer, payee, feePpm } = row;
  const base = own.reduce((sum, { basePicoUsd }) => sum + basePicoUsd, 0n);
  const fees = own.reduce((sum, { feePicoUsd }) => sum + feePicoUsd, 0n);
  const amount = roundHalfEven(base * BigInt(feePpm), BigInt(WHOLE_PPM)) - fees;
  const clause = "none";
  return [
    { account: feeAccount(provider, payee), party: payee, clause, payer, amountPicoUsd: picoUsd(amount) },
    {
      account: hostingAccount(payer, provider),
      party: payer,
      clause,
      payer,
      amountPicoUsd: picoUsd(-amount),
    },
  ];
}
