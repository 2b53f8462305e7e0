/** Closes a month: what its parties owe each other is fixed for good, with a hash over everything it was made of. */

import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";
import { CLOSE_RULES, PRESENT_RULES, type CloseRules } from "./closing/close-rules.ts";
import { settleMonth } from "./closing/settle-month.ts";
import { assertProven } from "./closing/assert-proven.ts";
import type { PeriodBook, PeriodClosing } from "./period-book.ts";
import { monthStatement, statementText } from "./statement/month-statement.ts";

/**
 * What closing the month adds to the ledger. It depends on the sums alone, not on the order of rows or of calls, and the hash
 * not on the time of closing, so that it can be made anew. Throws LedgerInvariantError when the month does not add up: what
 * would be fixed for good must be right.
 */
export function closePeriod(
  book: PeriodBook,
  at: ClosedAt,
  rules: CloseRules = PRESENT_RULES,
): PeriodClosing {
  const month = settleMonth(book, rules);
  const statement = monthStatement(book, "closed", month);
  assertProven(statement);
  const fixed = {
    transactions: month.transactions,
    carries: month.carries,
    statement: statementText(statement),
  };
  const { cutoffSeq, closedAtMs } = at;
  const manifestSha256 = manifestOf(book, fixed);
  return { period: book.period, cutoffSeq, closedAtMs, ...fixed, manifestSha256 };
}

/** A closing made anew: by the rules that make the hash that was kept, or by the present ones where none does. Throws likewise. */
export function closeAgain(
  book: PeriodBook,
  kept: ClosedAt & Pick<PeriodClosing, "manifestSha256">,
): PeriodClosing {
  const made = CLOSE_RULES.map((rules) => closePeriod(book, kept, rules));
  return made.find(({ manifestSha256 }) => manifestSha256 === kept.manifestSha256) ?? closePeriod(book, kept);
}

type ClosedAt = Pick<PeriodClosing, "cutoffSeq" | "closedAtMs">;

function manifestOf(
  { period, summary, caps, carries }: PeriodBook,
  fixed: Pick<PeriodClosing, "transactions" | "carries" | "statement">,
): string {
  const { uses, parts, hosting, unpricedReasons, balancePicoUsd } = summary;
  const sums = {
    uses: sorted(uses),
    parts: sorted(parts),
    hosting: sorted(hosting),
    unpricedReasons: sorted(unpricedReasons),
    caps: sorted(caps),
    opening: sorted(carries),
    balancePicoUsd,
  };
  return createHash("sha256")
    .update(canonicalJson({ version: 1, period, sums, ...fixed }))
    .digest("hex");
}

/** Rows carry no order, so their text gives them one. */
function sorted(rows: readonly object[]): readonly object[] {
  return rows
    .map((row) => ({ row, text: canonicalJson(row) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ row }) => row);
}
