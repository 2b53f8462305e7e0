/** What a call consumed, as the upstream reported it. */

/** Who vouches for the counts: the upstream's report, our own count of what passed, an estimate, or nobody. */
type UsageSource = "reported" | "counted" | "estimated" | "none";

/**
 * Tokens of one call. Totals include their parts (`inputTokens` includes cached and cache-write tokens, `outputTokens`
 * includes reasoning); `buckets.ts` takes them apart. `null` means unknown, never zero. All are integers from 0 to 2^53-1.
 */
export interface Usage {
  readonly inputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly outputTokens: number | null;
  readonly reasoningTokens: number | null;
  /** Tokens a fine-tuning job trained on. */
  readonly trainedTokens: number | null;
  readonly source: UsageSource;
  /** The tier that the caller asked for, as it wrote it; null where it asked for none. Recorded, never priced by. */
  readonly requestedTier: string | null;
  /** The tier that served the call (`default`, `priority`, ...), as reported. */
  readonly serviceTier: string | null;
}

/** A call about which nothing is known, such as a management call. */
export const NO_USAGE: Usage = {
  inputTokens: null,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  trainedTokens: null,
  source: "none",
  requestedTier: null,
  serviceTier: null,
};
