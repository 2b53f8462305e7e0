/** What the parties of a month owe each other, pair by pair: gross both ways, set off, paid in whole cents, the rest carried. */

import type { ClauseId, PartyId, ProviderId } from "../../domain/call.ts";
import { picoUsd, type PicoUsd } from "../../domain/units.ts";
import { feeAccount, isFeeAccount, isShareAccount, type Flow } from "../accounts.ts";
import type { Carry } from "../period-book.ts";
import { roundHalfEven } from "../round-half-even.ts";
import type { LedgerSummary } from "../summary.ts";
import type { TrueUp } from "./trued-up.ts";

const PICO_PER_CENT = 10_000_000_000n;

/** One thing that is owed: the balance of an account that a clause or a provider credits, with its true-up. */
export interface Claim {
  readonly flow: Flow;
  readonly payer: PartyId;
  readonly payee: PartyId;
  readonly account: string;
  /** `none` for hosting. */
  readonly clause: ClauseId;
  /** Above zero. */
  readonly amountPicoUsd: PicoUsd;
}

/** The debt of one party to another: `closing = opening + owed - netted - settled`. */
export interface Settlement {
  readonly flow: Flow;
  readonly payer: PartyId;
  readonly payee: PartyId;
  /** Carried from the closed month before: less than a cent; negative where the payee got too much. */
  readonly openingPicoUsd: PicoUsd;
  /** Gross, of the month. */
  readonly owedPicoUsd: PicoUsd;
  /** Set off against what the payee owes the payer. */
  readonly nettedPicoUsd: PicoUsd;
  /** In whole cents, not negative. */
  readonly settledPicoUsd: PicoUsd;
  /** Carried to the next month, at most half a cent either way. */
  readonly closingPicoUsd: PicoUsd;
}

/** What is owed for the month, in order of flow, pair and account; nothing of zero. */
export function claimsOf(summary: LedgerSummary, trueUps: readonly TrueUp[]): readonly Claim[] {
  const claims = new Map<string, Claim>();
  const add = (claim: Claim): void => {
    const { flow, payer, payee, account, clause } = claim;
    const key = JSON.stringify([flow, payer, payee, account, clause]);
    const known = claims.get(key)?.amountPicoUsd ?? 0n;
    claims.set(key, { ...claim, amountPicoUsd: picoUsd(known + claim.amountPicoUsd) });
  };
  for (const { account, seller, party, clause, amountPicoUsd } of summary.parts) {
    if (isShareAccount(account))
      add({ flow: "share", payer: seller, payee: party, account, clause, amountPicoUsd });
  }
  for (const { provider, payer, payee, feePicoUsd } of summary.hosting) {
    add(hostingClaim({ provider, payer, payee }, feePicoUsd));
  }
  for (const { account, payer, party, clause, amountPicoUsd } of trueUps) {
    if (isShareAccount(account)) add({ flow: "share", payer, payee: party, account, clause, amountPicoUsd });
    if (isFeeAccount(account)) add({ flow: "hosting", payer, payee: party, account, clause, amountPicoUsd });
  }
  return [...claims]
    .filter(([, { amountPicoUsd }]) => amountPicoUsd !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, claim]) => claim);
}

/** Every pair that owes, or that a carry is open for; in order of flow, payer and payee. */
export function settlementsOf(claims: readonly Claim[], carries: readonly Carry[]): readonly Settlement[] {
  const owed = sumByPair(claims);
  const opening = sumByPair(carries);
  return [...new Set([...owed.keys(), ...opening.keys()])].sort().map((key) => {
    const [flow, payer, payee] = JSON.parse(key) as [Flow, PartyId, PartyId];
    const gross = owed.get(key) ?? 0n;
    const back = flow === "share" ? (owed.get(pairKey({ flow, payer: payee, payee: payer })) ?? 0n) : 0n;
    const netted = payer === payee ? 0n : back < gross ? back : gross;
    const carried = opening.get(key) ?? 0n;
    const due = carried + gross - netted;
    const settled = roundHalfEven(due, PICO_PER_CENT) * PICO_PER_CENT;
    return {
      flow,
      payer,
      payee,
      openingPicoUsd: picoUsd(carried),
      owedPicoUsd: picoUsd(gross),
      nettedPicoUsd: picoUsd(netted),
      settledPicoUsd: picoUsd(settled),
      closingPicoUsd: picoUsd(due - settled),
    };
  });
}

interface Pair {
  readonly flow: Flow;
  readonly payer: PartyId;
  readonly payee: PartyId;
}

function hostingClaim(
  {
    provider,
    payer,
    payee,
  }: { readonly provider: ProviderId; readonly payer: PartyId; readonly payee: PartyId },
  amountPicoUsd: PicoUsd,
): Claim {
  return {
    flow: "hosting",
    payer,
    payee,
    account: feeAccount(provider, payee),
    clause: "none",
    amountPicoUsd,
  };
}

function sumByPair(
  rows: readonly (Pair & { readonly amountPicoUsd: PicoUsd })[],
): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const row of rows) {
    const key = pairKey(row);
    sums.set(key, (sums.get(key) ?? 0n) + row.amountPicoUsd);
  }
  return sums;
}

function pairKey({ flow, payer, payee }: Pair): string {
  return JSON.stringify([flow, payer, payee]);
}
