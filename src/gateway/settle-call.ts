/** Settling one call: the pure `settle`, then the durable commit. */

import type { OperationId } from "../classification/operations.ts";
import type { SettledCall } from "../domain/ledger.ts";
import { LedgerError } from "../stores/ledger-error.ts";
import { settle, type Effect, type Terms } from "../pipeline/settle.ts";
import type { Plan } from "../pipeline/plan.ts";
import type { Partner } from "../domain/catalogue.ts";
import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import { closeForOutage } from "./ledger-outage.ts";
import { tellDispute } from "./tell-dispute.ts";

/** The ledger could not make a call durable, so its answer must not be finished. */
export class SettlementError extends Error {
  override readonly name = "SettlementError";
}

/** Resolves when the call is durable, else rejects with SettlementError; a ledger that is lost closes the gateway to new calls until it answers. */
export async function settleCall(
  gateway: Gateway,
  call: Call,
  plan: Plan,
  effect: Omit<Effect, "recordedAtMs" | "attempts">,
): Promise<SettledCall> {
  const startedMs = gateway.clock.monotonicMs();
  const settled = settle(
    call.world,
    termsOf(call, plan),
    {
      ...effect,
      usage: { ...effect.usage, requestedTier: call.requestedTier },
      attempts: call.attempts,
      recordedAtMs: gateway.clock.nowMs(),
    },
    "answer",
  );
  tellDispute(gateway.logger, settled, effect.usage);
  gateway.notes.ended(call.requestId);
  try {
    await gateway.store.settle(settled);
  } catch (error) {
    // A store that cannot write takes no more calls; one that refuses this call's content still takes the others.
    const lost = error instanceof LedgerError && error.code === "LEDGER_UNAVAILABLE";
    if (lost) closeForOutage(gateway, error);
    // It ran, and is in no books: an orphan, also where a note went with the call, and was refused with it.
    if (call.note !== null) gateway.store.open(call.note);
    throw new SettlementError("the ledger did not commit the call", { cause: error });
  }
  call.meterMs = gateway.clock.monotonicMs() - startedMs;
  call.settled = settled;
  call.outcome = effect.outcome;
  call.httpStatus = effect.httpStatus;
  if (settled.pendingJob) gateway.jobs.wake();
  return settled;
}

function termsOf(call: Call, plan: Plan): Terms {
  return {
    requestId: call.requestId,
    agreement: call.world.agreement.regime,
    digest: call.world.digest,
    facts: plan.facts,
    evidence: plan.classification.evidence,
    partner: call.partner as Partner,
    operation: call.operation?.id as OperationId,
    workload: plan.classification.workload,
    billable: plan.classification.inference,
    model: call.model?.name ?? null,
    priceKey: call.model?.priceKey ?? null,
    clauses: plan.verdict.clauses,
    money: plan.verdict.money,
  };
}
