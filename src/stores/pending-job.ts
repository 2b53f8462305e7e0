/** What is followed of a job that is still running. */

import type { SettledCall } from "../domain/ledger.ts";
import type { Usage } from "../domain/usage.ts";
import type { PendingJobRow } from "./store.ts";

/** What such a row is made of. */
type StartedCall = Omit<PendingJobRow, "job" | "money" | "requestedTier"> &
  Pick<SettledCall, "phase" | "pendingJob"> & { readonly usage: Pick<Usage, "requestedTier"> };

/** The pending job of a call as a row; null when it leaves none. */
export function pendingRowOf(call: StartedCall): PendingJobRow | null {
  if (call.phase !== "answer" || call.pendingJob === null) return null;
  const { id, kind, money } = call.pendingJob;
  const { requestId, effectiveAt, recordedAtMs, partner, seller, operation, workload } = call;
  const { model, provider, region, clauses, agreement, digest, facts, evidence } = call;
  return {
    requestId,
    effectiveAt,
    recordedAtMs,
    partner,
    seller,
    operation,
    workload,
    model,
    provider,
    region,
    clauses,
    agreement,
    digest,
    facts,
    evidence,
    job: { id, kind },
    requestedTier: call.usage.requestedTier,
    money,
  };
}
