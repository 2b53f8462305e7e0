/** The Conversations API: containers of items that responses add to. */

import { deleted, page } from "../../wire/openai/models.ts";
import { invalidValue, notFound } from "../cloud-error.ts";
import type { CloudCall } from "../http/call.ts";
import { readJson } from "../http/read-body.ts";
import { replyJson } from "../http/reply.ts";
import { createId } from "../ids.ts";
import type { CountedItem } from "../state/items.ts";
import { plainItems, type ConversationRecord } from "../state/state-store.ts";
import { MOST_CONVERSATION_ITEMS, readItems } from "./input-items.ts";
import { cutPage, inOrder, ITEM_PAGES } from "./pages.ts";

/** How many items one call may add (OpenAI reference, conversations). */
const MOST_ADDED = 20;

/** `POST /conversations`. */
export async function createConversation(call: CloudCall): Promise<void> {
  const { json } = await readJson(call);
  const record: ConversationRecord = {
    id: createId("conv_"),
    project: call.project,
    createdAtMs: call.startedAtMs,
    metadata: json["metadata"] ?? {},
    items: await readAdded(call, json["items"]),
  };
  call.service.state.putConversation(record);
  replyJson(call, conversationObject(record));
}

/** `GET /conversations/{id}`. */
export function getConversation(call: CloudCall): void {
  replyJson(call, conversationObject(findRecord(call)));
}

/** `POST /conversations/{id}`: replaces the metadata. */
export async function updateConversation(call: CloudCall): Promise<void> {
  const { json } = await readJson(call);
  const record = { ...findRecord(call), metadata: json["metadata"] ?? {} };
  call.service.state.putConversation(record);
  replyJson(call, conversationObject(record));
}

/** `DELETE /conversations/{id}`. */
export function deleteConversation(call: CloudCall): void {
  const { id } = findRecord(call);
  call.service.state.deleteConversation(id);
  replyJson(call, deleted(id, "conversation.deleted"));
}

/** `GET /conversations/{id}/items`, newest first unless `order=asc`. */
export function listConversationItems(call: CloudCall): void {
  const items = plainItems(findRecord(call).items);
  replyJson(call, cutPage(inOrder(items, call.query), call.query, ITEM_PAGES));
}

/** `POST /conversations/{id}/items`. */
export async function addConversationItems(call: CloudCall): Promise<void> {
  const { json } = await readJson(call);
  const added = await readAdded(call, json["items"]);
  if (added.length === 0) throw invalidValue("items", "`items` must hold at least one item");
  const record = findRecord(call);
  if (record.items.length + added.length > MOST_CONVERSATION_ITEMS) {
    throw invalidValue("items", `a conversation may hold at most ${MOST_CONVERSATION_ITEMS} items`);
  }
  call.service.state.putConversation({ ...record, items: [...record.items, ...added] });
  replyJson(call, page(plainItems(added), false));
}

/** `GET /conversations/{id}/items/{itemId}`. */
export function getConversationItem(call: CloudCall): void {
  const found = findRecord(call).items.find(({ item }) => item.id === call.itemId);
  if (!found) throw notFound("item", call.itemId);
  replyJson(call, found.item);
}

/** `DELETE /conversations/{id}/items/{itemId}`: answers with the conversation. */
export function deleteConversationItem(call: CloudCall): void {
  const record = findRecord(call);
  const items = record.items.filter(({ item }) => item.id !== call.itemId);
  if (items.length === record.items.length) throw notFound("item", call.itemId);
  call.service.state.putConversation({ ...record, items });
  replyJson(call, conversationObject(record));
}

async function readAdded(call: CloudCall, items: unknown): Promise<readonly CountedItem[]> {
  const added = await readItems(call.service, call.project, items, "items");
  if (added.length > MOST_ADDED)
    throw invalidValue("items", `\`items\` may hold at most ${MOST_ADDED} items`);
  return added;
}

function findRecord(call: CloudCall): ConversationRecord {
  const record = call.service.state.findConversation(call.project, call.id, call.service.clock.nowMs());
  if (!record) throw notFound("conversation", call.id);
  return record;
}

function conversationObject(record: ConversationRecord): object {
  return {
    id: record.id,
    object: "conversation",
    created_at: Math.floor(record.createdAtMs / 1000),
    metadata: record.metadata,
  };
}
