/** Usage and stop reasons as Converse words them. */

import { bucketsOf } from "../../domain/buckets.ts";
import type { JsonObject } from "../../domain/json.ts";
import { readUsage } from "../openai/usage.ts";

/**
 * Converse's `usage` of a chat completion (or of its usage chunk): `inputTokens` leaves out what was read from or written
 * to the cache, which chat's `prompt_tokens` includes; what the report does not tell is left out. Null when the counts are
 * not known or cannot be true; never a guess.
 */
export function converseUsageOf(reply: JsonObject): JsonObject | null {
  const { usage, fault } = readUsage(reply);
  const buckets = bucketsOf(usage);
  if (fault !== null || typeof buckets === "string") return null;
  const { inputTokens, outputTokens } = usage;
  const { freshInput, cachedInput, cacheWrite, output } = buckets;
  if (inputTokens === null || outputTokens === null) return null;
  return {
    inputTokens: freshInput,
    outputTokens: output,
    totalTokens: inputTokens + outputTokens,
    ...(cachedInput === null ? {} : { cacheReadInputTokens: cachedInput }),
    ...(cacheWrite === null ? {} : { cacheWriteInputTokens: cacheWrite }),
  };
}

/** Chat's `finish_reason` as a `stopReason`. Chat does not tell a stop sequence from a natural end, so both are `end_turn`. */
export function stopReasonOf(finishReason: string): string {
  switch (finishReason) {
    case "stop":
      return "end_turn";
    case "length":
      return "max_tokens";
    case "tool_calls":
      return "tool_use";
    case "content_filter":
      return "content_filtered";
    default:
      return "malformed_model_output";
  }
}
