/** `POST /handover`: taking over state that another cloud exported. Between clouds only, never a caller's. */

import { CloudError, invalidValue } from "../cloud-error.ts";
import type { CloudCall } from "../http/call.ts";
import { isObject, readJson, type JsonBody } from "../http/read-body.ts";
import { replyJson } from "../http/reply.ts";
import { importState, type ImportedConversation, type ImportedResponse } from "../state/handover.ts";
import type { CountedItem, Item } from "../state/items.ts";
import { countItem } from "./input-items.ts";

/** A long chain is larger than any one call. */
const HANDOVER_LIMIT_BYTES = 67_108_864;
const ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/**
 * Takes `{project, responses: [{response, input_items}], conversations: [{conversation, items}]}`, each item list oldest first and
 * as the public API gave it out. Answers with the ids that are now kept here.
 */
export async function takeOver(call: CloudCall): Promise<void> {
  const { json } = await readJson(call, HANDOVER_LIMIT_BYTES);
  const project = readProject(json["project"]);
  const responses = await readEach(json["responses"], "responses", readResponse);
  const conversations = await readEach(json["conversations"], "conversations", readConversation);
  const { state, clock } = call.service;
  const foreign = importState(state, { project, responses, conversations }, clock.nowMs());
  if (foreign !== null)
    throw new CloudError(409, "conflict", `\`${foreign}\` is kept here for another project`);
  replyJson(call, {
    object: "handover",
    project,
    responses: responses.map(({ id }) => id),
    conversations: conversations.map(({ id }) => id),
  });
}

async function readResponse(given: JsonBody, param: string): Promise<ImportedResponse> {
  const { response } = given;
  if (!isObject(response)) throw invalidValue(param, `\`${param}.response\` must be a response`);
  const previous = response["previous_response_id"];
  return {
    id: readId(response["id"], `${param}.response.id`),
    previousResponseId: typeof previous === "string" ? previous : null,
    response,
    inputItems: await readCounted(given["input_items"], `${param}.input_items`),
    outputItems: await readCounted(response["output"], `${param}.response.output`),
  };
}

async function readConversation(given: JsonBody, param: string): Promise<ImportedConversation> {
  const { conversation } = given;
  if (!isObject(conversation)) throw invalidValue(param, `\`${param}.conversation\` must be a conversation`);
  return {
    id: readId(conversation["id"], `${param}.conversation.id`),
    metadata: conversation["metadata"] ?? {},
    items: await readCounted(given["items"], `${param}.items`),
  };
}

async function readEach<T>(
  list: unknown,
  param: string,
  read: (given: JsonBody, param: string) => Promise<T>,
): Promise<T[]> {
  const found: T[] = [];
  for (const [index, given] of readList(list, param).entries()) {
    if (!isObject(given)) throw invalidValue(param, `\`${param}[${index}]\` must be an object`);
    found.push(await read(given, `${param}[${index}]`));
  }
  return found;
}

async function readCounted(list: unknown, param: string): Promise<CountedItem[]> {
  const items: CountedItem[] = [];
  for (const [index, given] of readList(list, param).entries()) {
    if (!isItem(given)) throw invalidValue(param, `\`${param}[${index}]\` must be an item with id and type`);
    items.push(await countItem(given));
  }
  return items;
}

function readList(list: unknown, param: string): readonly unknown[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw invalidValue(param, `\`${param}\` must be a list`);
  return list as readonly unknown[];
}

function isItem(given: unknown): given is Item {
  return isObject(given) && typeof given["id"] === "string" && typeof given["type"] === "string";
}

function readId(id: unknown, param: string): string {
  if (typeof id === "string" && ID.test(id)) return id;
  throw invalidValue(param, `\`${param}\` must be an id`);
}

function readProject(project: unknown): string | null {
  if (project === null || (typeof project === "string" && project !== "")) return project;
  throw invalidValue("project", "`project` must be a name, or null");
}
