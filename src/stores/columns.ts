/** Values of a row as what their column is declared to hold, where engines hold them alike. */

import type { CallFacts } from "../domain/call.ts";
import { parseFacts } from "../domain/facts-text.ts";

export type Row = Readonly<Record<string, unknown>>;

/** Returns a text. Throws TypeError for anything else. */
export function text(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("a column that must hold text does not");
  return value;
}

/** Returns a text; null for anything else. */
export function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Facts as `contextWords` writes them; empty where none were kept. */
export function factsOf(value: unknown): CallFacts {
  return parseFacts(textOrNull(value) ?? "");
}
