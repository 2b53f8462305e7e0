/** Dividing the tokens of a batch between its short and its long requests. */

import type { BatchRequests } from "../domain/batch-requests.ts";
import { bucketsOf } from "../domain/buckets.ts";
import { unpriced, type Unpriced } from "./unpriced.ts";

/** Tokens by what they are priced as; what no report names there is none of. */
export interface TokenParts {
  readonly freshInput: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  readonly output: number;
}

/** They sum to what the batch used. */
export interface DividedTokens {
  /** Of requests that are short context, each by itself. */
  readonly short: TokenParts;
  readonly long: TokenParts;
}

const NO_TOKENS: TokenParts = { freshInput: 0, cachedInput: 0, cacheWrite: 0, output: 0 };

/**
 * What the short requests used and what the long ones did; they sum to `total`, part by part. Where that cannot be told for
 * sure the charge is `unpriced`: a sum that is off by one token may be so by a request of any length.
 */
export function divideBatch(
  total: TokenParts,
  requests: BatchRequests,
  isLong: (inputTokens: number) => boolean,
): DividedTokens | Unpriced {
  if (typeof requests === "string") return unpriced("batch_requests_unknown", `: ${requests}`);
  let [short, long] = [NO_TOKENS, NO_TOKENS];
  for (const usage of requests) {
    const buckets = bucketsOf(usage);
    if (typeof buckets === "string") {
      return unpriced("usage_disputed", `: ${buckets} in a request of the batch`);
    }
    const { freshInput, cachedInput, cacheWrite, output } = buckets;
    if (usage.inputTokens === null || freshInput === null || output === null) {
      return unpriced("usage_unknown", " of a request of the batch");
    }
    const used = { freshInput, cachedInput: cachedInput ?? 0, cacheWrite: cacheWrite ?? 0, output };
    if (isLong(usage.inputTokens)) long = add(long, used);
    else short = add(short, used);
  }
  return isSame(add(short, long), total)
    ? { short, long }
    : unpriced("usage_disputed", ": the requests of the batch do not sum to what it reports");
}

function add(a: TokenParts, b: TokenParts): TokenParts {
  return {
    freshInput: a.freshInput + b.freshInput,
    cachedInput: a.cachedInput + b.cachedInput,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    output: a.output + b.output,
  };
}

/** Counts only grow, so one that went beyond what a double holds exactly cannot have come back to a total that it does hold. */
function isSame(a: TokenParts, b: TokenParts): boolean {
  return (
    a.freshInput === b.freshInput &&
    a.cachedInput === b.cachedInput &&
    a.cacheWrite === b.cacheWrite &&
    a.output === b.output
  );
}
