/** The difference between the sum of many rounded parts and the part of the sum: what a close adds, so that the formula holds on totals. */

import type { ClauseId, PartyId } from "../../domain/call.ts";
import type { Posting } from "../../domain/ledger.ts";
import type { ShareLeg } from "../../domain/money.ts";
import { picoUsd, WHOLE_PPM, type PicoUsd } from "../../domain/units.ts";
import { feeAccount, hostingAccount, retainedAccount, shareAccount } from "../accounts.ts";
import type { PeriodBook } from "../period-book.ts";
import { roundHalfEven } from "../round-half-even.ts";
import { legsOfSplit } from "../split-text.ts";
import { splitByLegs } from "../split.ts";
import type { HostingSums, PartSums, UseSums } from "../summary.ts";

/** What is added to an account: postings of a party under a clause, at most one each, none of zero. */
export interface TrueUp {
  readonly account: string;
  readonly party: PartyId;
  readonly clause: ClauseId;
  /** Who pays it: the seller of the calls, or the payer of the hosting. */
  readonly payer: PartyId;
  /** What the account is credited with; negative: debited. They sum to zero. */
  readonly amountPicoUsd: PicoUsd;
}

/**
 * Calls with the same agreement, seller, partner and split are split anew as one sum, except where a clause is capped: a cap
 * counts what was given call by call, and a picodollar added later could exceed it. Hosting fees are taken of the sum of list
 * prices. In order of account.
 */
export function trueUpsOf({ summary: { uses, parts, hosting }, caps }: Sums): readonly TrueUp[] {
  const capped = new Set(caps.map(({ clause }) => clause));
  const found = new Map<string, TrueUp>();
  const add = (trueUp: TrueUp): void => {
    const key = JSON.stringify([trueUp.account, trueUp.party, trueUp.clause, trueUp.payer]);
    const known = found.get(key)?.amountPicoUsd ?? 0n;
    found.set(key, { ...trueUp, amountPicoUsd: picoUsd(known + trueUp.amountPicoUsd) });
  };
  const given = Map.groupBy(parts, groupOf);
  for (const [group, own] of Map.groupBy(uses, groupOf)) {
    const { split, cut, seller, partner } = own[0] as UseSums;
    const legs = split === null || cut ? [] : legsOfSplit(split);
    if (legs.length === 0 || legs.some(({ clause }) => capped.has(clause))) continue;
    const gross = own.reduce((sum, { grossPicoUsd }) => sum + grossPicoUsd, 0n);
    for (const part of partsDue(picoUsd(gross), legs, { seller, partner })) add({ ...part, payer: seller });
    for (const { account, party, clause, amountPicoUsd } of given.get(group) ?? []) {
      add({ account, party, clause, payer: seller, amountPicoUsd: picoUsd(-amountPicoUsd) });
    }
  }
  for (const own of hostingRates(hosting)) for (const each of hostingTrueUps(own)) add(each);
  return [...found.values()]
    .filter(({ amountPicoUsd }) => amountPicoUsd !== 0n)
    .sort((a, b) => (trueUpKey(a) < trueUpKey(b) ? -1 : 1));
}

type Sums = Pick<PeriodBook, "summary" | "caps">;

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

type Group = Pick<PartSums, "agreement" | "seller" | "partner" | "split" | "cut">;

function groupOf({ agreement, seller, partner, split, cut }: Group): string {
  return JSON.stringify([agreement, seller, partner, split, cut]);
}

function trueUpKey({ account, party, clause, payer }: TrueUp): string {
  return JSON.stringify([account, party, clause, payer]);
}

/** The same accounts as a call's own postings, see `accrue`. */
function partsDue(
  gross: PicoUsd,
  legs: readonly ShareLeg[],
  { seller, partner }: { readonly seller: PartyId; readonly partner: string },
): readonly Omit<TrueUp, "payer">[] {
  return splitByLegs(gross, legs).map(({ leg: { clause, party }, amount }) =>
    party === seller
      ? { account: retainedAccount(seller, partner), party, clause: "none", amountPicoUsd: amount }
      : { account: shareAccount(clause, party), party, clause, amountPicoUsd: amount },
  );
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
