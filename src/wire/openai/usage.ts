/** Usage objects of the OpenAI family of APIs, read into one shape; unknown stays null, never zero. */

import { NOTHING_REPORTED, readReport, type UsageReading } from "../../domain/buckets.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../domain/json.ts";
import { NO_USAGE } from "../../domain/usage.ts";

/**
 * Reads `usage` of a chat completion, legacy completion, embeddings reply, response or batch (api shapes: OpenAI reference,
 * "usage"; Azure has the same). Nothing is reported when there is none. A count that cannot be is null and has its fault,
 * which leaves the call unpriced and shows in the statement; it is never guessed.
 */
export function readUsage(reply: JsonObject): UsageReading {
  const usage = reply["usage"];
  if (usage === undefined || usage === null) return NOTHING_REPORTED;
  const serviceTier = servedTierOf(reply);
  if (!isJsonObject(usage)) {
    return { usage: { ...NO_USAGE, source: "reported", serviceTier }, fault: "usage is no object" };
  }
  const inputDetails = asObject(usage["prompt_tokens_details"] ?? usage["input_tokens_details"]);
  const outputDetails = asObject(usage["completion_tokens_details"] ?? usage["output_tokens_details"]);
  const embeddings = reply["object"] === "list";
  return readReport(
    {
      inputTokens: usage["prompt_tokens"] ?? usage["input_tokens"],
      cachedInputTokens: inputDetails?.["cached_tokens"],
      cacheWriteTokens: inputDetails?.["cache_write_tokens"],
      outputTokens: embeddings ? 0 : (usage["completion_tokens"] ?? usage["output_tokens"]),
      reasoningTokens: outputDetails?.["reasoning_tokens"],
      totalTokens: usage["total_tokens"],
    },
    serviceTier,
  );
}

/** Reads `trained_tokens` of a fine-tuning job that has ended; nothing is reported while it is unknown. */
export function readTrainingUsage(job: JsonObject): UsageReading {
  const trainedTokens = job["trained_tokens"];
  if (trainedTokens === undefined || trainedTokens === null) return NOTHING_REPORTED;
  return readReport({ trainedTokens }, null);
}

/** The tier that an answer, or an event of its stream, says it was served by; null where it does not say. */
export function servedTierOf(reply: JsonObject): string | null {
  const tier = reply["service_tier"];
  return typeof tier === "string" ? tier : null;
}

/** No tier is named longer; a caller can write any text. */
const LONGEST_TIER = 64;

/** What names of tiers are made of. A ledger need not be able to hold anything else, and not every one can: a NUL, say. */
const TIER_NAME = /^[\w.-]+$/;

/**
 * The tier that a request asks for, such as `auto`; null where it asks for none. A longer text than any tier is cut, and one
 * that can be no tier's name is `other`.
 */
export function requestedTierOf(request: JsonObject): string | null {
  const tier = request["service_tier"];
  if (typeof tier !== "string") return null;
  const name = tier.slice(0, LONGEST_TIER);
  return TIER_NAME.test(name) ? name : "other";
}

function asObject(value: JsonValue | undefined): JsonObject | null {
  return isJsonObject(value) ? value : null;
}
