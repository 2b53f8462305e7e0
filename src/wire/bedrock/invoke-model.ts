/** InvokeModel for OpenAI models: the body is a chat completions request, the answer a chat completion. */

import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../domain/json.ts";
import { NO_USAGE, type Usage } from "../../domain/usage.ts";
import { readUsage, reportsUsage } from "../openai/usage.ts";
import type { Translation } from "./converse-request.ts";
import type { StreamEvent } from "./event-stream.ts";

/**
 * The chat completions body of an InvokeModel body. `model` may be left out, else it must name the model of the path (its
 * id or its public name); whether the answer streams is the operation's to say, so a contradicting `stream` is refused.
 * All other members pass unchanged.
 */
export function chatRequestOfInvoke(
  body: JsonValue,
  model: { readonly id: string; readonly publicName: string },
  stream: boolean,
): Translation {
  if (!isJsonObject(body)) return { kind: "invalid", message: "the body must be a JSON object" };
  const named = body["model"] ?? model.id;
  if (named !== model.id && named !== model.publicName) {
    return { kind: "invalid", message: `\`model\` must be left out or be the model of the path` };
  }
  if ((body["stream"] ?? stream) !== stream) {
    return { kind: "invalid", message: "`stream` is decided by the operation; leave it out" };
  }
  const asked = { ...body, model: model.publicName, stream };
  if (!stream) return { kind: "translated", body: asked };
  const options = body["stream_options"] ?? {};
  if (!isJsonObject(options)) return { kind: "invalid", message: "`stream_options` must be an object" };
  return { kind: "translated", body: { ...asked, stream_options: { ...options, include_usage: true } } };
}

/** True when the caller itself asked for usage in the stream. */
export function asksForUsage(body: JsonValue): boolean {
  const options = isJsonObject(body) ? body["stream_options"] : undefined;
  return isJsonObject(options) && options["include_usage"] === true;
}

/** `X-Amzn-Bedrock-*` headers of an InvokeModel answer; a count that is not known, or not to be believed, is left out. */
export function invocationHeadersOf(completion: JsonObject, latencyMs: number): Record<string, string> {
  const usage = knownUsageOf(completion);
  return {
    "x-amzn-bedrock-invocation-latency": String(latencyMs),
    ...(usage.inputTokens === null ? {} : { "x-amzn-bedrock-input-token-count": String(usage.inputTokens) }),
    ...(usage.outputTokens === null
      ? {}
      : { "x-amzn-bedrock-output-token-count": String(usage.outputTokens) }),
  };
}

/**
 * Chat chunks -> `chunk` events. The last chunk also carries `amazon-bedrock-invocationMetrics`, so the chunk that says
 * how the answer finished is held until the end; what the caller did not ask for (usage) is taken out again.
 */
export class InvokeStreamTranslator {
  readonly #keepUsage: boolean;
  #last: JsonObject | null = null;
  #usage: JsonObject | null = null;
  #finished = false;

  constructor(keepUsage: boolean) {
    this.#keepUsage = keepUsage;
  }

  /** Events that one chat chunk brings, in order. */
  push(chunk: JsonObject): StreamEvent[] {
    const isUsageChunk = reportsUsage(chunk);
    if (isUsageChunk) this.#usage = chunk;
    if (isUsageChunk && !this.#keepUsage && isEmptyList(chunk["choices"])) return [];
    const { usage: _, ...withoutUsage } = chunk;
    const shown = this.#keepUsage ? chunk : withoutUsage;
    this.#finished ||= finishes(chunk);
    if (!this.#finished) return [chunkEvent(shown)];
    const released = this.#last === null ? [] : [chunkEvent(this.#last)];
    this.#last = shown;
    return released;
  }

  /** The last event after `[DONE]`; null when no choice ever finished, which is a cut stream. */
  end(latencyMs: number, firstByteLatencyMs: number): StreamEvent[] | null {
    if (this.#last === null) return null;
    const usage = knownUsageOf(this.#usage ?? {});
    const metrics = {
      ...(usage.inputTokens === null ? {} : { inputTokenCount: usage.inputTokens }),
      ...(usage.outputTokens === null ? {} : { outputTokenCount: usage.outputTokens }),
      invocationLatency: latencyMs,
      firstByteLatency: firstByteLatencyMs,
    };
    return [chunkEvent({ ...this.#last, "amazon-bedrock-invocationMetrics": metrics })];
  }
}

function knownUsageOf(reply: JsonObject): Usage {
  const { usage, fault } = readUsage(reply);
  return fault === null ? usage : NO_USAGE;
}

function chunkEvent(chunk: JsonObject): StreamEvent {
  const bytes = Buffer.from(JSON.stringify(chunk)).toString("base64");
  return { kind: "event", name: "chunk", payload: { bytes } };
}

function finishes(chunk: JsonObject): boolean {
  const choices = chunk["choices"];
  return isJsonArray(choices) && choices.some(hasFinished);
}

function hasFinished(choice: JsonValue): boolean {
  return isJsonObject(choice) && typeof choice["finish_reason"] === "string";
}

function isEmptyList(value: JsonValue | undefined): boolean {
  return isJsonArray(value) && value.length === 0;
}
