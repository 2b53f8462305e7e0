/** One call, one transaction: the customer's debt against what each party earns of it. */

import type { ClauseId, PartnerId, PartyId } from "../domain/call.ts";
import type { Charge, Posting, Transaction } from "../domain/ledger.ts";
import { picoUsd, type Ppm } from "../domain/units.ts";
import { CUSTOMER, receivableAccount, retainedAccount, shareAccount } from "./accounts.ts";
import { assertBalanced } from "./invariant.ts";
import { splitByShare } from "./split.ts";

export interface Accrual {
  readonly requestId: string;
  readonly charge: Charge;
  /** Shares of gross by party, the seller's among them; they sum to the whole. */
  readonly sharePpm: Readonly<Record<PartyId, Ppm>>;
  /** The first one gives the shares their clause; the others are what it rests on. */
  readonly moneyClauses: readonly ClauseId[];
  readonly seller: PartyId;
  readonly partner: PartnerId;
}

/**
 * The balanced transaction of a call: debit the receivable with the total, credit each party with its part. Null where no
 * money moves: a charge that is free, unpriced or of zero. Throws LedgerInvariantError when shares do not sum to the whole.
 */
export function accrue({ charge, sharePpm, moneyClauses, seller, partner }: Accrual): Transaction | null {
  if (charge.kind !== "rated" || charge.totalPicoUsd === 0n) return null;
  const clause = moneyClauses[0] ?? "none";
  const postings: Posting[] = [
    {
      account: receivableAccount(seller, partner),
      party: CUSTOMER,
      amount: charge.totalPicoUsd,
      clause: "none",
    },
  ];
  for (const { party, amount } of splitByShare(charge.totalPicoUsd, sharePpm)) {
    // A share that comes to less than a picodollar keeps its leg of zero: the clause applied to the call.
    if (sharePpm[party] === 0) continue;
    const credit = picoUsd(-amount);
    postings.push(
      party === seller
        ? { account: retainedAccount(seller, partner), party, amount: credit, clause: "none" }
        : { account: shareAccount(clause, party), party, amount: credit, clause },
    );
  }
  const transaction: Transaction = { kind: "accrue", postings };
  assertBalanced(transaction);
  return transaction;
}
