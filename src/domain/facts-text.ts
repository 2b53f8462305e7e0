/** Facts written down as one canonical text, so that equal facts are equal text: `axis=value axis=value`, sorted by axis. */

import type { CallFacts } from "./call.ts";

/** Texts by identity: decisions hand out one frozen object per cell, and a text costs more than the rest of recording it. */
const texts = new WeakMap<CallFacts, string>();

/** The text of `facts`; empty where there are none. Axes and values are words of an agreement: they hold neither space nor `=`. */
export function factsText(facts: CallFacts): string {
  const known = texts.get(facts);
  if (known !== undefined) return known;
  const text = Object.entries(facts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([axis, value]) => `${axis}=${value}`)
    .join(" ");
  if (Object.isFrozen(facts)) texts.set(facts, text);
  return text;
}

/** The facts of a text that `factsText` made. */
export function parseFacts(text: string): CallFacts {
  if (text === "") return {};
  return Object.fromEntries(text.split(" ").map((pair) => pair.split("=", 2) as [string, string]));
}
