/** The batches of one region. Bounded: beyond the bound the oldest goes. */

import type { BatchFacts } from "../../../wire/openai/batches.ts";

export interface Batch {
  readonly project: string | null;
  readonly caller: "gateway" | "direct";
  facts: BatchFacts;
  /** Aborted by a cancel. */
  readonly cancel: AbortController;
}

export interface BatchStore {
  put(batch: Batch): void;
  find(project: string | null, id: string): Batch | null;
  /** Oldest first. */
  list(project: string | null): readonly Batch[];
}

const MOST_BATCHES = 10_000;

/** An empty store. */
export function createBatchStore(): BatchStore {
  const batches = new Map<string, Batch>();
  return {
    put(batch) {
      batches.set(batch.facts.id, batch);
      const oldest = batches.keys().next().value;
      if (batches.size <= MOST_BATCHES || oldest === undefined) return;
      batches.get(oldest)?.cancel.abort();
      batches.delete(oldest);
    },
    find(project, id) {
      const batch = batches.get(id);
      return batch && batch.project === project ? batch : null;
    },
    list: (project) => [...batches.values()].filter((batch) => batch.project === project),
  };
}
