/** The input of a response or conversation, as items with ids and counts. */

import { countAllTokens } from "../../wire/openai/tokens.ts";
import { CloudError, invalidValue } from "../cloud-error.ts";
import { isObject } from "../http/read-body.ts";
import { createId } from "../ids.ts";
import type { CloudService } from "../service.ts";
import { textsOfItem, type CountedItem, type Item } from "../state/items.ts";

/** A conversation is read as a whole at every turn; ours, so that no turn takes for ever. */
export const MOST_CONVERSATION_ITEMS = 10_000;

/**
 * Reads a text or a list of items. A reference is replaced by the item it names, which must be stored in this project. Throws
 * CloudError 400 for anything else; the result may be empty.
 */
export async function readItems(
  service: CloudService,
  project: string | null,
  input: unknown,
  param: string,
): Promise<CountedItem[]> {
  if (input === undefined || input === null) return [];
  if (typeof input === "string") return [await countItem(messageOf("user", input))];
  if (!Array.isArray(input)) throw invalidValue(param, `\`${param}\` must be a text or a list of items`);
  const items: CountedItem[] = [];
  for (const [index, given] of (input as readonly unknown[]).entries()) {
    items.push(await readItem(service, project, given, `${param}[${index}]`));
  }
  return items;
}

/** An item with its count. */
export async function countItem(item: Item): Promise<CountedItem> {
  return { item, tokens: await countAllTokens(textsOfItem(item)) };
}

async function readItem(
  service: CloudService,
  project: string | null,
  given: unknown,
  param: string,
): Promise<CountedItem> {
  if (!isObject(given)) throw invalidValue(param, `\`${param}\` must be an object`);
  if (isReference(given)) return resolve(service, project, String(given["id"]), param);
  const { id, type, role, content } = given;
  if (type !== undefined && typeof type !== "string") {
    throw invalidValue(`${param}.type`, `\`${param}.type\` must be a text`);
  }
  if (type === undefined || type === "message") {
    if (typeof role !== "string") throw invalidValue(`${param}.role`, `\`${param}\` must have a role`);
    if (typeof content === "string") return await countItem(messageOf(role, content, id));
  }
  const prefix = type === undefined || type === "message" ? "msg_" : `${type.slice(0, 16)}_`;
  return await countItem({
    ...given,
    type: type ?? "message",
    id: typeof id === "string" && id !== "" ? id : createId(prefix),
  });
}

/** `{type: "item_reference", id}`, or nothing but an id. */
function isReference(given: Readonly<Record<string, unknown>>): boolean {
  if (typeof given["id"] !== "string") return false;
  return (
    given["type"] === "item_reference" ||
    Object.keys(given).every((key) => key === "id" || given[key] === null)
  );
}

function resolve(service: CloudService, project: string | null, id: string, param: string): CountedItem {
  const found = service.state.findItem(project, id, service.clock.nowMs());
  if (!found)
    throw new CloudError(400, "item_not_found", `item with id '${id.slice(0, 128)}' not found`, param);
  return found;
}

function messageOf(role: string, text: string, id?: unknown): Item {
  return {
    id: typeof id === "string" && id !== "" ? id : createId("msg_"),
    type: "message",
    status: "completed",
    role,
    content: [{ type: role === "assistant" ? "output_text" : "input_text", text }],
  };
}
