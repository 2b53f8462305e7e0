/** What every form of journal is written by: text to be put one after the other. */

import type { JournalEntry, JournalRemark } from "./entry.ts";

export interface JournalWriter {
  head(note: string): string;
  entry(entry: JournalEntry): string;
  remark(remark: JournalRemark): string;
  /** What can only be said when all entries are known. */
  tail(): string;
}
