/**
 * What a cloud keeps under an id: responses and conversations, each in the scope of a project. One model for every cloud, so that
 * a chain can move from one to another. Time is an argument. Bounded: beyond the bound the oldest goes and is counted.
 */

import type { Timeline } from "../latency.ts";
import type { History } from "./history.ts";
import type { CountedItem, Item } from "./items.ts";

/** Responses are kept 30 days (the API promises at least that); we let conversations go then too. */
const KEPT_MS = 30 * 24 * 3_600_000;
const MOST_RESPONSES = 100_000;
const MOST_CONVERSATIONS = 20_000;
/** Of each kind, by estimate: few callers with huge texts must not fill the memory either. */
const MOST_BYTES = 268_435_456;

/** A run that outlives its call; its status follows from the clock. */
export interface BackgroundRun {
  /** On the monotonic clock. */
  readonly startsMs: number;
  readonly endsMs: number;
  readonly timeline: Timeline;
  /** What the meter wants to know when the run ends. */
  readonly model: string;
  readonly inputTokens: number;
  readonly caller: "gateway" | "direct";
  readonly startedAtMs: number;
}

export interface ResponseRecord {
  readonly id: string;
  readonly project: string | null;
  readonly createdAtMs: number;
  /** The response as it is at the end. */
  readonly response: Readonly<Record<string, unknown>>;
  /** The items of this call's own input, without what came before. */
  readonly inputItems: readonly CountedItem[];
  readonly outputItems: readonly CountedItem[];
  /** Everything up to and including this response. */
  readonly history: History;
  readonly run: BackgroundRun | null;
}

export interface ConversationRecord {
  readonly id: string;
  readonly project: string | null;
  readonly createdAtMs: number;
  readonly metadata: unknown;
  /** Oldest first. */
  readonly items: readonly CountedItem[];
}

export interface StateStore {
  putResponse(record: ResponseRecord): void;
  /** Null when unknown, expired, or another project's; the three look the same. */
  findResponse(project: string | null, id: string, nowMs: number): ResponseRecord | null;
  deleteResponse(id: string): void;
  putConversation(record: ConversationRecord): void;
  findConversation(project: string | null, id: string, nowMs: number): ConversationRecord | null;
  deleteConversation(id: string): void;
  /** An item of any stored response or conversation of the project. */
  findItem(project: string | null, id: string, nowMs: number): CountedItem | null;
  /** True when the id is taken, by whomever. */
  holds(id: string): boolean;
  /** Objects that had to go because of the bound. */
  dropped(): number;
}

interface Bounds {
  readonly mostResponses?: number;
  readonly mostConversations?: number;
  /** Of each kind, by estimate. */
  readonly mostBytes?: number;
}

/** An empty store. */
export function createStateStore(bounds: Bounds = {}): StateStore {
  const responses = createShelf<ResponseRecord>(
    bounds.mostResponses ?? MOST_RESPONSES,
    bounds.mostBytes ?? MOST_BYTES,
    (record) => JSON.stringify(record.response).length + weightOf(record.inputItems),
  );
  const conversations = createShelf<ConversationRecord>(
    bounds.mostConversations ?? MOST_CONVERSATIONS,
    bounds.mostBytes ?? MOST_BYTES,
    (record) => weightOf(record.items),
  );
  /** Where an item was stored last: id of its response or conversation. */
  const homes = new Map<string, string>();

  const settle = (home: string, items: readonly CountedItem[]): void => {
    for (const { item } of items) homes.set(item.id, home);
  };
  const forget = (home: string, items: readonly CountedItem[]): void => {
    for (const { item } of items) if (homes.get(item.id) === home) homes.delete(item.id);
  };
  const itemsOf = (record: ResponseRecord): readonly CountedItem[] => [
    ...record.inputItems,
    ...record.outputItems,
  ];
  const dropResponse = (record: ResponseRecord): void => forget(record.id, itemsOf(record));
  const dropConversation = (record: ConversationRecord): void => forget(record.id, record.items);

  return {
    putResponse(record) {
      const previous = responses.get(record.id);
      if (previous) dropResponse(previous);
      settle(record.id, itemsOf(record));
      for (const gone of responses.put(record)) dropResponse(gone);
    },
    findResponse: (project, id, nowMs) => responses.find(project, id, nowMs),
    deleteResponse(id) {
      const record = responses.remove(id);
      if (record) dropResponse(record);
    },
    putConversation(record) {
      const previous = conversations.get(record.id);
      if (previous) dropConversation(previous);
      settle(record.id, record.items);
      for (const gone of conversations.put(record)) dropConversation(gone);
    },
    findConversation: (project, id, nowMs) => conversations.find(project, id, nowMs),
    deleteConversation(id) {
      const record = conversations.remove(id);
      if (record) dropConversation(record);
    },
    findItem(project, id, nowMs) {
      const home = homes.get(id) ?? "";
      const response = responses.find(project, home, nowMs);
      const items = response ? itemsOf(response) : conversations.find(project, home, nowMs)?.items;
      return items?.find(({ item }) => item.id === id) ?? null;
    },
    holds: (id) => responses.get(id) !== undefined || conversations.get(id) !== undefined,
    dropped: () => responses.dropped() + conversations.dropped(),
  };
}

interface Kept {
  readonly id: string;
  readonly project: string | null;
  readonly createdAtMs: number;
}

interface Shelf<T> {
  get(id: string): T | undefined;
  find(project: string | null, id: string, nowMs: number): T | null;
  /** Returns what had to go. */
  put(record: T): T[];
  remove(id: string): T | undefined;
  dropped(): number;
}

/** An estimate in bytes: an item's own fields, and about five characters a token. */
function weightOf(items: readonly CountedItem[]): number {
  return items.reduce((sum, { tokens }) => sum + 300 + 5 * tokens, 0);
}

/** Records by id, in the order they were last put; the newest always stays. */
function createShelf<T extends Kept>(
  most: number,
  mostBytes: number,
  weigh: (record: T) => number,
): Shelf<T> {
  const records = new Map<string, T>();
  const weights = new Map<string, number>();
  let keptBytes = 0;
  let droppedCount = 0;
  const remove = (id: string): T | undefined => {
    const record = records.get(id);
    records.delete(id);
    keptBytes -= weights.get(id) ?? 0;
    weights.delete(id);
    return record;
  };
  return {
    get: (id) => records.get(id),
    find(project, id, nowMs) {
      const record = records.get(id);
      if (!record || record.project !== project) return null;
      return nowMs - record.createdAtMs < KEPT_MS ? record : null;
    },
    put(record) {
      remove(record.id);
      const weight = weigh(record);
      keptBytes += weight;
      weights.set(record.id, weight);
      records.set(record.id, record);
      const gone: T[] = [];
      for (const oldest of records.values()) {
        if (records.size <= most && (keptBytes <= mostBytes || records.size === 1)) break;
        remove(oldest.id);
        gone.push(oldest);
        droppedCount += 1;
      }
      return gone;
    },
    remove,
    dropped: () => droppedCount,
  };
}

/** The items without their counts. */
export function plainItems(items: readonly CountedItem[]): Item[] {
  return items.map(({ item }) => item);
}
