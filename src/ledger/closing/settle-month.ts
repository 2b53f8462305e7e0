/** The transactions that settle a month. Pure: the same sums give the same transactions, in whatever order they come. */

import type { Posting } from "../../domain/ledger.ts";
import { picoUsd } from "../../domain/units.ts";
import { pairAccount, type PairAccount } from "../accounts.ts";
import { LedgerInvariantError } from "../invariant.ts";
import type { Carry, PeriodBook, PeriodTransaction } from "../period-book.ts";
import { PRESENT_RULES, type CloseRules } from "./close-rules.ts";
import { claimsOf, settlementsOf, type Claim, type Settlement } from "./settlements.ts";
import { trueUpPostings, trueUpsOf } from "./true-up.ts";
import type { TrueUp } from "./trued-up.ts";

export interface SettledMonth {
  readonly rules: CloseRules;
  readonly trueUps: readonly TrueUp[];
  readonly claims: readonly Claim[];
  readonly settlements: readonly Settlement[];
  /** In order: the true-up, what is owed, what is set off, what is paid, what is carried. */
  readonly transactions: readonly PeriodTransaction[];
  /** What the next month opens with; none of zero. */
  readonly carries: readonly Carry[];
}

/** Throws LedgerInvariantError when the sums of the month do not balance. */
export function settleMonth(
  book: Pick<PeriodBook, "summary" | "caps" | "carries">,
  rules: CloseRules = PRESENT_RULES,
): SettledMonth {
  const trueUps = trueUpsOf(book, rules);
  const claims = claimsOf(book.summary, trueUps);
  const settlements = settlementsOf(claims, book.carries);
  const transactions = [
    ...(trueUps.length === 0 ? [] : [{ kind: "trueup" as const, postings: trueUpPostings(trueUps) }]),
    ...settlements.flatMap((each) => owe(each, claims)),
    ...settlements.flatMap((each) => net(each, settlements)),
    ...settlements.flatMap(settle),
    ...settlements.flatMap(round),
  ];
  for (const { kind, postings } of transactions) assertBalanced(kind, postings);
  return {
    rules,
    trueUps,
    claims,
    settlements,
    transactions,
    carries: settlements
      .filter(({ closingPicoUsd }) => closingPicoUsd !== 0n)
      .map(({ flow, payer, payee, closingPicoUsd }) => ({
        flow,
        payer,
        payee,
        amountPicoUsd: closingPicoUsd,
      })),
  };
}

/** What the clauses or providers credited becomes one debt. */
function owe(pair: Settlement, claims: readonly Claim[]): readonly PeriodTransaction[] {
  if (pair.owedPicoUsd === 0n) return [];
  const own = claims.filter(
    ({ flow, payer, payee }) => flow === pair.flow && payer === pair.payer && payee === pair.payee,
  );
  const debits = own.map(({ account, clause, amountPicoUsd }): Posting => ({
    account,
    party: pair.payee,
    amount: amountPicoUsd,
    clause,
  }));
  return [{ kind: "owe", postings: [...debits, posting("payable", pair, -pair.owedPicoUsd)] }];
}

/** Both directions in one transaction; it stands with the pair whose payer comes first in the alphabet. */
function net(pair: Settlement, all: readonly Settlement[]): readonly PeriodTransaction[] {
  const amount = pair.nettedPicoUsd;
  if (amount === 0n || pair.payer > pair.payee) return [];
  const back = all.find(
    ({ flow, payer, payee }) => flow === pair.flow && payer === pair.payee && payee === pair.payer,
  );
  if (back === undefined) throw new LedgerInvariantError(`nothing to set off against \`${pair.payer}\``);
  const postings = [pair, back].flatMap((each) => [
    posting("payable", each, amount),
    posting("netted", each, -amount),
  ]);
  return [{ kind: "net", postings }];
}

function settle(pair: Settlement): readonly PeriodTransaction[] {
  const amount = pair.settledPicoUsd;
  if (amount === 0n) return [];
  return [
    { kind: "settle", postings: [posting("payable", pair, amount), posting("settled", pair, -amount)] },
  ];
}

/** Brings in what the month before carried, and carries what is left. */
function round(pair: Settlement): readonly PeriodTransaction[] {
  const { openingPicoUsd: opening, closingPicoUsd: closing } = pair;
  if (opening === closing) return [];
  const move = (amount: bigint): readonly Posting[] =>
    amount === 0n ? [] : [posting("rounding", pair, amount), posting("payable", pair, -amount)];
  return [{ kind: "round", postings: [...move(opening), ...move(-closing)] }];
}

/** The payee holds the claim. */
function posting(kind: PairAccount, { flow, payer, payee }: Settlement, amount: bigint): Posting {
  return {
    account: pairAccount(kind, flow, payer, payee),
    party: payee,
    amount: picoUsd(amount),
    clause: "none",
  };
}

function assertBalanced(kind: string, postings: readonly Posting[]): void {
  const sum = postings.reduce((all, { amount }) => all + amount, 0n);
  if (sum !== 0n)
    throw new LedgerInvariantError(`the \`${kind}\` of a month is off balance by \`${sum}\` picodollars`);
}
