/** The canonical log line: everything worth knowing of one finished call, on one line. */

import type { Logger } from "pino";
import type { SettledCall } from "../domain/ledger.ts";
import type { CallFinished } from "./call-finished.ts";

/** What every line of one gateway shares. */
export interface CallLineContext {
  readonly agreement: string;
  readonly digest: string;
  /** Whether a call was served outside the agreement: such a line is an error whatever its status. */
  readonly violation: boolean;
}

/** Writes the line of a finished call: error for a 5xx or a violation, warn for a 4xx or a denial, else info. */
export function logCall(logger: Logger, event: CallFinished, context: CallLineContext): void {
  const level = levelOf(event, context);
  if (!logger.isLevelEnabled(level)) return;
  logger[level](lineOf(event, context), "call finished");
}

function levelOf(event: CallFinished, context: CallLineContext): "error" | "warn" | "info" {
  if (event.httpStatus >= 500 || context.violation) return "error";
  return event.httpStatus >= 400 || event.decision === "deny" ? "warn" : "info";
}

function lineOf(event: CallFinished, context: CallLineContext): Record<string, unknown> {
  return {
    request_id: event.requestId,
    agreement: context.agreement,
    digest: context.digest,
    violation: context.violation ? true : undefined,
    partner: event.partner,
    operation: event.operation,
    class: event.workload,
    decision: event.decision,
    clause: event.clause,
    clauses: event.clauses,
    provider: event.provider,
    region: event.region,
    deployment: event.deployment,
    model: event.model === null ? null : maskCallerText(event.model),
    widening: event.widening ?? undefined,
    outcome: event.outcome,
    refusal: event.refusal ?? undefined,
    http_status: event.httpStatus,
    streamed: event.streamed,
    duration_ms: event.durationMs,
    parse_ms: event.phasesMs.parse,
    decide_ms: event.phasesMs.decide,
    proxy_ms: event.phasesMs.proxy,
    meter_ms: event.phasesMs.meter,
    upstream_ms: event.upstreamMs,
    time_to_first_token_ms: event.timeToFirstTokenMs ?? undefined,
    upstream_error: event.upstreamError === null ? undefined : maskCallerText(event.upstreamError),
    stripped_headers: event.strippedHeaders === 0 ? undefined : event.strippedHeaders,
    ...(event.settled === null ? undefined : settledFields(event.settled)),
  };
}

/** Tokens as numbers, money as decimal strings of picodollars: a JSON number would round it. */
function settledFields(settled: SettledCall): Record<string, unknown> {
  return {
    input_tokens: settled.usage.inputTokens,
    output_tokens: settled.usage.outputTokens,
    usage_source: settled.usage.source,
    charge: settled.charge.kind,
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
