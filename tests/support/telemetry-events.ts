/** Builders of telemetry events: a routed call, with whatever a test wants different. */

import type { CallFinished } from "../../src/telemetry/call-finished.ts";
import { createTelemetry } from "../../src/telemetry/telemetry.ts";
import type { Telemetry, TelemetryOptions } from "../../src/telemetry/telemetry.ts";
import type { Posting, SettledCall } from "../../src/domain/ledger.ts";
import { picoUsd } from "../../src/domain/units.ts";
import { USUAL_LEGS } from "./settled-call.ts";

export const AGREEMENT = "2026-02-27";

/** Telemetry with small closed label sets and no runtime metrics, unless asked for. */
export function makeTelemetry(options: Partial<TelemetryOptions> = {}): Telemetry {
  return createTelemetry({
    agreement: { id: AGREEMENT, version: "1", digest: "d".repeat(64) },
    labels: {
      agreements: [AGREEMENT],
      clauses: ["C1", "C3", "C11"],
      providers: ["azure", "aws", "stargate"],
      models: ["gpt-5.4", "gpt-5.4-mini"],
      upstreams: ["azure/eastus2", "azure/swedencentral", "aws/us-east-1", "stargate/abilene"],
      partners: ["amazon", "direct", "first-party"],
      parties: ["openai", "microsoft", "amazon", "customer"],
      widenings: ["background"],
    },
    build: { version: "0.1.0", revision: null },
    contractDate: "2026-03-31",
    overdueReviews: 0,
    loadedAtMs: Date.UTC(2026, 10, 1),
    moneyBefore: new Map(),
    runtimeMetrics: false,
    ...options,
  });
}

/** A stateless chat call by the direct seller, served well on Azure. */
export function finishedCall(changes: Partial<CallFinished> = {}): CallFinished {
  return {
    requestId: "req_1",
    agreement: AGREEMENT,
    digest: "d".repeat(64),
    partner: "direct",
    operation: "chat.completions.create",
    workload: "stateless",
    clause: "C1",
    clauses: ["C1", "C3"],
    provider: "azure",
    region: "eastus2",
    deployment: "azure/eastus2",
    model: "gpt-5.4",
    decision: "route",
    allowedProviders: ["azure"],
    refusal: null,
    widening: null,
    outcome: "ok",
    httpStatus: 200,
    streamed: true,
    durationMs: 120,
    phasesMs: { parse: 0.2, decide: 0.05, proxy: 0.3, meter: 0.4 },
    timeToFirstTokenMs: 40,
    attempts: 1,
    upstreamMs: 118,
    upstreamError: null,
    strippedHeaders: 0,
    settled: null,
    ...changes,
  };
}

/** The settlement of such a call: `totalPicoUsd` charged, `sharePicoUsd` of it to Microsoft under C11. */
export function settledCall(
  totalPicoUsd: bigint,
  sharePicoUsd: bigint,
  changes: Partial<SettledCall> = {},
): SettledCall {
  return {
    requestId: "req_1",
    phase: "answer",
    effectiveAt: "2026-03-31",
    recordedAtMs: 1,
    partner: "direct",
    seller: "openai",
    operation: "chat.completions.create",
    workload: "stateless",
    model: "gpt-5.4",
    modelServed: "gpt-5.4",
    provider: "azure",
    region: "eastus2",
    clauses: ["C1", "C3"],
    agreement: AGREEMENT,
    digest: "d".repeat(64),
    facts: { workload: "stateless", family: "openai" },
    evidence: { job: "inference", api: "chat" },
    outcome: "ok",
    httpStatus: 200,
    streamed: true,
    attempts: 1,
    usage: {
      inputTokens: 1_000,
      cachedInputTokens: 200,
      cacheWriteTokens: 0,
      outputTokens: 100,
      reasoningTokens: 30,
      trainedTokens: null,
      source: "reported",
      requestedTier: null,
      serviceTier: "default",
    },
    charge: {
      kind: "rated",
      lines: [
        {
          unit: "output",
          quantity: 1n,
          unitPricePicoUsd: picoUsd(totalPicoUsd),
          amountPicoUsd: picoUsd(totalPicoUsd),
        },
      ],
      totalPicoUsd: picoUsd(totalPicoUsd),
      priceVersion: "gpt-5.4@2026-03-05",
      assumed: false,
    },
    money: { legs: USUAL_LEGS, caps: [], hosting: null },
    transactions: [
      {
        kind: "accrue",
        postings: [
          posting("recv:openai:direct", "openai", totalPicoUsd, "none"),
          posting("share:C11:microsoft", "microsoft", -sharePicoUsd, "C11"),
          posting("retained:openai:direct", "openai", sharePicoUsd - totalPicoUsd, "none"),
        ],
      },
      {
        kind: "host",
        postings: [
          posting("hosting:openai:azure", "openai", sharePicoUsd, "none"),
          posting("fee:azure:microsoft", "microsoft", -sharePicoUsd, "none"),
        ],
      },
    ],
    stateChanges: [],
    pendingJob: null,
    ...changes,
  };
}

function posting(account: string, party: string, amount: bigint, clause: string): Posting {
  return {
    account,
    party,
    clause,
    amount: picoUsd(amount),
  };
}
