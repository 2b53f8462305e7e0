/** One call, one transaction: the customer's debt against what each party earns of it. */

import type { PartnerId, PartyId } from "../domain/call.ts";
import type { Posting, Transaction } from "../domain/ledger.ts";
import type { ShareLeg } from "../domain/money.ts";
import { picoUsd, type PicoUsd } from "../domain/units.ts";
import { CUSTOMER, receivableAccount, retainedAccount, shareAccount } from "./accounts.ts";
import { assertBalanced } from "./invariant.ts";
import { splitByLegs } from "./split.ts";

interface Accrual {
  /** Above zero. */
  readonly totalPicoUsd: PicoUsd;
  /** Those in force on the date of the call, the seller's own among them; they sum to the whole. */
  readonly legs: readonly ShareLeg[];
  readonly seller: PartyId;
  readonly partner: PartnerId;
}

/**
 * The balanced transaction of a call: debit the receivable with the total, credit each party with its part; what is the
 * seller's own is retained. Throws LedgerInvariantError when the legs do not sum to the whole.
 */
export function accrue({ totalPicoUsd, legs, seller, partner }: Accrual): Transaction {
  const postings: Posting[] = [
    { account: receivableAccount(seller, partner), party: CUSTOMER, amount: totalPicoUsd, clause: "none" },
  ];
  for (const { leg, amount } of splitByLegs(totalPicoUsd, legs)) {
    const { clause, party, sharePpm } = leg;
    // A share that comes to less than a picodollar keeps its leg of zero: the clause applied to the call.
    if (sharePpm === 0) continue;
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
