/** Counts a finished call: requests, decisions, refusals, latency, upstream, metering. */

import { faultOf } from "../domain/outcome.ts";
import { operationFamily } from "./call-finished.ts";
import type { CallFinished } from "./call-finished.ts";
import type { LabelGuards } from "./labels.ts";
import type { HistogramCell, MetricsRegistry, NumberCell } from "./registry.ts";

/** More distinct calls than any real mix has; past it the cache starts over, so junk costs time and never memory. */
const LARGEST_CACHE = 4_096;

/** Returns the function that counts one finished call; about 2 us, its cells being looked up once per kind of call. */
export function createCallCounters(
  registry: MetricsRegistry,
  guards: LabelGuards,
): (event: CallFinished) => void {
  const cache = new Map<string, CallCells>();
  const phases = {
    parse: registry.histogramCell("gateway_overhead_seconds", { phase: "parse" }),
    decide: registry.histogramCell("gateway_overhead_seconds", { phase: "decide" }),
    proxy: registry.histogramCell("gateway_overhead_seconds", { phase: "proxy" }),
    meter: registry.histogramCell("gateway_overhead_seconds", { phase: "meter" }),
  };

  const cellsFor = (event: CallFinished): CallCells => {
    const folded = foldLabels(event, guards);
    const key = keyOf(event, folded);
    let cells = cache.get(key);
    if (cells === undefined) {
      cells = resolveCells(registry, event, folded);
      if (cache.size >= LARGEST_CACHE) cache.clear();
      cache.set(key, cells);
    }
    return cells;
  };

  return (event) => {
    const cells = cellsFor(event);
    cells.requests.value += 1;
    cells.duration.observe(event.durationMs / 1_000);
    if (cells.decisions !== null) cells.decisions.value += 1;
    if (cells.refusals !== null) cells.refusals.value += 1;
    if (cells.widenings !== null) cells.widenings.value += 1;
    if (event.strippedHeaders > 0) cells.strippedHeaders.value += event.strippedHeaders;
    if (isServedOutside(event)) cells.violations().value += 1;
    if (isBillable(event)) cells.billable.value += 1;

    phases.parse.observe(event.phasesMs.parse / 1_000);
    if (event.decision !== null) phases.decide.observe(event.phasesMs.decide / 1_000);
    if (event.upstreamMs === null && event.upstreamError === null) return;
    phases.proxy.observe(event.phasesMs.proxy / 1_000);
    phases.meter.observe(event.phasesMs.meter / 1_000);
    cells.upstreamRequests.value += 1;
    if (event.upstreamMs !== null) cells.upstreamDuration().observe(event.upstreamMs / 1_000);
    if (event.timeToFirstTokenMs !== null) cells.firstToken().observe(event.timeToFirstTokenMs / 1_000);
  };
}

/**
 * Whether a call reached a provider that its verdict did not allow: an independent look at where it was served (the
 * provider told, the deployment used, the provider settled) against the allowed set. False when no set was told.
 */
export function isServedOutside(event: CallFinished): boolean {
  const allowed = event.decision === "deny" ? [] : event.allowedProviders;
  if (allowed === undefined) return false;
  if (event.provider !== null && !allowed.includes(event.provider)) return true;
  if (event.settled !== null && !allowed.includes(event.settled.provider)) return true;
  return event.deployment !== null && !allowed.includes(providerOf(event.deployment));
}

/** Whether a call must be metered: it was sent to a provider. That it could not be settled is the gap which must show. */
function isBillable({ provider, workload, attempts, settled }: CallFinished): boolean {
  if (provider === null || workload === "management") return false;
  return attempts > 0 || settled !== null;
}

function providerOf(deployment: string): string {
  const slash = deployment.indexOf("/");
  return slash < 0 ? deployment : deployment.slice(0, slash);
}

interface FoldedLabels {
  readonly agreement: string;
  readonly partner: string;
  readonly operation: string;
  readonly clause: string;
  readonly provider: string;
  readonly model: string;
  readonly upstream: string;
  readonly errorType: string;
  readonly widening: string;
}

function foldLabels(event: CallFinished, guards: LabelGuards): FoldedLabels {
  return {
    agreement: guards.agreement(event.agreement),
    partner: guards.partner(event.partner),
    operation: event.operation === null ? "none" : guards.operation(operationFamily(event.operation)),
    clause: guards.clause(event.clause),
    provider: guards.provider(event.provider),
    model: guards.model(event.model),
    upstream: guards.upstream(event.deployment),
    errorType: guards.errorType(event.upstreamError),
    widening: guards.widening(event.widening),
  };
}

function keyOf(event: CallFinished, folded: FoldedLabels): string {
  return (
    `${folded.agreement}|${folded.partner}|${folded.operation}|${folded.clause}|${folded.provider}|${folded.model}|${folded.upstream}|` +
    `${folded.errorType}|${folded.widening}|${event.workload}|${event.decision}|${event.refusal}|${event.outcome}`
  );
}

/** The series of one kind of call. Those that few calls need are functions, so that their series exist only when used. */
interface CallCells {
  readonly requests: NumberCell;
  readonly duration: HistogramCell;
  readonly decisions: NumberCell | null;
  readonly refusals: NumberCell | null;
  readonly widenings: NumberCell | null;
  readonly strippedHeaders: NumberCell;
  readonly billable: NumberCell;
  readonly upstreamRequests: NumberCell;
  violations(): NumberCell;
  upstreamDuration(): HistogramCell;
  firstToken(): HistogramCell;
}

function resolveCells(registry: MetricsRegistry, event: CallFinished, folded: FoldedLabels): CallCells {
  const { agreement, partner, operation, clause, provider, model, upstream, widening } = folded;
  const { decision, outcome } = event;
  const workload = event.workload ?? "none";
  const fault = faultOf(outcome);
  return {
    requests: registry.numberCell("requests_total", {
      agreement,
      partner,
      class: workload,
      provider,
      operation,
      outcome,
      fault,
    }),
    duration: registry.histogramCell("request_duration_seconds", { provider, operation, fault }),
    decisions:
      decision === null
        ? null
        : registry.numberCell("routing_decisions_total", {
            agreement,
            partner,
            class: workload,
            clause,
            provider,
            decision,
          }),
    refusals: event.refusal === null ? null : registry.numberCell("refusals_total", { code: event.refusal }),
    widenings:
      event.widening === null
        ? null
        : registry.numberCell("accepted_widenings_total", { agreement, widening }),
    strippedHeaders: registry.numberCell("stripped_headers_total", { partner }),
    billable: registry.numberCell("billable_requests_total", { agreement }),
    upstreamRequests: registry.numberCell("upstream_requests_total", {
      upstream,
      error_type: folded.errorType,
    }),
    violations: () =>
      registry.numberCell("exclusivity_violations_total", { agreement, clause, kind: "provider" }),
    upstreamDuration: once(() => registry.histogramCell("upstream_request_duration_seconds", { upstream })),
    firstToken: once(() => registry.histogramCell("time_to_first_token_seconds", { provider, model })),
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
