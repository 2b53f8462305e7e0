/** Reports of tokens, taken apart: nothing is counted twice, nothing is made up, and what cannot be true is named. */

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketsOf, readReport, type RawCounts } from "../../../src/domain/buckets.ts";
import { NO_USAGE, type Usage } from "../../../src/domain/usage.ts";

const MOST = Number.MAX_SAFE_INTEGER;

function bucketsFrom(usage: Partial<Usage>): ReturnType<typeof bucketsOf> {
  return bucketsOf({ ...NO_USAGE, source: "reported", ...usage });
}

describe("buckets", () => {
  it("take the cached and the written part out of the input, and leave reasoning in the output", () => {
    const usage = { inputTokens: 1_000, cachedInputTokens: 300, cacheWriteTokens: 100, outputTokens: 50 };
    expect(bucketsFrom({ ...usage, reasoningTokens: 40 })).toEqual({
      freshInput: 600,
      cachedInput: 300,
      cacheWrite: 100,
      output: 50,
    });
  });

  it("are null where the report is silent, and 0 where it says 0", () => {
    const silent = { freshInput: null, cachedInput: null, cacheWrite: null, output: null };
    expect(bucketsFrom({})).toEqual(silent);
    expect(bucketsFrom({ cachedInputTokens: 3 })).toEqual({ ...silent, cachedInput: 3 });
    expect(bucketsFrom({ inputTokens: 0, outputTokens: 0 })).toEqual({ ...silent, freshInput: 0, output: 0 });
    expect(bucketsFrom({ inputTokens: 5, cachedInputTokens: 0 })).toEqual({
      ...silent,
      freshInput: 5,
      cachedInput: 0,
    });
  });

  it.each<[Partial<Usage>, string]>([
    [{ inputTokens: 5, cachedInputTokens: 6 }, "cached and cache-write tokens exceed input tokens"],
    [
      { inputTokens: 5, cachedInputTokens: 3, cacheWriteTokens: 3 },
      "cached and cache-write tokens exceed input tokens",
    ],
    [
      { inputTokens: MOST, cachedInputTokens: MOST, cacheWriteTokens: 1 },
      "cached and cache-write tokens exceed input tokens",
    ],
    [{ outputTokens: 5, reasoningTokens: 6 }, "reasoning tokens exceed output tokens"],
    [{ inputTokens: -1 }, "negative input tokens"],
    [{ reasoningTokens: 0.5 }, "reasoning tokens are no whole number"],
    [{ cacheWriteTokens: Number.NaN }, "cache-write tokens are no whole number"],
    [{ trainedTokens: MOST + 1 }, "trained tokens above 2^53-1"],
  ])("of %j there are none, and why is told", (usage, fault) => {
    expect(bucketsFrom(usage)).toBe(fault);
  });
});

describe("a report", () => {
  it("is read as it stands; null and silence are the same", () => {
    const { usage, fault } = readReport({ inputTokens: 7, outputTokens: 0, reasoningTokens: null }, "flex");
    expect(fault).toBeNull();
    expect(usage).toEqual({
      ...NO_USAGE,
      inputTokens: 7,
      outputTokens: 0,
      source: "reported",
      serviceTier: "flex",
    });
  });

  it.each<[RawCounts, string]>([
    [{ inputTokens: "5" }, "input tokens are no whole number"],
    [{ inputTokens: true }, "input tokens are no whole number"],
    [{ inputTokens: [5] }, "input tokens are no whole number"],
    [{ inputTokens: 1.5 }, "input tokens are no whole number"],
    [{ outputTokens: -3 }, "negative output tokens"],
    [{ cachedInputTokens: 1e300 }, "cached input tokens above 2^53-1"],
    [{ inputTokens: 2 ** 53 }, "input tokens above 2^53-1"],
    [{ totalTokens: -1 }, "negative total tokens"],
    [
      { inputTokens: 5, outputTokens: 2, totalTokens: 8 },
      "input and output tokens do not sum to the reported total",
    ],
    [{ inputTokens: 5, cachedInputTokens: 6 }, "cached and cache-write tokens exceed input tokens"],
  ])("of %j is at fault", (raw, fault) => {
    expect(readReport(raw, null).fault).toBe(fault);
  });

  it("keeps what can be of a report that is at fault, so that it can be looked at", () => {
    const { usage } = readReport({ inputTokens: 5, outputTokens: -2 }, null);
    expect([usage.inputTokens, usage.outputTokens, usage.source]).toEqual([5, null, "reported"]);
  });

  it("takes -0 for the zero it means", () => {
    expect(Object.is(readReport({ inputTokens: -0 }, null).usage.inputTokens, 0)).toBe(true);
  });

  it("needs no total: one side alone is not compared", () => {
    expect(readReport({ inputTokens: 5, totalTokens: 9 }, null).fault).toBeNull();
  });
});

/** Anything that JSON can hold where a count should be, true counts being common. */
const count = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 50 }) },
  { weight: 2, arbitrary: fc.constantFrom(null, undefined) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.constantFrom(-1, 1.5, MOST, MOST + 1, 1e300, "7", true, ""),
      fc.maxSafeInteger(),
      fc.double({ noDefaultInfinity: true, noNaN: true }),
    ),
  },
);
const report = fc.record({
  inputTokens: count,
  cachedInputTokens: count,
  cacheWriteTokens: count,
  outputTokens: count,
  reasoningTokens: count,
  trainedTokens: count,
  totalTokens: count,
});

describe("laws of every report", () => {
  it("buckets are disjoint and sum to the totals; null is null and 0 is 0; the rest is at fault", () => {
    let [sound, faulty] = [0, 0];
    fc.assert(
      fc.property(report, (raw) => {
        const { usage, fault } = readReport(raw, null);
        const buckets = bucketsOf(usage);
        for (const field of [
          "inputTokens",
          "cachedInputTokens",
          "outputTokens",
          "reasoningTokens",
        ] as const) {
          const given = raw[field] ?? null;
          // A count is what was said, or is not there: never another number.
          expect(usage[field] === null || Object.is(usage[field], Number(given) + 0)).toBe(true);
          if (given === null) expect(usage[field]).toBeNull();
        }
        if (fault !== null || typeof buckets === "string") {
          faulty += 1;
          expect(fault).not.toBeNull();
          return;
        }
        sound += 1;
        const { freshInput, cachedInput, cacheWrite, output } = buckets;
        const parts = [freshInput, cachedInput, cacheWrite, output].filter((part) => part !== null);
        expect(parts.every((part) => Number.isSafeInteger(part) && part >= 0)).toBe(true);
        expect([cachedInput, cacheWrite]).toEqual([usage.cachedInputTokens, usage.cacheWriteTokens]);
        expect(output).toBe(usage.outputTokens);
        expect(freshInput === null).toBe(usage.inputTokens === null);
        if (freshInput !== null)
          expect(freshInput + (cachedInput ?? 0) + (cacheWrite ?? 0)).toBe(usage.inputTokens);
        if (usage.reasoningTokens !== null && output !== null)
          expect(usage.reasoningTokens <= output).toBe(true);
        const { totalTokens } = raw;
        if (typeof totalTokens === "number" && usage.inputTokens !== null && output !== null) {
          expect(usage.inputTokens + output).toBe(totalTokens);
        }
      }),
      { numRuns: 2_000 },
    );
    // The generator makes both kinds, or this proves nothing.
    expect(Math.min(sound, faulty)).toBeGreaterThan(100);
  });
});
