/** From a Responses request to what will be answered: the kept history resolved, the tokens counted. */

import {
  outputMessage,
  responseObject,
  type ResponseFacts,
  type ResponseState,
} from "../../wire/openai/responses.ts";
import { countAllTokens } from "../../wire/openai/tokens.ts";
import { answerText } from "../answer.ts";
import { CloudError, invalidValue } from "../cloud-error.ts";
import { isObject, type JsonBody, type ReadBody } from "../http/read-body.ts";
import { createId } from "../ids.ts";
import { recall } from "../recall.ts";
import { findModel, nowSeconds, type CloudService } from "../service.ts";
import { extendHistory, itemsOfHistory, type History } from "../state/history.ts";
import { userTextOf, type CountedItem } from "../state/items.ts";
import { generate, readCap, type Generation } from "./generation.ts";
import { MOST_CONVERSATION_ITEMS, readItems } from "./input-items.ts";

export interface PreparedResponse {
  readonly generation: Generation;
  readonly facts: ResponseFacts;
  readonly project: string | null;
  readonly before: History | null;
  readonly inputItems: readonly CountedItem[];
  readonly messageId: string;
}

interface Context {
  readonly before: History | null;
  readonly previousResponseId: string | null;
  readonly conversationId: string | null;
}

/**
 * Checks a body, finds what it continues and composes the answer. Input tokens are those of the instructions, of the input and
 * of the whole kept history. Throws CloudError, among others 400 `previous_response_not_found`.
 */
export async function prepareResponse(
  service: CloudService,
  project: string | null,
  { json, bytes }: ReadBody,
): Promise<PreparedResponse> {
  const model = findModel(service, json["model"], "chat");
  const context = findContext(service, project, json);
  const inputItems = await readItems(service, project, json["input"], "input");
  const { promptTokens, before } = await countPrompt(context, json, inputItems);
  const generation = generate(service, {
    model,
    bytes,
    promptTokens,
    capTokens: readCap(json["max_output_tokens"], "max_output_tokens", model),
    recalled: recallFrom(before, inputItems),
    choices: 1,
  });
  return {
    generation,
    facts: {
      id: createId("resp_"),
      createdAt: nowSeconds(service),
      model: service.dialect.modelName(model),
      background: json["background"] === true,
      store: json["store"] !== false,
      previousResponseId: context.previousResponseId,
      conversationId: context.conversationId,
      request: json,
    },
    project,
    before,
    inputItems,
    messageId: createId("msg_"),
  };
}

/** Tokens of the prompt that a body makes, without answering it. */
export async function countInputTokens(
  service: CloudService,
  project: string | null,
  json: JsonBody,
): Promise<number> {
  const inputItems = await readItems(service, project, json["input"], "input");
  return (await countPrompt(findContext(service, project, json), json, inputItems)).promptTokens;
}

/** The response at its end: `incomplete` when the cap was filled. */
export function finishedResponse(prepared: PreparedResponse, completedAt: number): Record<string, unknown> {
  const { generation, facts } = prepared;
  return responseObject(facts, {
    status: finalStatus(prepared),
    completedAt,
    output: [finishedItem(prepared)],
    usage: { inputTokens: generation.promptTokens, outputTokens: generation.outputTokens },
  });
}

/** The response before its end. */
export function startedResponse(
  prepared: PreparedResponse,
  status: ResponseState["status"],
): Record<string, unknown> {
  return responseObject(prepared.facts, { status, completedAt: null, output: [], usage: null });
}

/** The output item at its end. */
export function finishedItem(prepared: PreparedResponse): ReturnType<typeof outputMessage> {
  const answer = prepared.generation.answers[0];
  return outputMessage(prepared.messageId, answer ? answerText(answer) : "", finalStatus(prepared));
}

function finalStatus(prepared: PreparedResponse): "completed" | "incomplete" {
  return prepared.generation.answers[0]?.finish === "length" ? "incomplete" : "completed";
}

function findContext(service: CloudService, project: string | null, json: JsonBody): Context {
  const previousResponseId = json["previous_response_id"] ?? null;
  const conversationId = readConversationId(json["conversation"]);
  if (previousResponseId !== null && conversationId !== null) {
    throw invalidValue(
      "previous_response_id",
      "`previous_response_id` and `conversation` exclude each other: name one of them",
    );
  }
  if (previousResponseId === null && conversationId === null && json["input"] === undefined) {
    throw new CloudError(
      400,
      "missing_required_parameter",
      "one of `input`, `previous_response_id` or `conversation` must be given",
      "input",
    );
  }
  return {
    previousResponseId: previousResponseId === null ? null : String(previousResponseId),
    conversationId,
    before:
      previousResponseId === null
        ? historyOfConversation(service, project, conversationId)
        : historyOfResponse(service, project, String(previousResponseId)),
  };
}

function historyOfResponse(service: CloudService, project: string | null, id: string): History {
  const record = service.state.findResponse(project, id, service.clock.nowMs());
  if (!record) {
    throw new CloudError(
      400,
      "previous_response_not_found",
      `previous response with id '${id.slice(0, 128)}' not found`,
      "previous_response_id",
    );
  }
  if (record.run && service.clock.monotonicMs() < record.run.endsMs) {
    throw invalidValue("previous_response_id", `response \`${id}\` is still in progress`);
  }
  return record.history;
}

function historyOfConversation(
  service: CloudService,
  project: string | null,
  id: string | null,
): History | null {
  if (id === null) return null;
  const record = service.state.findConversation(project, id, service.clock.nowMs());
  if (!record) {
    throw new CloudError(
      404,
      "not_found",
      `conversation with id '${id.slice(0, 128)}' not found`,
      "conversation",
    );
  }
  if (record.items.length >= MOST_CONVERSATION_ITEMS) {
    throw invalidValue(
      "conversation",
      `conversation \`${id}\` is full: it holds ${record.items.length} items`,
    );
  }
  return extendHistory(null, record.items);
}

function readConversationId(conversation: unknown): string | null {
  if (conversation === undefined || conversation === null) return null;
  const id = isObject(conversation) ? conversation["id"] : conversation;
  if (typeof id === "string") return id;
  throw invalidValue("conversation", "`conversation` must be an id or an object with an id");
}

async function countPrompt(
  { before }: Context,
  json: JsonBody,
  inputItems: readonly CountedItem[],
): Promise<{ readonly promptTokens: number; readonly before: History | null }> {
  const instructions = json["instructions"];
  const instructionTokens = typeof instructions === "string" ? await countAllTokens([instructions]) : 0;
  const inputTokens = inputItems.reduce((sum, { tokens }) => sum + tokens, 0);
  return { promptTokens: instructionTokens + (before?.tokens ?? 0) + inputTokens, before };
}

function recallFrom(before: History | null, inputItems: readonly CountedItem[]): string | null {
  const asked = inputItems.map(({ item }) => userTextOf(item)).filter((text) => text !== null);
  return recall(asked.at(-1) ?? "", () => [
    ...itemsOfHistory(before)
      .map(userTextOf)
      .filter((text) => text !== null),
    ...asked.slice(0, -1),
  ]);
}
