/** Usage objects of the OpenAI family of APIs, read into one shape; unknown stays null, never zero. */

import { NOTHING_REPORTED, readReport, type UsageFault, type UsageReading } from "../../domain/buckets.ts";
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
  const inputDetails = usage["prompt_tokens_details"] ?? usage["input_tokens_details"] ?? null;
  const outputDetails = usage["completion_tokens_details"] ?? usage["output_tokens_details"] ?? null;
  const embeddings = reply["object"] === "list";
  return readReport(
    {
      inputTokens: usage["prompt_tokens"] ?? usage["input_tokens"],
      cachedInputTokens: memberOf(inputDetails, "cached_tokens"),
      cacheWriteTokens: memberOf(inputDetails, "cache_write_tokens"),
      outputTokens: embeddings ? 0 : (usage["completion_tokens"] ?? usage["output_tokens"]),
      reasoningTokens: memberOf(outputDetails, "reasoning_tokens"),
      totalTokens: usage["total_tokens"],
    },
    serviceTier,
    faultOfDetails(inputDetails, outputDetails),
  );
}

/** Details that cannot be read may have named a discount: without them the price is not known. */
function faultOfDetails(inputDetails: JsonValue, outputDetails: JsonValue): UsageFault | null {
  if (inputDetails !== null && !isJsonObject(inputDetails)) return "details of input tokens are no object";
  if (outputDetails !== null && !isJsonObject(outputDetails)) return "details of output tokens are no object";
  return null;
}

function memberOf(details: JsonValue, name: string): JsonValue | undefined {
  return isJsonObject(details) ? details[name] : undefined;
}

/** Whether an answer, or an event of its stream, has anything to say about usage, readable or not. */
export function reportsUsage(reply: JsonObject): boolean {
  return (reply["usage"] ?? null) !== null;
}

/** Reads `trained_tokens` of a fine-tuning job that has ended; nothing is reported while it is unknown. */
export function readTrainingUsage(job: JsonObject): UsageReading {
  const trainedTokens = job["trained_tokens"];
  if (trainedTokens === undefined || trainedTokens === null) return NOTHING_REPORTED;
  return readReport({ trainedTokens }, null);
}

/**
 * The tier that an answer, or an event of its stream, says it was served by; null where it does not say. What it says that can
 * be no tier's name is `other`, which has no price: passing it over would charge the call by default.
 */
export function servedTierOf(reply: JsonObject): string | null {
  const tier = reply["service_tier"];
  if (tier === undefined || tier === null) return null;
  return typeof tier === "string" ? tierName(tier) : "other";
}

/** No tier is named longer; who calls, and who answers, can write any text. */
const LONGEST_TIER = 64;

/** What names of tiers are made of. A ledger need not be able to hold anything else, and not every one can: a NUL, say. */
const TIER_NAME = /^[\w.-]+$/;

/**
 * The tier that a request asks for, such as `auto`; null where it asks for none. A longer text than any tier is cut, and one
 * that can be no tier's name is `other`.
 */
export function requestedTierOf(request: JsonObject): string | null {
  const tier = request["service_tier"];
  return typeof tier === "string" ? tierName(tier) : null;
}

function tierName(tier: string): string {
  const name = tier.slice(0, LONGEST_TIER);
  return TIER_NAME.test(name) ? name : "other";
}
