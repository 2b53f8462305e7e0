/** Usage and stop reasons as Converse words them. */

import type { JsonObject } from "../../domain/json.ts";
import { readUsage } from "../openai/usage.ts";

/**
 * Converse's `usage` of a chat completion (or of its usage chunk): `inputTokens` leaves out what was read from or written
 * to the cache, which chat's `prompt_tokens` includes. Null when the counts are not known; never a guess.
 */
export function converseUsageOf(reply: JsonObject): JsonObject | null {
  const usage = readUsage(reply);
  if (usage.inputTokens === null || usage.outputTokens === null) return null;
  const read = usage.cachedInputTokens ?? 0;
  const written = usage.cacheWriteTokens ?? 0;
  return {
    inputTokens: usage.inputTokens - read - written,
    outputTokens: usage.outputTokens,
    totalTokens: usage.inputTokens + usage.outputTokens,
    cacheReadInputTokens: read,
    cacheWriteInputTokens: written,
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
