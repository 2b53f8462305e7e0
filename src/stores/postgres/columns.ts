/** Values of a row as what their column holds. Postgres sends BIGINT and NUMERIC as decimal text, which loses nothing. */

import { picoUsd, type PicoUsd } from "../../domain/units.ts";
import { text } from "../columns.ts";
import type { RowWords } from "../context-words.ts";

/** An integer; a sum over no rows, or over nulls only, is null and counts nothing. */
export function integer(value: unknown): bigint {
  return value === null ? 0n : BigInt(text(value));
}

/** An amount in picodollars; a sum over no rows is zero. */
export function amount(value: unknown): PicoUsd {
  return picoUsd(integer(value));
}

/** A count that a double holds. */
export function count(value: unknown): number {
  return typeof value === "number" ? value : Number(integer(value));
}

/** Null stays unknown. */
export function countOrNull(value: unknown): number | null {
  return value === null ? null : count(value);
}

/** Truths are booleans. */
export const POSTGRES_WORDS: RowWords = { count, flag: (value) => value === true };
