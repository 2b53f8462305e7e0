/** The traffic of a ledger, folded by everything that a decision can depend on: what weighs a change of the rules. */

import type { CallFacts, PartnerId, ProviderId, WorkloadClass } from "../domain/call.ts";
import { factsText } from "../domain/facts-text.ts";
import type { SettledCall } from "../domain/ledger.ts";
import { picoUsd, type PicoUsd } from "../domain/units.ts";

/** Calls that share every word of the row, whatever their outcome; the numbers are sums over them and over their jobs. */
export interface TrafficSums {
  readonly effectiveAt: string;
  readonly partner: PartnerId;
  readonly operation: string;
  readonly workload: WorkloadClass;
  readonly model: string | null;
  /** Where they were served. */
  readonly provider: ProviderId;
  /** Empty for calls that were recorded before facts were kept; so is `evidence`. */
  readonly facts: CallFacts;
  readonly evidence: CallFacts;
  /** Calls when they were answered; the completion of a job adds tokens and money, no call. */
  readonly calls: number;
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
  readonly grossPicoUsd: PicoUsd;
}

/** Folds calls in memory, each given once, in any order; no row stands twice. */
export function foldTraffic(calls: Iterable<SettledCall>): readonly TrafficSums[] {
  const rows = new Map<string, TrafficSums>();
  for (const call of calls) {
    const { effectiveAt, partner, operation, workload, model, provider, facts, evidence } = call;
    const words = [effectiveAt, partner, operation, workload, model, provider];
    const key = JSON.stringify([...words, factsText(facts), factsText(evidence)]);
    const known = rows.get(key);
    const { usage, charge } = call;
    const grossPicoUsd = charge.kind === "rated" ? charge.totalPicoUsd : 0n;
    rows.set(key, {
      ...(known ?? { effectiveAt, partner, operation, workload, model, provider, facts, evidence }),
      calls: (known?.calls ?? 0) + (call.phase === "answer" ? 1 : 0),
      inputTokens: (known?.inputTokens ?? 0n) + BigInt(usage.inputTokens ?? 0),
      outputTokens: (known?.outputTokens ?? 0n) + BigInt(usage.outputTokens ?? 0),
      grossPicoUsd: picoUsd((known?.grossPicoUsd ?? 0n) + grossPicoUsd),
    });
  }
  return [...rows.values()];
}
