/** Taking over state from another cloud: the same ids, the same memory. Pure; the counts come with the items. */

import { extendHistory, type History } from "./history.ts";
import type { CountedItem } from "./items.ts";
import type { ConversationRecord, ResponseRecord, StateStore } from "./state-store.ts";

export interface ImportedResponse {
  readonly id: string;
  readonly previousResponseId: string | null;
  readonly response: Readonly<Record<string, unknown>>;
  readonly inputItems: readonly CountedItem[];
  readonly outputItems: readonly CountedItem[];
}

export interface ImportedConversation {
  readonly id: string;
  readonly metadata: unknown;
  readonly items: readonly CountedItem[];
}

export interface Handover {
  readonly project: string | null;
  readonly responses: readonly ImportedResponse[];
  readonly conversations: readonly ImportedConversation[];
}

/**
 * Stores everything that is handed over, in any order given: each response links to the one it continues, in the hand-over or
 * already here; where that is missing its memory begins with itself. Returns an id that another project holds here, in
 * which case nothing is stored, else null. Repeating a hand-over changes nothing.
 */
export function importState(store: StateStore, handover: Handover, nowMs: number): string | null {
  const ids = [...handover.responses, ...handover.conversations].map(({ id }) => id);
  const foreign = ids.find((id) => store.holds(id) && !isOurs(store, handover.project, id, nowMs));
  if (foreign !== undefined) return foreign;
  for (const record of linkResponses(store, handover, nowMs)) store.putResponse(record);
  for (const conversation of handover.conversations) {
    const record: ConversationRecord = { ...conversation, project: handover.project, createdAtMs: nowMs };
    store.putConversation(record);
  }
  return null;
}

function isOurs(store: StateStore, project: string | null, id: string, nowMs: number): boolean {
  return (
    store.findResponse(project, id, nowMs) !== null || store.findConversation(project, id, nowMs) !== null
  );
}

/** Parents before children; a circle is cut where it is met, since no chain can be one. */
function linkResponses(store: StateStore, handover: Handover, nowMs: number): ResponseRecord[] {
  const pending = new Map(handover.responses.map((imported) => [imported.id, imported]));
  const linked = new Map<string, ResponseRecord>();
  const historyOf = (id: string | null): History | null => {
    if (id === null) return null;
    return (linked.get(id) ?? store.findResponse(handover.project, id, nowMs))?.history ?? null;
  };
  for (const start of handover.responses) {
    for (const imported of ancestry(start, pending)) {
      pending.delete(imported.id);
      linked.set(imported.id, {
        id: imported.id,
        project: handover.project,
        createdAtMs: nowMs,
        response: imported.response,
        inputItems: imported.inputItems,
        outputItems: imported.outputItems,
        history: extendHistory(historyOf(imported.previousResponseId), [
          ...imported.inputItems,
          ...imported.outputItems,
        ]),
        run: null,
      });
    }
  }
  return [...linked.values()];
}

/** The unlinked ancestors of a response and itself, oldest first. */
function ancestry(
  start: ImportedResponse,
  pending: ReadonlyMap<string, ImportedResponse>,
): ImportedResponse[] {
  const line: ImportedResponse[] = [];
  const seen = new Set<string>();
  let current = pending.get(start.id);
  while (current && !seen.has(current.id)) {
    seen.add(current.id);
    line.push(current);
    current = pending.get(current.previousResponseId ?? "");
  }
  return line.reverse();
}
