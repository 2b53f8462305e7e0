/** Whether reported counts can be true. An impossible report is never charged: it is shown as disputed. */

import type { Usage } from "../domain/usage.ts";

const COUNTS = [
  ["inputTokens", "input tokens"],
  ["cachedInputTokens", "cached input tokens"],
  ["cacheWriteTokens", "cache-write tokens"],
  ["outputTokens", "output tokens"],
  ["reasoningTokens", "reasoning tokens"],
  ["trainedTokens", "trained tokens"],
] as const;

/** Says what is impossible about the counts, in a fixed set of sentences without figures; null when nothing is. */
export function findImpossibleUsage(usage: Usage): string | null {
  for (const [field, name] of COUNTS) {
    const count = usage[field];
    if (count === null) continue;
    if (count < 0) return `negative ${name}`;
    if (!Number.isSafeInteger(count)) return `${name} are no whole number up to 2^53-1`;
  }
  const { inputTokens, outputTokens, reasoningTokens } = usage;
  const parts = (usage.cachedInputTokens ?? 0) + (usage.cacheWriteTokens ?? 0);
  if (inputTokens !== null && parts > inputTokens) return "cached and cache-write tokens exceed input tokens";
  if (outputTokens !== null && (reasoningTokens ?? 0) > outputTokens)
    return "reasoning tokens exceed output tokens";
  return null;
}
