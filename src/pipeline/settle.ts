/** After the effect: what a call used, what that costs, and who gets which part. Pure. */

import type { OperationId } from "../classification/operations.ts";
import type { BatchRequests } from "../domain/batch-requests.ts";
import type { UsageFault } from "../domain/buckets.ts";
import type { CallFacts, ClauseId, Deployment, PartyId, WorkloadClass } from "../domain/call.ts";
import type { Partner, Zone } from "../domain/catalogue.ts";
import type { CallMoney, Charge, PendingJob, SettledCall } from "../domain/ledger.ts";
import type { HostingTerms, MoneyTerms } from "../domain/money.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { StateChange } from "../domain/state.ts";
import { NO_USAGE, type Usage } from "../domain/usage.ts";
import { legsOn } from "../ledger/money-terms.ts";
import { postCall } from "../ledger/post-call.ts";
import { chargeFor } from "../pricing/charge.ts";
import { isDisputed } from "../pricing/unpriced.ts";
import type { World } from "./world.ts";

/** What the decision fixed; a completion that comes hours later is settled under the same terms. */
export interface Terms {
  readonly requestId: string;
  /** The regime whose clauses these are, and the digest that they were decided under. */
  readonly agreement: string;
  readonly digest: string;
  readonly facts: CallFacts;
  readonly evidence: CallFacts;
  readonly partner: Pick<Partner, "id" | "seller">;
  readonly operation: OperationId;
  readonly workload: WorkloadClass;
  /** Whether a model runs; a call that runs none is free. */
  readonly billable: boolean;
  readonly model: string | null;
  readonly priceKey: string | null;
  readonly clauses: readonly ClauseId[];
  readonly money: MoneyTerms;
}

/** What came of the effect. */
export interface Effect {
  readonly deployment: Deployment;
  readonly outcome: Outcome;
  readonly httpStatus: number;
  readonly usage: Usage;
  /** Why its report cannot be true; null where it can. */
  readonly usageFault: UsageFault | null;
  /** What each request of a batch used; absent for all else, and where nobody looked. */
  readonly requests?: BatchRequests;
  readonly modelServed: string | null;
  readonly streamed: boolean;
  /** How often it was sent upstream, from 0. */
  readonly attempts: number;
  readonly stateChanges: readonly StateChange[];
  readonly pendingJob: PendingJob | null;
  /** The upstream had the call and did not refuse it, so it may have run, whatever became of its answer. */
  readonly mayHaveRun: boolean;
  readonly recordedAtMs: number;
}

/**
 * The final word on one call: priced in `world`, split by `terms`, balanced. A call whose job is still running is free until it
 * completes.
 */
export function settle(world: World, terms: Terms, effect: Effect, phase: SettledCall["phase"]): SettledCall {
  const charge = chargeOf(world, terms, effect);
  const money = moneyOf(world, terms, effect, charge);
  const { id: partner, seller } = terms.partner;
  const { provider, region } = effect.deployment;
  return {
    requestId: terms.requestId,
    phase,
    effectiveAt: world.contractDate,
    recordedAtMs: effect.recordedAtMs,
    partner,
    seller,
    operation: terms.operation,
    workload: terms.workload,
    model: terms.model,
    modelServed: effect.modelServed,
    provider,
    region,
    clauses: terms.clauses,
    agreement: terms.agreement,
    digest: terms.digest,
    facts: terms.facts,
    evidence: terms.evidence,
    outcome: effect.outcome,
    httpStatus: effect.httpStatus,
    streamed: effect.streamed,
    attempts: effect.attempts,
    usage: isDisputed(charge) ? withoutCounts(effect.usage) : effect.usage,
    charge,
    money,
    transactions: postCall({ money, charge, seller, partner, provider }),
    stateChanges: effect.stateChanges,
    pendingJob: effect.pendingJob && { ...effect.pendingJob, money: terms.money },
  };
}

/** Counts that are not believed are unknown: one row of 2^53 tokens would drown every sum that it is part of. */
function withoutCounts({ source, requestedTier, serviceTier }: Usage): Usage {
  return { ...NO_USAGE, source, requestedTier, serviceTier };
}

/** The terms of a call that money moves for; null for all others. */
function moneyOf(
  world: World,
  { money, partner }: Terms,
  { deployment }: Effect,
  charge: Charge,
): CallMoney | null {
  if (charge.kind !== "rated" || charge.totalPicoUsd === 0n) return null;
  return {
    legs: legsOn(money, world.contractDate),
    caps: money.caps,
    hosting: hostingOf(world, partner.seller, deployment),
  };
}

/** Whoever serves its own sales on its own cloud is paid by nobody for it. */
function hostingOf(world: World, seller: PartyId, { provider }: Deployment): HostingTerms | null {
  const terms = world.providers.get(provider)?.hosting ?? null;
  return terms === null || terms.payee === seller ? null : terms;
}

/**
 * A call that the upstream refused or never saw costs nothing. One that was answered without usage, or that may have run and
 * whose answer was lost, is unpriced: visible in the statement, neither guessed nor zero.
 */
function chargeOf(world: World, terms: Terms, effect: Effect): Charge {
  const nothingRan = effect.usage.source === "none" && effect.outcome !== "ok" && !effect.mayHaveRun;
  if (!terms.billable || nothingRan || effect.pendingJob !== null) return { kind: "free" };
  return chargeFor(world.prices, {
    priceKey: terms.priceKey,
    modelName: terms.model ?? effect.modelServed,
    usage: effect.usage,
    usageFault: effect.usageFault,
    effectiveAt: world.contractDate,
    batch: terms.workload === "batch",
    ...(effect.requests === undefined ? {} : { requests: effect.requests }),
    zone: zoneOf(world, effect.deployment),
  });
}

/** Where the deployment may process a call, which a price can depend on. */
function zoneOf(world: World, { provider, region }: Deployment): Zone {
  const regions = world.providers.get(provider)?.regions ?? [];
  return regions.find((each) => each.region === region)?.zone ?? "global";
}
