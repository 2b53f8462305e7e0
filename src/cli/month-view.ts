/** One month as it is printed: what a close kept, or what it would keep now. */

import {
  closedStatement,
  monthStatement,
  statementText,
  type MonthStatement,
} from "../ledger/statement/month-statement.ts";
import { changedSinceClose } from "../ledger/changed-close.ts";
import type { PeriodBook } from "../ledger/period-book.ts";
import type { Period } from "../ledger/period.ts";
import type { LedgerReader } from "../stores/store.ts";
import { LEDGER_BROKEN, ORPHAN_AFTER_MS } from "./ledger-reading.ts";
import { formatMonthStatement, type StatementCircumstances } from "./text/month-statement.ts";
import { monthStatementCsv } from "./text/month-statement-csv.ts";

export type StatementFormat = "text" | "json" | "csv";

interface MonthView {
  readonly output: string;
  /** 0, or 4 when the month does not add up or its sums no longer say what was kept. */
  readonly exitCode: number;
  /** What went wrong, in one line; null: nothing. */
  readonly problem: string | null;
}

/**
 * Reads a month from its running sums, and of a closed one makes the close anew. JSON of a closed one is what was kept, byte for
 * byte and a line end. Rejects with LedgerInvariantError for sums that cannot even be settled.
 */
export async function viewMonth(
  reader: LedgerReader,
  period: Period,
  format: StatementFormat,
): Promise<MonthView> {
  const book = await reader.periodBook(period);
  const { closing } = book;
  const statement =
    closing === null ? monthStatement(book, "preview") : closedStatement(book, closing.statement);
  const orphans = await reader.orphans(Date.now() - ORPHAN_AFTER_MS);
  const problem = problemOf(statement, book);
  const output = outputOf(statement, format, {
    text: closing === null ? statementText(statement) : closing.statement,
    manifestSha256: closing === null ? null : closing.manifestSha256,
    asClosed: problem === null,
    overSince: closing === null ? await closedAfter(reader, period) : null,
    orphans: orphans.length,
  });
  return { output, exitCode: problem === null ? 0 : LEDGER_BROKEN, problem };
}

/** The latest closed month, where it is a later one: months are closed in order, so this one takes no calls any more. */
async function closedAfter(reader: LedgerReader, period: Period): Promise<Period | null> {
  const months = await reader.periods();
  return months.findLast((month) => month.status === "closed" && month.period > period)?.period ?? null;
}

function outputOf(
  statement: MonthStatement,
  format: StatementFormat,
  { text, ...circumstances }: StatementCircumstances & { readonly text: string },
): string {
  switch (format) {
    case "json":
      return `${text}\n`;
    case "csv":
      return monthStatementCsv(statement, circumstances);
    case "text":
      return formatMonthStatement(statement, circumstances);
  }
}

function problemOf({ period, proof }: MonthStatement, book: PeriodBook): string | null {
  if (!proof.holds) return `${period} does not add up`;
  const changed = changedSinceClose(book);
  if (changed.length === 0) return null;
  return `the sums of ${period} no longer make what its close kept: ${changed.join(", ")}`;
}
