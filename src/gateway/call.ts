/** One call on its way through the gateway: what is known so far, filled step by step, told once at the end. */

import { randomUUID } from "node:crypto";
import type { Features } from "../classification/features.ts";
import type { Operation } from "../classification/operations.ts";
import type { Model, Partner, WireDialect } from "../domain/catalogue.ts";
import type { SettledCall } from "../domain/ledger.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Clock } from "../domain/ports.ts";
import type { RefusalCode } from "../domain/refusal.ts";
import type { OpenedCall } from "../ledger/booked-call.ts";
import type { Plan } from "../pipeline/plan.ts";
import type { World } from "../pipeline/world.ts";
import type { CallFinished } from "../telemetry/call-finished.ts";

export interface Call {
  readonly requestId: string;
  readonly startedMs: number;
  /** What was in force when the call came; all that is decided, priced and told of it goes by this. */
  readonly world: World;
  /** What the path speaks: the shape of errors, and which headers an answer carries. */
  dialect: WireDialect;
  partner: Partner | null;
  operation: Operation | null;
  subjectId: string | null;
  /** Where in the request target the API's own path begins. */
  pathStart: number;
  features: Features | null;
  model: Model | null;
  /** The service tier that the caller asked for; null where it asked for none. */
  requestedTier: string | null;
  plan: Plan | null;
  refusal: RefusalCode | null;
  refusedByAgreement: boolean;
  clause: string;
  deployment: string | null;
  outcome: Outcome;
  httpStatus: number;
  strippedHeaders: number;
  parseMs: number;
  decideMs: number;
  meterMs: number;
  upstreamMs: number | null;
  upstreamError: string | null;
  timeToFirstTokenMs: number | null;
  /** How often it was sent upstream. */
  attempts: number;
  /** Whether it was sent again after a reset, and so may have run twice. */
  resentAfterReset: boolean;
  /** What the ledger is to keep of it should it not be settled; null before it was to be sent. */
  note: OpenedCall | null;
  settled: SettledCall | null;
}

/** Returns a call of which nothing is known but when it came and what was in force then. */
export function openCall(clock: Clock, world: World): Call {
  return {
    requestId: `req_${randomUUID().replaceAll("-", "")}`,
    startedMs: clock.monotonicMs(),
    world,
    dialect: "openai",
    partner: null,
    operation: null,
    subjectId: null,
    pathStart: 0,
    features: null,
    model: null,
    requestedTier: null,
    plan: null,
    refusal: null,
    refusedByAgreement: false,
    clause: "none",
    deployment: null,
    outcome: "internal_error",
    httpStatus: 500,
    strippedHeaders: 0,
    parseMs: 0,
    decideMs: 0,
    meterMs: 0,
    upstreamMs: null,
    upstreamError: null,
    timeToFirstTokenMs: null,
    attempts: 0,
    resentAfterReset: false,
    note: null,
    settled: null,
  };
}

/** A non-negative integer that differs from call to call, for spreading over equal regions. */
export function spreadOf(call: Call): number {
  return Number.parseInt(call.requestId.slice(-6), 16);
}

/** What telemetry is told when the call has ended. */
export function finishedCall(call: Call, clock: Clock): CallFinished {
  const durationMs = clock.monotonicMs() - call.startedMs;
  const { plan } = call;
  const [provider, region] = (call.deployment ?? "/").split("/");
  const waitedMs = (call.upstreamMs ?? 0) + call.meterMs;
  return {
    requestId: call.requestId,
    agreement: call.world.agreement.regime,
    digest: call.world.digest,
    partner: call.partner?.id ?? null,
    operation: call.operation?.id ?? null,
    workload: plan?.classification.workload ?? null,
    clause: call.clause,
    clauses: plan?.verdict.clauses ?? [],
    provider: provider || null,
    region: region || null,
    deployment: call.deployment,
    model: call.model?.name ?? call.features?.model ?? null,
    decision: plan ? "route" : call.refusedByAgreement ? "deny" : null,
    ...(plan ? { allowedProviders: plan.verdict.providers } : {}),
    refusal: call.refusal,
    widening: plan?.classification.widening ?? null,
    outcome: call.outcome,
    httpStatus: call.httpStatus,
    streamed: call.features?.stream ?? false,
    durationMs,
    phasesMs: {
      parse: call.parseMs,
      decide: call.decideMs,
      proxy: Math.max(0, durationMs - waitedMs - call.parseMs - call.decideMs),
      meter: call.meterMs,
    },
    timeToFirstTokenMs: call.timeToFirstTokenMs,
    attempts: call.attempts,
    upstreamMs: call.upstreamMs,
    upstreamError: call.upstreamError,
    strippedHeaders: call.strippedHeaders,
    resentAfterReset: call.resentAfterReset,
    settled: call.settled,
  };
}
