/**
 * The one place where a report of tokens is checked and taken apart: into buckets that do not overlap, so that no token is
 * priced twice. A report that cannot be true is named, never mended: nothing is clamped and nothing is guessed.
 */

import type { JsonValue } from "./json.ts";
import { NO_USAGE, type Usage } from "./usage.ts";

/** Disjoint parts of a call's tokens; null where the report does not tell. Reasoning is a part of `output` and no bucket. */
export interface Buckets {
  /** Input that the report does not name as read from or written to the cache. */
  readonly freshInput: number | null;
  readonly cachedInput: number | null;
  readonly cacheWrite: number | null;
  readonly output: number | null;
}

const COUNTS = {
  inputTokens: "input tokens",
  cachedInputTokens: "cached input tokens",
  cacheWriteTokens: "cache-write tokens",
  outputTokens: "output tokens",
  reasoningTokens: "reasoning tokens",
  trainedTokens: "trained tokens",
} as const;

type CountField = keyof typeof COUNTS;
type CountName = (typeof COUNTS)[CountField] | "total tokens";

/** Why a report cannot be true: a closed set of sentences without figures. */
export type UsageFault =
  | `negative ${CountName}`
  | `${CountName} are no whole number`
  | `${CountName} above 2^53-1`
  | "cached and cache-write tokens exceed input tokens"
  | "reasoning tokens exceed output tokens"
  | "input and output tokens do not sum to the reported total"
  | "usage is no object"
  | "details of input tokens are no object"
  | "details of output tokens are no object";

/** Counts as a report gives them, of any JSON type; absent or null where it is silent. */
export type RawCounts = Readonly<Partial<Record<CountField | "totalTokens", JsonValue | undefined>>>;

/** A report as read: counts that cannot be are null in `usage`, and `fault` says what is wrong with them. */
export interface UsageReading {
  readonly usage: Usage;
  readonly fault: UsageFault | null;
}

/** Nothing was reported. */
export const NOTHING_REPORTED: UsageReading = { usage: NO_USAGE, fault: null };

/**
 * Reads the counts of a report; an explicit 0 stays 0, silence is null. The first thing that is wrong is the fault, ahead of
 * all `shapeFault`: what is wrong with the object that the counts stand in.
 */
export function readReport(
  raw: RawCounts,
  serviceTier: string | null,
  shapeFault: UsageFault | null = null,
): UsageReading {
  const faults: UsageFault[] = shapeFault === null ? [] : [shapeFault];
  const read = (value: JsonValue | undefined, name: CountName): number | null => {
    if (value === undefined || value === null) return null;
    const fault = faultOfCount(value, name);
    // Adding 0 makes -0, which JSON can say and no column holds, the zero that it means.
    if (fault === null) return (value as number) + 0;
    faults.push(fault);
    return null;
  };
  const counts = Object.fromEntries(
    (Object.keys(COUNTS) as CountField[]).map((field) => [field, read(raw[field], COUNTS[field])]),
  ) as Record<CountField, number | null>;
  const total = read(raw.totalTokens, "total tokens");
  const usage: Usage = { ...NO_USAGE, ...counts, source: "reported", serviceTier };
  const { inputTokens, outputTokens } = counts;
  if (
    total !== null &&
    inputTokens !== null &&
    outputTokens !== null &&
    inputTokens + outputTokens !== total
  ) {
    faults.push("input and output tokens do not sum to the reported total");
  }
  return { usage, fault: faults[0] ?? findFault(usage) };
}

/**
 * Takes a report apart, or says why it cannot be true. What the buckets of the input hold sums to `inputTokens`, and
 * `output` is `outputTokens`; a bucket is null exactly where the report is silent. Where the input is unknown, so is what
 * of it is fresh.
 */
export function bucketsOf(usage: Usage): Buckets | UsageFault {
  const fault = findFault(usage);
  if (fault !== null) return fault;
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens } = usage;
  return {
    freshInput: inputTokens === null ? null : inputTokens - partsOf(usage),
    cachedInput: cachedInputTokens,
    cacheWrite: cacheWriteTokens,
    output: outputTokens,
  };
}

function findFault(usage: Usage): UsageFault | null {
  for (const field of Object.keys(COUNTS) as CountField[]) {
    const count = usage[field];
    const fault = count === null ? null : faultOfCount(count, COUNTS[field]);
    if (fault !== null) return fault;
  }
  const { inputTokens, outputTokens, reasoningTokens } = usage;
  if (inputTokens !== null && partsOf(usage) > inputTokens) {
    return "cached and cache-write tokens exceed input tokens";
  }
  if (outputTokens !== null && reasoningTokens !== null && reasoningTokens > outputTokens) {
    return "reasoning tokens exceed output tokens";
  }
  return null;
}

/** What of the input the report names as discounted or written; what it does not name is part of the fresh input. */
function partsOf({ cachedInputTokens, cacheWriteTokens }: Usage): number {
  return (cachedInputTokens ?? 0) + (cacheWriteTokens ?? 0);
}

function faultOfCount(value: JsonValue, name: CountName): UsageFault | null {
  if (typeof value !== "number" || !Number.isInteger(value)) return `${name} are no whole number`;
  if (value < 0) return `negative ${name}`;
  return Number.isSafeInteger(value) ? null : `${name} above 2^53-1`;
}
