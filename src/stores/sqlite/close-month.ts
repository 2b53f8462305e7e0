/** Closes a month, on the worker thread: its sums are read and what they come to is written in one transaction. */

import type { DatabaseSync } from "node:sqlite";
import { closePeriod } from "../../ledger/close.ts";
import type { PeriodClosing } from "../../ledger/period-book.ts";
import type { Period } from "../../ledger/period.ts";
import { assertClosable } from "../period-order.ts";
import { text } from "../columns.ts";
import { monthNumber } from "./months.ts";
import { accountKey, type AccountKey } from "./postings.ts";
import { carriesText, readMonthsHeld, readPeriodBook } from "./read-periods.ts";

export interface MonthCloser {
  readonly lastClosed: () => Period | null;
  /**
   * Returns once the closing is durable. Throws LedgerError as `assertClosable` does, LedgerInvariantError when the month does
   * not add up, and what SQLite throws; nothing is written then.
   */
  close(period: Period, closedAtMs: number): PeriodClosing;
}

/** Reads which month was closed last. */
export function createMonthCloser(database: DatabaseSync): MonthCloser {
  let { lastClosed } = readMonthsHeld(database);
  return {
    lastClosed: () => lastClosed,
    close: (period, closedAtMs) => {
      database.exec("BEGIN IMMEDIATE");
      try {
        assertClosable(period, readMonthsHeld(database));
        const cutoffSeq = readLastSeq(database);
        const closing = closePeriod(readPeriodBook(database, period), { cutoffSeq, closedAtMs });
        writeClosing(database, closing);
        database.exec("COMMIT");
        lastClosed = period;
        return closing;
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
  };
}

function readLastSeq(database: DatabaseSync): bigint {
  return BigInt(String(database.prepare("SELECT coalesce(max(seq), 0) AS seq FROM call").get()?.["seq"]));
}

function writeClosing(database: DatabaseSync, closing: PeriodClosing): void {
  const { cutoffSeq, closedAtMs, transactions, carries, statement, manifestSha256 } = closing;
  const month = monthNumber(closing.period);
  database
    .prepare("INSERT INTO period VALUES (?, ?, ?, ?, ?, ?)")
    .run(month, cutoffSeq, closedAtMs, carriesText(carries), statement, manifestSha256);
  const insert = database.prepare("INSERT INTO period_posting VALUES (?, ?, ?, ?, ?, ?)");
  transactions.forEach(({ kind, postings }, tx) => {
    postings.forEach((posting, line) => {
      insert.run(month, tx, line, kind, accountId(database, posting), posting.amount.toString());
    });
  });
}

function accountId(database: DatabaseSync, account: AccountKey): bigint {
  const key = accountKey(account);
  database
    .prepare("INSERT INTO account (key, path, party, clause) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
    .run(key, account.account, account.party, account.clause);
  const row = database.prepare("SELECT id, path FROM account WHERE key = ?").get(key);
  if (text(row?.["path"]) !== account.account) throw new Error(`no row for account \`${key}\``);
  return BigInt(String(row?.["id"]));
}
