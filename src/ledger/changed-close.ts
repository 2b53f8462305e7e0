/** Whether what a close fixed is still what its month comes to. */

import { canonicalJson } from "./canonical-json.ts";
import { closeAgain } from "./close.ts";
import type { PeriodBook, PeriodClosing } from "./period-book.ts";

/** One part of a close that is kept otherwise than it was made. */
export interface ChangedPart {
  readonly what: "manifest" | "transactions at the close" | "carries" | "statement";
  readonly was: string;
  readonly is: string;
}

/** What differs between a close as it is kept and as it is made; none: nothing. Carries have no order. */
export function changedParts(kept: PeriodClosing, made: PeriodClosing): readonly ChangedPart[] {
  const parts: readonly ChangedPart[] = [
    { what: "manifest", was: kept.manifestSha256, is: made.manifestSha256 },
    {
      what: "transactions at the close",
      was: canonicalJson(kept.transactions),
      is: canonicalJson(made.transactions),
    },
    { what: "carries", was: sortedText(kept.carries), is: sortedText(made.carries) },
    { what: "statement", was: kept.statement, is: made.statement },
  ];
  return parts.filter(({ was, is }) => was !== is);
}

/**
 * What of the close of a month its running sums no longer make; none for an open month. Throws LedgerInvariantError when the
 * sums do not add up.
 */
export function changedSinceClose(book: PeriodBook): readonly ChangedPart["what"][] {
  if (book.closing === null) return [];
  return changedParts(book.closing, closeAgain(book, book.closing)).map(({ what }) => what);
}

function sortedText(rows: readonly object[]): string {
  return `[${rows.map(canonicalJson).sort().join(",")}]`;
}
