/** Values of a row as `node:sqlite` gives them in BigInt mode. */

import type { RowWords } from "../context-words.ts";

/** A count that a double holds, such as tokens of one call; null stays unknown. */
export function numberOrNull(value: unknown): number | null {
  return typeof value === "bigint" ? Number(value) : null;
}

/** Counts and truths are integers. */
export const SQLITE_WORDS: RowWords = { count: Number, flag: (value) => value === 1n };
