/** The canonical log line: everything worth knowing of one finished call, on one line. */

import type { Logger } from "pino";
import type { SettledCall } from "../domain/ledger.ts";
import type { CallFinished } from "./call-finished.ts";

/**
 * Writes the line of a finished call: error for a 5xx or a `violation` (served outside the agreement), warn for a 4xx, a denial
 * or a call that could not be priced, else info.
 */
export function logCall(logger: Logger, event: CallFinished, violation: boolean): void {
  const level = levelOf(event, violation);
  if (!logger.isLevelEnabled(level)) return;
  logger[level](lineOf(event, violation), "call finished");
}

function levelOf(event: CallFinished, violation: boolean): "error" | "warn" | "info" {
  if (event.httpStatus >= 500 || violation) return "error";
  const unpriced = event.settled?.charge.kind === "unpriced";
  return event.httpStatus >= 400 || event.decision === "deny" || unpriced ? "warn" : "info";
}

/** Writes a warning for a job that ended after its call and could not be priced; nothing for any other. */
export function logUnpricedJob(logger: Logger, settled: SettledCall): void {
  if (settled.charge.kind !== "unpriced") return;
  const { requestId, partner, operation, provider, model, outcome } = settled;
  const line = {
    request_id: requestId,
    partner,
    operation,
    provider,
    model,
    outcome,
    ...settledFields(settled),
  };
  logger.warn(line, "a job that ended could not be priced");
}

function lineOf(event: CallFinished, violation: boolean): Record<string, unknown> {
  return {
    request_id: event.requestId,
    violation: violation ? true : undefined,
    partner: event.partner,
    operation: event.operation,
    class: event.workload,
    decision: event.decision,
    clause: event.clause,
    clauses: event.clauses,
    provider: event.provider,
    region: event.region,
    model: event.model === null ? null : maskCallerText(event.model),
    widening: event.widening ?? undefined,
    outcome: event.outcome,
    refusal: event.refusal ?? undefined,
    http_status: event.httpStatus,
    streamed: event.streamed,
    duration_ms: toMicros(event.durationMs),
    overhead_ms: toMicros(event.phasesMs.parse + event.phasesMs.decide + event.phasesMs.proxy),
    meter_ms: toMicros(event.phasesMs.meter),
    upstream_ms: event.upstreamMs === null ? null : toMicros(event.upstreamMs),
    time_to_first_token_ms:
      event.timeToFirstTokenMs === null ? undefined : toMicros(event.timeToFirstTokenMs),
    upstream_error: event.upstreamError === null ? undefined : maskCallerText(event.upstreamError),
    stripped_headers: event.strippedHeaders === 0 ? undefined : event.strippedHeaders,
    resent_after_reset: event.resentAfterReset === true ? true : undefined,
    ...(event.settled === null ? undefined : settledFields(event.settled)),
  };
}

/** Milliseconds to three decimals: what lies below is noise, and fifteen digits of it cost more than the rest of the line. */
function toMicros(durationMs: number): number {
  return Math.round(durationMs * 1_000) / 1_000;
}

/** Tokens as numbers, money as decimal strings of picodollars: a JSON number would round it. */
function settledFields(settled: SettledCall): Record<string, unknown> {
  return {
    input_tokens: settled.usage.inputTokens,
    output_tokens: settled.usage.outputTokens,
    usage_source: settled.usage.source,
    charge: settled.charge.kind,
    unpriced_reason: settled.charge.kind === "unpriced" ? settled.charge.reason : undefined,
    charge_pico_usd: settled.charge.kind === "rated" ? settled.charge.totalPicoUsd.toString() : undefined,
  };
}

const LONGEST_CALLER_TEXT = 64;
/** What starts like a key, or runs on without a break like one. */
const LIKE_A_CREDENTIAL = /\b(?:sk-|fake-|AKIA|ASIA|eyJ|ABSK|bearer\b)|[A-Za-z0-9+/=_]{24,}/i;

/** Text that a caller wrote: a key pasted into the wrong field must not reach the log, nor a megabyte of anything. */
function maskCallerText(text: string): string {
  // tested on twice the shown length, so that a key cut by the clip is still seen
  if (LIKE_A_CREDENTIAL.test(text.slice(0, 2 * LONGEST_CALLER_TEXT))) return "[masked]";
  return text.length <= LONGEST_CALLER_TEXT ? text : `${text.slice(0, LONGEST_CALLER_TEXT)}...`;
}
