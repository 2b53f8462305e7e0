/** Postings between their rows and the transactions they are legs of. */

import type { Posting, Transaction } from "../../domain/ledger.ts";
import { picoUsd } from "../../domain/units.ts";
import { isHostingAccount } from "../../ledger/accounts.ts";

/** What a row of `account` says. */
export type AccountKey = Pick<Posting, "account" | "party" | "clause">;

/** The text by which an account is found: see encode.ts. */
export function accountKey({ account, party, clause }: AccountKey): string {
  return JSON.stringify([account, party, clause]);
}

/** The transactions of a call from its postings in order: which of the two kinds a leg belongs to follows from its account. */
export function groupPostings(
  rows: readonly (AccountKey & { readonly amount: bigint })[],
): readonly Transaction[] {
  const transactions: { kind: Transaction["kind"]; postings: Posting[] }[] = [];
  for (const { account, party, clause, amount } of rows) {
    const kind = isHostingAccount(account) ? "host" : "accrue";
    let last = transactions.at(-1);
    if (last?.kind !== kind) {
      last = { kind, postings: [] };
      transactions.push(last);
    }
    last.postings.push({ account, party, amount: picoUsd(amount), clause });
  }
  return transactions;
}
