/** What must hold of every settled call before it is written; a breach is a bug, never a caller's mistake. */

import type { RatedLine, SettledCall, Transaction } from "../domain/ledger.ts";
import { linesSumToUsage } from "./lines-of-usage.ts";

/** A broken invariant of the ledger: stop and look. */
export class LedgerInvariantError extends Error {
  override readonly name = "LedgerInvariantError";
  readonly code = "LEDGER_INVARIANT";
}

/** Throws LedgerInvariantError unless the amounts of the transaction sum to zero. */
export function assertBalanced(transaction: Transaction): void {
  let sum = 0n;
  for (const { amount } of transaction.postings) sum += amount;
  if (sum !== 0n) throw new LedgerInvariantError(`a transaction is off balance by \`${sum}\` picodollars`);
}

/**
 * Throws LedgerInvariantError unless the money of the call adds up: each line is quantity x price, lines sum to the total,
 * the debits of its balanced `accrue` transaction are that total, there is at most one transaction of a kind, and a call that
 * is free or unpriced moves no money. Of a batch that was divided by the length of its requests, the division is known from
 * the lines alone, so they must sum to its tokens too.
 */
export function assertSettled({ charge, transactions, requestId, usage }: SettledCall): void {
  const total = charge.kind === "rated" ? charge.totalPicoUsd : 0n;
  let debits = 0n;
  for (const transaction of transactions) {
    assertBalanced(transaction);
    if (transaction.kind !== "accrue") continue;
    for (const { amount } of transaction.postings) if (amount > 0n) debits += amount;
  }
  if (debits !== total) {
    throw new LedgerInvariantError(
      `call \`${requestId}\` is charged \`${total}\` but debits \`${debits}\` picodollars`,
    );
  }
  if (new Set(transactions.map(({ kind }) => kind)).size < transactions.length) {
    throw new LedgerInvariantError(`call \`${requestId}\` has two transactions of one kind`);
  }
  if (total === 0n && transactions.length > 0) {
    throw new LedgerInvariantError(`call \`${requestId}\` costs nothing and moves money`);
  }
  if (charge.kind !== "rated") return;
  let sum = 0n;
  for (const { quantity, unitPricePicoUsd, amountPicoUsd } of charge.lines) {
    if (quantity * unitPricePicoUsd !== amountPicoUsd) {
      throw new LedgerInvariantError(`a line of call \`${requestId}\` is not quantity x price`);
    }
    sum += amountPicoUsd;
  }
  if (sum !== total)
    throw new LedgerInvariantError(`the lines of call \`${requestId}\` do not sum to its charge`);
  if (isDivided(charge.lines) && !linesSumToUsage(charge.lines, usage)) {
    throw new LedgerInvariantError(`the lines of call \`${requestId}\` do not sum to its tokens`);
  }
}

function isDivided(lines: readonly RatedLine[]): boolean {
  return lines.some(({ unit }) => unit.endsWith(":long"));
}
