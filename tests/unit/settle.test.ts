/** What is not known, or not believed, of a call is null in its row and no part of any sum. */

import { describe, expect, test } from "vitest";
import { loadConfiguration } from "../../src/app/load-world.ts";
import { readSettings } from "../../src/app/settings.ts";
import type { SettledCall } from "../../src/domain/ledger.ts";
import { NO_USAGE, type Usage } from "../../src/domain/usage.ts";
import { settle, type Effect } from "../../src/pipeline/settle.ts";

const { world } = loadConfiguration(readSettings({}, {}));

function settled(usage: Partial<Usage>, effect: Partial<Effect> = {}): SettledCall {
  return settle(
    world,
    {
      requestId: "req_1",
      agreement: "2026-02-27",
      digest: "d".repeat(64),
      facts: {},
      evidence: {},
      partner: { id: "direct", seller: "openai" },
      operation: "chat.completions.create",
      workload: "stateless",
      billable: true,
      model: "gpt-5.4",
      priceKey: "gpt-5.4",
      clauses: ["C1"],
      money: { clauses: [], versions: [], caps: [] },
    },
    {
      deployment: { id: "azure/eastus2", provider: "azure", region: "eastus2" },
      outcome: "ok",
      httpStatus: 200,
      usage: { ...NO_USAGE, source: "reported", ...usage },
      usageFault: null,
      modelServed: null,
      streamed: false,
      attempts: 1,
      stateChanges: [],
      pendingJob: null,
      mayHaveRun: true,
      recordedAtMs: 0,
      ...effect,
    },
    "answer",
  );
}

const TIERS = { requestedTier: "auto", serviceTier: "default" } as const;
const NOT_BELIEVED: Usage = { ...NO_USAGE, ...TIERS, source: "reported" };

describe("a disputed report", () => {
  test("leaves no count in the row, and its reason and tiers", () => {
    const usage = { inputTokens: 10, cachedInputTokens: 11, outputTokens: 5, reasoningTokens: 1, ...TIERS };
    const call = settled(usage, { usageFault: "cached and cache-write tokens exceed input tokens" });
    expect(call.usage).toEqual(NOT_BELIEVED);
    expect(call.charge).toEqual({
      kind: "unpriced",
      reason: "disputed: cached and cache-write tokens exceed input tokens",
    });
  });

  test("that only its price gives away leaves none either", () => {
    const call = settled({ inputTokens: Number.MAX_SAFE_INTEGER, outputTokens: 0, ...TIERS });
    expect(call.usage).toEqual(NOT_BELIEVED);
    expect(call.charge).toMatchObject({ kind: "unpriced", reason: expect.stringContaining("disputed") });
  });
});

test("counts of a call without a price are known all the same", () => {
  const call = settled({ inputTokens: 10, outputTokens: 5, serviceTier: "platinum" });
  expect(call.charge.kind).toBe("unpriced");
  expect(call.usage).toMatchObject({ inputTokens: 10, outputTokens: 5 });
});
