/** Caps: the most that a clause gives away. What was given is state, so whoever writes the ledger applies them, in its order. */

import type { ClauseId } from "../domain/call.ts";
import type { Posting, Transaction } from "../domain/ledger.ts";
import type { ShareCap } from "../domain/money.ts";
import { picoUsd, type PicoUsd } from "../domain/units.ts";
import { isShareAccount, retainedAccount } from "./accounts.ts";

/** The accumulator that a cap is held against: one for ever, or one for each period. */
export interface CapKey {
  readonly clause: ClauseId;
  /** `lifetime`, or the booked period (`2026-03`). */
  readonly span: string;
}

/** What one cap let through of one call. */
export interface CapUse extends CapKey {
  readonly limitPicoUsd: PicoUsd;
  readonly beforePicoUsd: PicoUsd;
  readonly grantedPicoUsd: PicoUsd;
}

interface Capped {
  readonly transactions: readonly Transaction[];
  /** One for each cap whose clause gave something; `before + granted` is at most the limit. */
  readonly uses: readonly CapUse[];
  /** Whether anything was cut. */
  readonly cut: boolean;
}

interface CallToCap {
  readonly seller: string;
  readonly partner: string;
  readonly transactions: readonly Transaction[];
  readonly caps: readonly ShareCap[];
}

/**
 * Cuts what capped clauses give to what their caps leave: a call that crosses a limit is cut exactly there, and the rest
 * stays with the seller. `granted` tells what a cap has let through so far. Where a clause has several caps the tightest
 * one counts; where it gives to several parties they are served in alphabetical order.
 */
export function applyCaps(call: CallToCap, period: string, granted: (key: CapKey) => PicoUsd): Capped {
  if (call.caps.length === 0) return { transactions: call.transactions, uses: [], cut: false };
  const left = new Map<ClauseId, bigint>();
  const uses = call.caps.flatMap((cap): Omit<CapUse, "grantedPicoUsd">[] => {
    const key = { clause: cap.clause, span: cap.scope === "lifetime" ? "lifetime" : period };
    const limitPicoUsd = picoUsd(BigInt(cap.limitPicoUsd));
    const beforePicoUsd = granted(key);
    const room = beforePicoUsd < limitPicoUsd ? limitPicoUsd - beforePicoUsd : 0n;
    const known = left.get(cap.clause);
    left.set(cap.clause, known === undefined || room < known ? room : known);
    return [{ ...key, limitPicoUsd, beforePicoUsd }];
  });
  const given = new Map<ClauseId, bigint>();
  const transactions = call.transactions.map((transaction) =>
    transaction.kind === "accrue" ? cutShares(transaction, call, { left, given }) : transaction,
  );
  return {
    transactions,
    uses: uses
      .filter(({ clause }) => given.has(clause))
      .map((use) => ({ ...use, grantedPicoUsd: picoUsd(given.get(use.clause) ?? 0n) })),
    cut: transactions.some((transaction, at) => transaction !== call.transactions[at]),
  };
}

interface Room {
  /** What the caps of a clause still let through. */
  readonly left: Map<ClauseId, bigint>;
  /** What its clauses were let give of this call. */
  readonly given: Map<ClauseId, bigint>;
}

function cutShares(
  transaction: Transaction,
  { seller, partner }: CallToCap,
  { left, given }: Room,
): Transaction {
  let withheld = 0n;
  const postings = transaction.postings.map((posting): Posting => {
    const room = isShareAccount(posting.account) ? left.get(posting.clause) : undefined;
    if (room === undefined) return posting;
    const asked = -posting.amount;
    const allowed = asked < room ? asked : room;
    left.set(posting.clause, room - allowed);
    given.set(posting.clause, (given.get(posting.clause) ?? 0n) + allowed);
    if (allowed === asked) return posting;
    withheld += asked - allowed;
    return { ...posting, amount: picoUsd(-allowed) };
  });
  if (withheld === 0n) return transaction;
  return {
    ...transaction,
    postings: retain(postings, withheld, { account: retainedAccount(seller, partner), seller }),
  };
}

/** Adds to what the seller keeps; a split that gave everything away had no such leg. */
function retain(
  postings: readonly Posting[],
  amount: bigint,
  { account, seller }: { readonly account: string; readonly seller: string },
): readonly Posting[] {
  if (!postings.some((posting) => posting.account === account)) {
    return [...postings, { account, party: seller, amount: picoUsd(-amount), clause: "none" }];
  }
  return postings.map((posting) =>
    posting.account === account ? { ...posting, amount: picoUsd(posting.amount - amount) } : posting,
  );
}
