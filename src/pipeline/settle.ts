/** After the effect: what a call used, what that costs, and who gets which part. Pure. */

import type { OperationId } from "../classification/operations.ts";
import type { CallFacts, ClauseId, Deployment, PartyId, WorkloadClass } from "../domain/call.ts";
import type { Partner } from "../domain/catalogue.ts";
import type { Charge, PendingJob, SettledCall } from "../domain/ledger.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { StateChange } from "../domain/state.ts";
import type { Ppm } from "../domain/units.ts";
import type { Usage } from "../domain/usage.ts";
import { accrue } from "../ledger/accrue.ts";
import { chargeFor } from "../pricing/charge.ts";
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
  readonly moneyClauses: readonly ClauseId[];
  readonly sharePpm: Readonly<Record<PartyId, Ppm>>;
}

/** What came of the effect. */
export interface Effect {
  readonly deployment: Deployment;
  readonly outcome: Outcome;
  readonly httpStatus: number;
  readonly usage: Usage;
  readonly modelServed: string | null;
  readonly streamed: boolean;
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
  return {
    requestId: terms.requestId,
    phase,
    effectiveAt: world.contractDate,
    recordedAtMs: effect.recordedAtMs,
    partner: terms.partner.id,
    seller: terms.partner.seller,
    operation: terms.operation,
    workload: terms.workload,
    model: terms.model,
    modelServed: effect.modelServed,
    provider: effect.deployment.provider,
    region: effect.deployment.region,
    clauses: terms.clauses,
    agreement: terms.agreement,
    digest: terms.digest,
    facts: terms.facts,
    evidence: terms.evidence,
    outcome: effect.outcome,
    httpStatus: effect.httpStatus,
    streamed: effect.streamed,
    usage: effect.usage,
    charge,
    transaction: accrue({
      requestId: terms.requestId,
      charge,
      sharePpm: terms.sharePpm,
      moneyClauses: terms.moneyClauses,
      seller: terms.partner.seller,
      partner: terms.partner.id,
    }),
    stateChanges: effect.stateChanges,
    pendingJob: effect.pendingJob && {
      ...effect.pendingJob,
      moneyClauses: terms.moneyClauses,
      sharePpm: terms.sharePpm,
    },
  };
}

/**
 * A call that the upstream refused or never saw costs nothing. One that was answered without usage, or that may have run and
 * whose answer was lost, is unpriced: visible in the statement, neither guessed nor zero.
 */
function chargeOf(world: World, terms: Terms, effect: Effect): Charge {
  const nothingRan = effect.usage.source === "none" && effect.outcome !== "ok" && !effect.mayHaveRun;
  if (!terms.billable || nothingRan || effect.pendingJob !== null) return { kind: "free" };
  return chargeFor(world.prices, {
    priceKey: terms.priceKey ?? "",
    usage: effect.usage,
    effectiveAt: world.contractDate,
    batch: terms.workload === "batch",
  });
}
