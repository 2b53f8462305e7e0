/** Recent entries of the state directory on the main thread, in step with what the worker has committed. */

import type { PartnerId } from "../../domain/call.ts";
import type { StateChange, StateEntry } from "../../domain/state.ts";

export interface StateCache {
  get(partner: PartnerId, id: string): StateEntry | null;
  /** Remembers what the writer found. */
  remember(entry: StateEntry): void;
  /** Takes over the changes of a call, once it is committed. */
  apply(changes: readonly StateChange[]): void;
  forgetAll(): void;
}

/**
 * Holds at most `maxEntries`, forgetting the least recently used. It holds nothing that is not committed: the writer's
 * answers and commits come in one order, and both are taken over in that order. Absence is never remembered.
 */
export function createStateCache(maxEntries: number): StateCache {
  const entries = new Map<string, StateEntry>();
  const set = (entry: StateEntry): void => {
    const key = keyOf(entry.partner, entry.id);
    entries.delete(key);
    entries.set(key, entry);
    const oldest = entries.keys().next();
    if (entries.size > maxEntries && !oldest.done) entries.delete(oldest.value);
  };
  return {
    get: (partner, id) => {
      const entry = entries.get(keyOf(partner, id));
      if (!entry) return null;
      set(entry);
      return entry;
    },
    remember: set,
    apply: (changes) => {
      for (const change of changes) {
        if (change.kind === "register") {
          set(change.entry);
          continue;
        }
        const key = keyOf(change.partner, change.id);
        const entry = entries.get(key);
        if (change.kind === "drop") entries.delete(key);
        else if (entry) entries.set(key, { ...entry, provider: change.provider, region: change.region });
      }
    },
    forgetAll: () => entries.clear(),
  };
}

function keyOf(partner: PartnerId, id: string): string {
  return `${partner}\n${id}`;
}
