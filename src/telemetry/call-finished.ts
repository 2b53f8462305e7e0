/** What is told when a call ends: one event feeds the counters and the log line together. */

import type { ClauseId, ProviderId, WorkloadClass } from "../domain/call.ts";
import type { SettledCall } from "../domain/ledger.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { RefusalCode } from "../domain/refusal.ts";

/** A finished call. Holds no credential, prompt or answer; strings that callers control are folded or masked. */
export interface CallFinished {
  readonly requestId: string;
  /** The regime in force when the call came. */
  readonly agreement: string;
  /** What it was decided by; 64 hex digits. */
  readonly digest: string;
  /** Null where the call ended before its credential was known. */
  readonly partner: string | null;
  /** Id of the API operation, such as `chat.completions.create`; null for an unknown path. */
  readonly operation: string | null;
  readonly workload: WorkloadClass | null;
  /** The deciding clause, or `none`. */
  readonly clause: ClauseId;
  readonly clauses: readonly ClauseId[];
  /** Who served the call; null when nobody did. */
  readonly provider: ProviderId | null;
  readonly region: string | null;
  /** `provider/region` of the deployment the call was sent to. */
  readonly deployment: string | null;
  /** As the caller wrote it: may be any text. */
  readonly model: string | null;
  /** Null when the call ended before a decision. */
  readonly decision: "route" | "deny" | null;
  /**
   * What the verdict allowed, for the check that the call was served inside it. Absent: no check is made. A denied call
   * allows nobody, whatever stands here.
   */
  readonly allowedProviders?: readonly ProviderId[];
  readonly refusal: RefusalCode | null;
  readonly widening: string | null;
  readonly outcome: Outcome;
  readonly httpStatus: number;
  readonly streamed: boolean;
  readonly durationMs: number;
  readonly phasesMs: PhasesMs;
  readonly timeToFirstTokenMs: number | null;
  /** How often it was sent to a provider; 0: it ended before. */
  readonly attempts: number;
  /** Time the deployment took; null when the call was not sent. */
  readonly upstreamMs: number | null;
  /** Kind of upstream failure, a word of `UPSTREAM_ERRORS`; null when it answered. */
  readonly upstreamError: string | null;
  /** How many `x-clauseway-*` request headers were removed. */
  readonly strippedHeaders: number;
  /** Sent again on a fresh connection after a reset: the upstream may have run it twice. Absent: it was not. */
  readonly resentAfterReset?: boolean;
  readonly settled: SettledCall | null;
}

/** What the gateway itself spent on a call, by phase. */
interface PhasesMs {
  readonly parse: number;
  readonly decide: number;
  readonly proxy: number;
  readonly meter: number;
}

/** Kinds of upstream failure that are counted; any other word counts as `other`. */
export const UPSTREAM_ERRORS = ["timeout", "connect", "reset", "http_4xx", "http_5xx", "protocol"] as const;

export const OPERATION_FAMILIES = [
  "chat",
  "text_completion",
  "responses",
  "embeddings",
  "conversations",
  "files",
  "fine_tuning",
  "batches",
  "models",
] as const;

/** The family an operation id belongs to, a bounded label: its first word (`completions.create` is `text_completion`). */
export function operationFamily(operation: string): string {
  const dot = operation.indexOf(".");
  const family = dot < 0 ? operation : operation.slice(0, dot);
  return family === "completions" ? "text_completion" : family;
}
