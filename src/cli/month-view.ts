/** One month as it is printed: what a close kept, or what it would keep now. */

import { monthStatement, statementText, type MonthStatement } from "../ledger/statement/month-statement.ts";
import type { Period } from "../ledger/period.ts";
import type { LedgerReader } from "../stores/store.ts";
import { LEDGER_BROKEN, ORPHAN_AFTER_MS } from "./ledger-reading.ts";
import { formatMonthStatement } from "./text/month-statement.ts";
import { monthStatementCsv } from "./text/month-statement-csv.ts";

export type StatementFormat = "text" | "json" | "csv";

interface MonthView {
  readonly output: string;
  /** 0, or 4 when the month does not add up or its sums no longer say what was kept. */
  readonly exitCode: number;
  /** What went wrong, in one line; null: nothing. */
  readonly problem: string | null;
}

/** Reads a month; JSON of a closed one is what was kept, byte for byte and a line end. */
export async function viewMonth(
  reader: LedgerReader,
  period: Period,
  format: StatementFormat,
): Promise<MonthView> {
  const book = await reader.periodBook(period);
  const { closing } = book;
  const statement = monthStatement(book, closing === null ? "preview" : "closed");
  const orphans = await reader.orphans(Date.now() - ORPHAN_AFTER_MS);
  const kept = closing === null ? null : closing.statement;
  const made = statementText(statement);
  const output = outputOf(statement, format, {
    text: kept ?? made,
    manifestSha256: closing === null ? null : closing.manifestSha256,
    orphans: orphans.length,
  });
  const problem = problemOf(statement, kept === null || kept === made);
  return { output, exitCode: problem === null ? 0 : LEDGER_BROKEN, problem };
}

function outputOf(
  statement: MonthStatement,
  format: StatementFormat,
  { text, ...circumstances }: { text: string; manifestSha256: string | null; orphans: number },
): string {
  switch (format) {
    case "json":
      return `${text}\n`;
    case "csv":
      return monthStatementCsv(statement);
    case "text":
      return formatMonthStatement(statement, circumstances);
  }
}

function problemOf({ period, proof }: MonthStatement, asKept: boolean): string | null {
  if (!proof.holds) return `${period} does not add up`;
  return asKept ? null : `the sums of ${period} no longer make the statement that its close kept`;
}
