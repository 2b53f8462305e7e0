/** Values of a row as what their column holds. Postgres sends BIGINT and NUMERIC as decimal text, which loses nothing. */

import type { CallFacts } from "../../domain/call.ts";
import { parseFacts } from "../../domain/facts-text.ts";
import { picoUsd, type PicoUsd } from "../../domain/units.ts";

export type Row = Readonly<Record<string, unknown>>;

export function text(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("a column that must hold text does not");
  return value;
}

export function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** An integer; a sum over no rows, or over nulls only, is null and counts nothing. */
export function integer(value: unknown): bigint {
  return value === null ? 0n : BigInt(text(value));
}

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

export function facts(value: unknown): CallFacts {
  return parseFacts(text(value));
}
