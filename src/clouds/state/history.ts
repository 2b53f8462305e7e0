/**
 * What a chain of responses remembers: linked turns, each pointing at the one before. Turns are shared by every response that
 * continues them, so a long chain costs its own length once, and deleting an id does not tear the memory of its followers.
 */

import type { CountedItem, Item } from "./items.ts";

export interface History {
  readonly before: History | null;
  readonly items: readonly Item[];
  /** o200k tokens of this turn and all before it. */
  readonly tokens: number;
}

/** A history one turn longer. */
export function extendHistory(before: History | null, items: readonly CountedItem[]): History {
  const added = items.reduce((sum, { tokens }) => sum + tokens, 0);
  return { before, items: items.map(({ item }) => item), tokens: (before?.tokens ?? 0) + added };
}

/** All items, oldest first. */
export function itemsOfHistory(history: History | null): Item[] {
  const turns: (readonly Item[])[] = [];
  for (let turn = history; turn; turn = turn.before) turns.push(turn.items);
  return turns.toReversed().flat();
}
