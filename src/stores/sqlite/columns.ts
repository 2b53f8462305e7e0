/** Values of a row as what their column is declared to hold. */

import type { CallFacts } from "../../domain/call.ts";
import { parseFacts } from "../../domain/facts-text.ts";

export function text(value: unknown): string {
  if (typeof value !== "string") throw new Error("a column that must hold text does not");
  return value;
}

export function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** A count that a double holds, such as tokens of one call; null stays unknown. */
export function numberOrNull(value: unknown): number | null {
  return typeof value === "bigint" ? Number(value) : null;
}

/** Facts as `encode.ts` writes them; empty where none were kept. */
export function factsOf(value: unknown): CallFacts {
  return parseFacts(textOrNull(value) ?? "");
}
