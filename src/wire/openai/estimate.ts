/** An estimate of a call's usage where no report came: the client left, or the upstream broke off. Marked as such. */

import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../domain/json.ts";
import { NO_USAGE, type Usage } from "../../domain/usage.ts";

/**
 * Sum of the o200k tokens of each text, counted a piece per turn of the event loop. The counter is loaded on the first
 * estimate only: its vocabulary takes some 50 MB, and most gateways never need it.
 */
export async function countTexts(texts: readonly string[]): Promise<number> {
  const { countAllTokens } = await import("./tokens.ts");
  return countAllTokens(texts);
}

/**
 * Counts the o200k tokens of the request's texts; `outputTokens` is what is known of the answer, null where nothing is. History
 * that the server keeps is not seen here, so for a session the input is a lower bound; where no text is seen at all (images,
 * token ids) it is null.
 */
export async function estimateUsage(request: JsonObject, outputTokens: number | null): Promise<Usage> {
  const texts = ["instructions", "messages", "input", "prompt"].flatMap((key) => textsOf(request[key]));
  const inputTokens = await countTexts(texts);
  return {
    ...NO_USAGE,
    inputTokens: inputTokens === 0 ? null : inputTokens,
    outputTokens,
    source: "estimated",
  };
}

/** Every `content`, `text` or bare string of messages and input items. */
function textsOf(value: JsonValue | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  if (isJsonArray(value)) return value.flatMap(textsOf);
  return isJsonObject(value) ? [...textsOf(value["content"]), ...strings(value["text"])] : [];
}

/**
 * What an event of a chat, legacy completion or Responses stream adds to the output, all of which is paid for: text, refusals,
 * reasoning, and the names and arguments of tool calls (OpenAI reference, streaming events; `reasoning_content` is what other
 * models on the same API say). Empty for every other event.
 */
export function outputTextOf(event: JsonObject): string {
  const { choices } = event;
  const parts = isJsonArray(choices) ? choices.filter(isJsonObject).flatMap(choiceParts) : eventParts(event);
  return parts.join("");
}

function choiceParts(choice: JsonObject): readonly string[] {
  const { text, delta } = choice;
  if (!isJsonObject(delta)) return strings(text);
  const { content, refusal, reasoning_content, reasoning, tool_calls, function_call, audio } = delta;
  const toolCalls = isJsonArray(tool_calls) ? tool_calls.filter(isJsonObject) : [];
  return [
    ...strings(content, refusal, reasoning_content ?? reasoning),
    ...toolCalls.flatMap((call) => [...calledParts(call["function"]), ...calledParts(call["custom"])]),
    ...calledParts(function_call),
    ...(isJsonObject(audio) ? strings(audio["transcript"]) : []),
  ];
}

function calledParts(called: JsonValue | undefined): readonly string[] {
  return isJsonObject(called) ? strings(called["name"], called["arguments"], called["input"]) : [];
}

/** Sound comes as base64 in a `delta` of its own, and is no text. */
function eventParts({ type, delta, item }: JsonObject): readonly string[] {
  if (type === "response.output_item.added") return isJsonObject(item) ? strings(item["name"]) : [];
  return typeof type === "string" && type.endsWith("audio.delta") ? [] : strings(delta);
}

function strings(...values: readonly (JsonValue | undefined)[]): readonly string[] {
  return values.filter((value) => typeof value === "string");
}
