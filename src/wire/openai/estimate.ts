/** An estimate of a call's usage where no report came: the client left, or the upstream broke off. Marked as such. */

import type { JsonObject, JsonValue } from "../../domain/json.ts";
import { NO_USAGE, type Usage } from "../../domain/usage.ts";

/** Loaded on the first estimate only: the vocabulary takes some 50 MB, and most gateways never need it. */
async function loadCounter(): Promise<(text: string) => number> {
  const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
  return (text) => countTokens(text, { disallowedSpecial: new Set() });
}

/**
 * Counts o200k tokens of the request's texts and of the answer text that passed so far. History that the server keeps is
 * not seen here, so for a session the input is a lower bound.
 */
export async function estimateUsage(request: JsonObject, answerText: string): Promise<Usage> {
  const count = await loadCounter();
  const texts = ["instructions", "messages", "input", "prompt"].flatMap((key) => textsOf(request[key]));
  return {
    ...NO_USAGE,
    inputTokens: texts.reduce((sum, text) => sum + count(text), 0),
    outputTokens: count(answerText),
    source: "estimated",
  };
}

/** Every `content`, `text` or bare string of messages and input items. */
function textsOf(value: JsonValue | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap(textsOf);
  if (typeof value !== "object" || value === null) return [];
  const item = value as JsonObject;
  return [...textsOf(item["content"]), ...(typeof item["text"] === "string" ? [item["text"]] : [])];
}

/** The visible text in the data of a chat or Responses stream event; empty for every other event. */
export function deltaText(data: string): string {
  try {
    const event = JSON.parse(data) as JsonObject;
    if (typeof event["delta"] === "string") return event["delta"];
    const choices = event["choices"];
    if (!Array.isArray(choices)) return "";
    return (choices as readonly JsonObject[])
      .map((choice) => (choice["delta"] as JsonObject | undefined)?.["content"])
      .filter((content): content is string => typeof content === "string")
      .join("");
  } catch {
    return "";
  }
}
