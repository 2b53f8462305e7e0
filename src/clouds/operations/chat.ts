/** `POST /chat/completions`. */

import {
  PROMPT_FILTER_CHUNK,
  PROMPT_FILTER_RESULTS,
  withFilterResults,
} from "../../wire/azure/content-filter.ts";
import {
  CHAT_STREAM_END,
  chatChunk,
  chatCompletion,
  chatEvent,
  contentChoice,
  finishChoice,
  openingChoice,
  type ChatHead,
  type ChatUsage,
} from "../../wire/openai/completions.ts";
import { countAllTokens } from "../../wire/openai/tokens.ts";
import { answerSlice, answerText, type Answer } from "../answer.ts";
import { CloudError, invalidValue } from "../cloud-error.ts";
import type { CloudCall } from "../http/call.ts";
import { isObject, readJson, type ReadBody } from "../http/read-body.ts";
import { closeStream, openStream, recordGone, replyJson, writeStream, type Consumed } from "../http/reply.ts";
import { createId } from "../ids.ts";
import { recall } from "../recall.ts";
import { findModel, nowSeconds, type CloudService } from "../service.ts";
import { textsOfContent } from "../state/items.ts";
import { generate, readCap, readInteger, type Generation } from "./generation.ts";
import { releases, tokensSoFar, waitForAll, type Release } from "./releases.ts";

const MOST_CHOICES = 128;

/** Answers a chat call, whole or as a stream. */
export async function createChatCompletion(call: CloudCall): Promise<void> {
  const { service } = call;
  const body = await readJson(call);
  const generation = await prepareChat(service, body, call.deployment);
  const head = chatHead(service, generation);
  if (body.json["stream"] === true) {
    await streamChat(call, head, generation, asksForUsage(body.json["stream_options"]));
    return;
  }
  if (await waitForAll(call, generation.timeline)) {
    replyJson(call, wholeChat(service, head, generation), consumedBy(generation));
  } else recordGone(call, consumedSoFar(call, generation));
}

/**
 * Checks a chat body and composes its answers. Prompt tokens are those of the message contents alone. Throws CloudError for a body
 * that the API would refuse. `deployment` (in Azure's path) wins over the body's model.
 */
export async function prepareChat(
  service: CloudService,
  { json, bytes }: ReadBody,
  deployment: string | null,
): Promise<Generation> {
  const model = findModel(service, deployment ?? json["model"], "chat");
  const texts = readMessages(json["messages"]);
  const cap =
    readCap(json["max_completion_tokens"], "max_completion_tokens", model) ??
    readCap(json["max_tokens"], "max_tokens", model);
  const choices =
    json["n"] === undefined || json["n"] === null ? 1 : readInteger(json["n"], "n", 1, MOST_CHOICES);
  const questionAt = texts.findLastIndex(({ role }) => role === "user");
  return generate(service, {
    model,
    bytes,
    promptTokens: await countAllTokens(texts.flatMap((message) => message.texts)),
    capTokens: cap,
    recalled: recall(texts[questionAt]?.texts.join("\n") ?? "", () =>
      texts
        .slice(0, questionAt)
        .filter(({ role }) => role === "user")
        .map((message) => message.texts.join("\n")),
    ),
    choices,
  });
}

/** The whole answer as JSON. */
export function wholeChat(service: CloudService, head: ChatHead, generation: Generation): object {
  const completion = chatCompletion(
    head,
    generation.answers.map((answer, index) => ({ index, text: answerText(answer), finish: answer.finish })),
    usageOf(generation),
    service.dialect.filtersContent ? withFilterResults : (choice) => choice,
  );
  return service.dialect.filtersContent
    ? { ...completion, prompt_filter_results: PROMPT_FILTER_RESULTS }
    : completion;
}

/** Names the answer. */
export function chatHead(service: CloudService, generation: Generation): ChatHead {
  return {
    id: createId("chatcmpl-"),
    created: nowSeconds(service),
    model: service.dialect.modelName(generation.model),
  };
}

async function streamChat(
  call: CloudCall,
  head: ChatHead,
  generation: Generation,
  includeUsage: boolean,
): Promise<void> {
  const { filtersContent } = call.service.dialect;
  const usage = includeUsage ? null : undefined;
  const decorate = filtersContent ? withFilterResults : <T extends object>(choice: T): T => choice;
  openStream(call);
  let sent = 0;
  let text = filtersContent ? chatEvent(PROMPT_FILTER_CHUNK) : "";
  for (const { index } of indexed(generation))
    text += chatChunk(head, [decorate(openingChoice(index))], usage);
  for await (const { to, chunks } of releases(call, generation.timeline)) {
    for (const chunk of chunks) {
      for (const { answer, index } of indexed(generation)) {
        const piece = pieceOf(answer, chunk);
        if (piece !== "") text += chatChunk(head, [decorate(contentChoice(index, piece))], usage);
      }
    }
    sent = to;
    if (!(await writeStream(call, text))) break;
    text = "";
  }
  if (sent < generation.timeline.tokenCount || call.gone.aborted) {
    recordGone(call, { ...consumedSoFar(call, generation), streamed: true });
    return;
  }
  for (const { answer, index } of indexed(generation)) {
    text += chatChunk(head, [decorate(finishChoice(index, answer.finish))], usage);
  }
  if (includeUsage) text += chatChunk(head, [], usageOf(generation));
  closeStream(call, text + CHAT_STREAM_END, consumedBy(generation));
}

/** Choices may end before the longest one does. */
function pieceOf(answer: Answer, chunk: Release): string {
  const to = Math.min(chunk.to, answer.tokenCount);
  return chunk.from < to ? answerSlice(answer, chunk.from, to) : "";
}

function readMessages(messages: unknown): { readonly role: string; readonly texts: readonly string[] }[] {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new CloudError(
      400,
      messages === undefined ? "missing_required_parameter" : "empty_array",
      "`messages` must be an array with at least one message",
      "messages",
    );
  }
  return (messages as readonly unknown[]).map((message, index) => {
    if (!isObject(message) || typeof message["role"] !== "string") {
      throw invalidValue(`messages[${index}].role`, `\`messages[${index}]\` must be an object with a role`);
    }
    return { role: message["role"], texts: textsOfContent(message["content"]) };
  });
}

function asksForUsage(options: unknown): boolean {
  return isObject(options) && options["include_usage"] === true;
}

function usageOf(generation: Generation): ChatUsage {
  return { promptTokens: generation.promptTokens, completionTokens: generation.outputTokens };
}

function consumedBy(generation: Generation): Consumed {
  return {
    model: generation.model.name,
    inputTokens: generation.promptTokens,
    outputTokens: generation.outputTokens,
  };
}

function consumedSoFar(call: CloudCall, generation: Generation): Consumed {
  const generated = tokensSoFar(call, generation.timeline);
  const outputTokens = generation.answers.reduce(
    (sum, { tokenCount }) => sum + Math.min(tokenCount, generated),
    0,
  );
  return { ...consumedBy(generation), outputTokens };
}

function indexed(generation: Generation): { answer: Answer; index: number }[] {
  return generation.answers.map((answer, index) => ({ answer, index }));
}
