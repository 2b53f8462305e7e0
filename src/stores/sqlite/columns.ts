/** Values of a row as `node:sqlite` gives them in BigInt mode. */

import type { RowWords } from "../context-words.ts";

/** A count that a double holds, such as tokens of one call; null stays unknown. */
export function numberOrNull(value: unknown): number | null {
  return typeof value === "bigint" ? Number(value) : null;
}

/** An integer, such as an amount or a sequence number; nothing else stands for one. */
export function integer(value: unknown): bigint {
  if (typeof value !== "bigint") throw new TypeError("a column that must hold an integer does not");
  return value;
}

/** An integer; null stays unknown. Throws TypeError for anything else. */
export function integerOrNull(value: unknown): bigint | null {
  return value === null ? null : integer(value);
}

/** Counts and truths are integers. */
export const SQLITE_WORDS: RowWords = { count: Number, flag: (value) => value === 1n };
