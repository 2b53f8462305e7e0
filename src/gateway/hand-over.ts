/**
 * State has one holder. When the provider chosen for a call is not the one that keeps the content it depends on, the content
 * is read from the holder (management calls, no inference) and handed over once, under the same ids.
 */

import type { JsonObject, JsonValue } from "../domain/json.ts";
import { refusal, type Refusal } from "../domain/refusal.ts";
import type { StateChange, StateEntry } from "../domain/state.ts";
import type { Plan } from "../pipeline/plan.ts";
import type { LedgerStore } from "../stores/store.ts";
import type { Clock } from "../domain/ports.ts";
import { asker, HandOverError, type Ask } from "./hand-over-ask.ts";
import { moveFile } from "./hand-over-file.ts";
import { idsOf, itemIds } from "./reply-facts.ts";
import type { UpstreamHandle, Upstreams } from "./upstream.ts";

export interface HandOvers {
  /** Brings `entries` to the planned deployment. Returns the directory changes to settle with the call. */
  bring(entries: readonly StateEntry[], plan: Plan, requestId: string): Promise<Brought | Refusal>;
}

interface Brought {
  readonly kind: "brought";
  readonly moves: readonly StateChange[];
  /** Removes the copies that the old holder still has; call it once the moves are durable. */
  readonly release: () => Promise<void>;
}

/** Far above any conversation of people; it bounds what one call can make us read. */
const MAX_RESPONSES = 4_096;
const MAX_PAGES = 4_096;
const PAGE_SIZE = 100;

interface Tools {
  readonly upstreams: Upstreams;
  readonly store: LedgerStore;
  readonly clock: Clock;
}

/** Content read from its holder: the objects that move, and the ids of their items, which move with them. */
interface Parcel {
  readonly ids: readonly string[];
  readonly itemIds: readonly string[];
  readonly body: JsonObject;
}

const NOTHING_TO_BRING: Brought = { kind: "brought", moves: [], release: () => Promise.resolve() };

/** Serialises hand-overs of the same id, so that two continuations of one conversation move it once. */
export function createHandOvers(tools: Tools): HandOvers {
  const underWay = new Map<string, Promise<unknown>>();
  return {
    bring: async (entries, plan, requestId) => {
      if (entries.length === 0) return NOTHING_TO_BRING;
      const key = entries.map(({ partner, id }) => `${partner}/${id}`).join("+");
      const before = underWay.get(key) ?? Promise.resolve();
      const mine = before.then(() => bringAll(tools, entries, plan, requestId));
      const settled = mine.catch(() => undefined);
      underWay.set(key, settled);
      try {
        return await mine;
      } catch (error) {
        return refuseMove(error, plan);
      } finally {
        if (underWay.get(key) === settled) underWay.delete(key);
      }
    },
  };
}

function refuseMove(error: unknown, { clause }: Plan): Refusal {
  const message = "the content that this call depends on could not be moved";
  if (!(error instanceof HandOverError)) {
    return refusal("provider_unavailable", message, { clause, retryAfterSeconds: 2 });
  }
  return refusal(error.code, `${message}: ${error.message}`, {
    clause,
    retryAfterSeconds: error.code === "provider_unavailable" ? 2 : null,
  });
}

async function bringAll(
  tools: Tools,
  entries: readonly StateEntry[],
  plan: Plan,
  requestId: string,
): Promise<Brought> {
  const moves: StateChange[] = [];
  const releases: (() => Promise<void>)[] = [];
  for (const entry of entries) {
    if (await isThere(tools, entry, plan)) continue;
    const one = await bringUnlessMoved(tools, entry, plan, requestId);
    if (!one) continue;
    moves.push(...one.moves);
    releases.push(one.release);
  }
  return {
    kind: "brought",
    moves,
    release: async () => {
      await Promise.all(releases.map((release) => release()));
    },
  };
}

async function isThere({ store, clock }: Tools, entry: StateEntry, plan: Plan): Promise<boolean> {
  const current = await store.findState(entry.partner, entry.id, clock.nowMs());
  return current?.provider === plan.deployment.provider && current.region === plan.deployment.region;
}

/** Null when another call's hand-over was completed, and the old copy released, while we were reading from the old holder. */
async function bringUnlessMoved(
  tools: Tools,
  entry: StateEntry,
  plan: Plan,
  requestId: string,
): Promise<Omit<Brought, "kind"> | null> {
  try {
    return await bringOne(tools, entry, plan, requestId);
  } catch (error) {
    if (await isThere(tools, entry, plan)) return null;
    throw error;
  }
}

const PATHS: Readonly<Partial<Record<StateEntry["kind"], string>>> = {
  conversation: "/conversations",
  file: "/files",
};

async function bringOne(
  { upstreams }: Tools,
  entry: StateEntry,
  plan: Plan,
  callId: string,
): Promise<Omit<Brought, "kind">> {
  // Reading what a holder keeps is no inference: the holder is reachable because it holds, not because the call may run there.
  const holder = upstreams.handleFor(
    { id: `${entry.provider}/${entry.region}`, provider: entry.provider, region: entry.region },
    [entry.provider],
  );
  const receiver = upstreams.handleFor(plan.deployment, plan.verdict.providers);
  const requestId = `${callId}-handover`;
  const ask = asker(entry.partner, requestId);
  const moved = await moveContent(ask, entry, { holder, receiver, requestId });
  const { provider, region } = plan.deployment;
  const path = PATHS[entry.kind] ?? "/responses";
  return {
    moves: [...moved.ids, ...moved.itemIds].map((id) => ({
      kind: "move",
      id,
      partner: entry.partner,
      provider,
      region,
    })),
    release: async () => {
      for (const id of moved.ids) await ask(holder, "DELETE", `${path}/${id}`, null).catch(() => undefined);
    },
  };
}

async function moveContent(
  ask: Ask,
  entry: StateEntry,
  sides: { readonly holder: UpstreamHandle; readonly receiver: UpstreamHandle; readonly requestId: string },
): Promise<Pick<Parcel, "ids" | "itemIds">> {
  if (entry.kind === "file") {
    await moveFile(ask, entry, sides);
    return { ids: [entry.id], itemIds: [] };
  }
  const read = entry.kind === "conversation" ? readConversation : readChain;
  const parcel = await read(ask, sides.holder, entry.id);
  await ask(sides.receiver, "POST", "/handover", { project: entry.partner, ...parcel.body });
  return parcel;
}

/** Walks a chain of responses back to its first turn; throws HandOverError for one too long to move, since a part would answer as if it were all. */
async function readChain(ask: Ask, holder: UpstreamHandle, lastId: string): Promise<Parcel> {
  const responses: JsonObject[] = [];
  const ids: string[] = [];
  const items: string[] = [];
  let id: JsonValue | undefined = lastId;
  while (typeof id === "string") {
    if (ids.length === MAX_RESPONSES) throw tooLong(`the chain has more than ${MAX_RESPONSES} responses`);
    const response: JsonObject = await ask(holder, "GET", `/responses/${id}`, null);
    const input_items = await readPages(ask, holder, `/responses/${id}/input_items`);
    responses.push({ response, input_items });
    ids.push(id);
    items.push(...itemIds(response));
    id = response["previous_response_id"];
  }
  return {
    ids: ids.toReversed(),
    itemIds: items,
    body: { responses: responses.toReversed(), conversations: [] },
  };
}

async function readConversation(ask: Ask, holder: UpstreamHandle, id: string): Promise<Parcel> {
  const conversation = await ask(holder, "GET", `/conversations/${id}`, null);
  const items = await readPages(ask, holder, `/conversations/${id}/items`);
  return {
    ids: [id],
    itemIds: idsOf(items),
    body: { responses: [], conversations: [{ conversation, items }] },
  };
}

/** Throws HandOverError for a list too long to move. */
async function readPages(ask: Ask, holder: UpstreamHandle, path: string): Promise<JsonValue[]> {
  const items: JsonValue[] = [];
  let after = "";
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const list = await ask(holder, "GET", `${path}?order=asc&limit=${PAGE_SIZE}${after}`, null);
    const data = Array.isArray(list["data"]) ? (list["data"] as readonly JsonValue[]) : [];
    items.push(...data);
    if (list["has_more"] !== true || data.length === 0) return items;
    after = `&after=${String(list["last_id"])}`;
  }
  throw tooLong(`a list has more than ${MAX_PAGES * PAGE_SIZE} items`);
}

function tooLong(what: string): HandOverError {
  return new HandOverError(`${what}, start a new one`, "limit_exceeded");
}
