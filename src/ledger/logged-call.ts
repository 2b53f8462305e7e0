/** One call as the ledger remembers it: enough to explain it, and to decide it anew. */

import type { Charge, SettledCall } from "../domain/ledger.ts";
import type { PicoUsd } from "../domain/units.ts";

export interface LoggedCall {
  readonly requestId: string;
  readonly answer: LoggedRow;
  /** What the job that it started came to; null while it runs, and for calls that started none. */
  readonly completion: LoggedRow | null;
}

/** Facts and evidence are empty for a call that was recorded before they were kept. */
export interface LoggedRow extends Pick<
  SettledCall,
  | "effectiveAt"
  | "recordedAtMs"
  | "partner"
  | "seller"
  | "operation"
  | "workload"
  | "model"
  | "provider"
  | "region"
  | "clauses"
  | "agreement"
  | "digest"
  | "facts"
  | "evidence"
  | "outcome"
  | "httpStatus"
  | "streamed"
  | "usage"
> {
  readonly charge: {
    readonly kind: Charge["kind"];
    /** Null unless rated. */
    readonly totalPicoUsd: PicoUsd | null;
    /** Null unless rated. */
    readonly priceVersion: string | null;
  };
}

/** What such a row is made of. */
interface Loggable extends Omit<LoggedRow, "charge"> {
  readonly charge: Omit<Extract<Charge, { kind: "rated" }>, "lines"> | Exclude<Charge, { kind: "rated" }>;
}

/** What is remembered of one settlement. */
export function loggedRowOf(call: Loggable): LoggedRow {
  const { charge } = call;
  const rated = charge.kind === "rated" ? charge : null;
  return {
    effectiveAt: call.effectiveAt,
    recordedAtMs: call.recordedAtMs,
    partner: call.partner,
    seller: call.seller,
    operation: call.operation,
    workload: call.workload,
    model: call.model,
    provider: call.provider,
    region: call.region,
    clauses: call.clauses,
    agreement: call.agreement,
    digest: call.digest,
    facts: call.facts,
    evidence: call.evidence,
    outcome: call.outcome,
    httpStatus: call.httpStatus,
    streamed: call.streamed,
    usage: call.usage,
    charge: {
      kind: charge.kind,
      totalPicoUsd: rated ? rated.totalPicoUsd : null,
      priceVersion: rated ? rated.priceVersion : null,
    },
  };
}
