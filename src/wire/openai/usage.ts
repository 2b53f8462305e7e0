/** Usage objects of the OpenAI family of APIs, read into one shape; unknown stays null, never zero. */

import { isJsonObject, type JsonObject, type JsonValue } from "../../domain/json.ts";
import { NO_USAGE, type Usage } from "../../domain/usage.ts";

/**
 * Reads `usage` of a chat completion, legacy completion, embeddings reply, response or batch (api shapes: OpenAI reference,
 * "usage"). Returns NO_USAGE when there is none. A count that is not an integer from 0 to 2^53-1 becomes null, which prices
 * as unknown and shows in the statement; it is never guessed.
 */
export function readUsage(reply: JsonObject): Usage {
  const usage = asObject(reply["usage"]);
  if (!usage) return NO_USAGE;
  const inputDetails = asObject(usage["prompt_tokens_details"] ?? usage["input_tokens_details"]);
  const outputDetails = asObject(usage["completion_tokens_details"] ?? usage["output_tokens_details"]);
  const embeddings = reply["object"] === "list";
  return {
    inputTokens: readCount(usage["prompt_tokens"] ?? usage["input_tokens"]),
    cachedInputTokens: readCount(inputDetails?.["cached_tokens"]),
    cacheWriteTokens: readCount(inputDetails?.["cache_write_tokens"]),
    outputTokens: embeddings ? 0 : readCount(usage["completion_tokens"] ?? usage["output_tokens"]),
    reasoningTokens: readCount(outputDetails?.["reasoning_tokens"]),
    trainedTokens: null,
    source: "reported",
    serviceTier: typeof reply["service_tier"] === "string" ? reply["service_tier"] : null,
  };
}

/** Reads `trained_tokens` of a fine-tuning job that has ended; NO_USAGE while it is unknown. */
export function readTrainingUsage(job: JsonObject): Usage {
  const trainedTokens = readCount(job["trained_tokens"]);
  return trainedTokens === null ? NO_USAGE : { ...NO_USAGE, trainedTokens, source: "reported" };
}

function readCount(value: JsonValue | undefined): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function asObject(value: JsonValue | undefined): JsonObject | null {
  return isJsonObject(value) ? value : null;
}
