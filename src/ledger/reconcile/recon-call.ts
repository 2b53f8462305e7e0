/** A settled call as a reconciliation keeps it: a ledger may hold a million. */

import type { SettledCall } from "../../domain/ledger.ts";
import { picoUsd, type PicoUsd } from "../../domain/units.ts";
import type { BookedCall } from "../booked-call.ts";
import type { Period } from "../period.ts";

export interface ReconCall extends Pick<
  SettledCall,
  | "requestId"
  | "phase"
  | "effectiveAt"
  | "operation"
  | "workload"
  | "model"
  | "provider"
  | "region"
  | "agreement"
  | "digest"
  | "facts"
  | "usage"
> {
  readonly seq: bigint;
  readonly period: Period;
  readonly charge: SettledCall["charge"]["kind"];
  /** Zero unless rated. */
  readonly chargedPicoUsd: PicoUsd;
  /** Whether the provider must have counted it: it was charged, or its use is not known, or it was answered from there. */
  readonly expected: boolean;
  /** The job that it started, or null. */
  readonly jobId: string | null;
}

/** Returns what a reconciliation needs of a booked call. */
export function reconCallOf({ seq, period, call }: BookedCall): ReconCall {
  const { charge, attempts, outcome, pendingJob } = call;
  const chargedPicoUsd = charge.kind === "rated" ? charge.totalPicoUsd : picoUsd(0n);
  return {
    seq,
    period,
    requestId: call.requestId,
    phase: call.phase,
    effectiveAt: call.effectiveAt,
    operation: call.operation,
    workload: call.workload,
    model: call.model,
    provider: call.provider,
    region: call.region,
    agreement: call.agreement,
    digest: call.digest,
    facts: call.facts,
    usage: call.usage,
    charge: charge.kind,
    chargedPicoUsd,
    expected: chargedPicoUsd > 0n || charge.kind === "unpriced" || (attempts > 0 && outcome === "ok"),
    jobId: pendingJob?.id ?? null,
  };
}
