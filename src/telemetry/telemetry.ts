/** Telemetry of one gateway: each business event writes its counters and its log line together. */

import { pino } from "pino";
import type { Logger } from "pino";
import type { ProviderId } from "../domain/call.ts";
import type { SettledCall } from "../domain/ledger.ts";
import { REFUSAL_CODES } from "../domain/refusal.ts";
import type { MoneyTotals } from "../ledger/totals.ts";
import { UNPRICED_KINDS } from "../pricing/unpriced.ts";
import { createCallCounters, isServedOutside } from "./call-counters.ts";
import { UPSTREAM_ERRORS } from "./call-finished.ts";
import type { CallFinished } from "./call-finished.ts";
import { logCall, logUnpricedJob } from "./call-line.ts";
import { createLabelGuards } from "./labels.ts";
import type { LabelGuards, LabelSets } from "./labels.ts";
import { createMoneyCounters } from "./money-counters.ts";
import { createRegistry } from "./registry.ts";
import type { MetricsRegistry } from "./registry.ts";

/** What a configuration puts in force, as far as metrics tell of it. */
export interface LoadedTerms {
  /** `id` is the regime, as in the label `agreement`. */
  readonly agreement: { readonly id: string; readonly version: string; readonly digest: string };
  readonly labels: LabelSets;
  /** Prices whose sources were to be read again before now. */
  readonly overdueReviews: number;
  /** Wall-clock ms since 1970. */
  readonly loadedAtMs: number;
}

const RELOAD_OUTCOMES = ["loaded", "unchanged", "refused"] as const;
type ReloadOutcome = (typeof RELOAD_OUTCOMES)[number];

export interface TelemetryOptions extends LoadedTerms {
  readonly build: { readonly version: string; readonly revision: string | null };
  /** The simulated date, `YYYY-MM-DD`. */
  readonly contractDate: string;
  /** What the ledger already holds, by agreement, so that the counters of money equal it. */
  readonly moneyBefore: ReadonlyMap<string, MoneyTotals>;
  /** Silent when absent. */
  readonly logger?: Logger;
  /** Whether Node's own metrics are shown too; true when absent. */
  readonly runtimeMetrics?: boolean;
}

type UpstreamState = "up" | "degraded" | "down";

export interface Telemetry {
  /** Counts a finished call and writes its log line. Call it once per call, after the ledger has settled it. */
  callFinished(event: CallFinished): void;
  /** Counts the completion of a job that was settled after its call had ended. */
  jobSettled(settled: SettledCall): void;
  /** A call was sent to a provider; pair it with `upstreamClosed`. */
  upstreamOpened(provider: ProviderId): void;
  upstreamClosed(provider: ProviderId): void;
  /** Tells the health of a deployment (`provider/region`); a deployment shows no state before this is called. */
  setUpstreamState(upstream: string, state: UpstreamState): void;
  /** Another configuration is in force from now on. Calls under the one before may still be told of. */
  takeUp(terms: LoadedTerms): void;
  /** Counts one attempt to read the configuration again; one that was not refused is also to be taken up. */
  reloadEnded(outcome: ReloadOutcome): void;
  /** One durable commit of the ledger: how long it took and how many settled calls it wrote. */
  observeCommit(commitMs: number, groupSize: number): void;
  /** Calls whose note could not be kept until the ledger takes it: should they not be settled, nothing tells of them. */
  notesLost(notes: number): void;
  /** Whether the shares of capped calls are to be taken from the ledger before the next page: `takeShares`. */
  sharesAreOpen(): boolean;
  takeShares(totals: ReadonlyMap<string, MoneyTotals>): void;
  /** The metrics page; send it as `contentType`. */
  renderText(): Promise<string>;
  readonly contentType: string;
}

/** Makes the telemetry of one gateway. Throws RangeError when the contract date is no date. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const registry = createRegistry({ runtimeMetrics: options.runtimeMetrics ?? true });
  const guards = createLabelGuards(options.labels, registry);
  const loggerFor = createTermsLoggers(options.logger ?? pino({ level: "silent" }));
  const takeUp = (terms: LoadedTerms): void => {
    guards.admit(terms.labels);
    setTerms(registry, terms);
    startAtZero(registry, terms);
  };
  setConstants(registry, options);
  takeUp(options);
  const countCall = createCallCounters(registry, guards);
  const money = createMoneyCounters(registry, guards, options.moneyBefore);
  const commit = registry.histogramCell("ledger_commit_seconds", {});
  const group = registry.histogramCell("ledger_group_size", {});
  const inFlight = (provider: ProviderId, change: 1 | -1): void => {
    registry.numberCell("requests_in_flight", { provider: guards.provider(provider) }).value += change;
  };

  return {
    callFinished: (event) => {
      countCall(event);
      if (event.settled !== null) money.count(event.settled);
      logCall(loggerFor(event), event, isServedOutside(event));
    },
    jobSettled: (settled) => {
      money.count(settled);
      logUnpricedJob(loggerFor(settled), settled);
    },
    upstreamOpened: (provider) => inFlight(provider, 1),
    upstreamClosed: (provider) => inFlight(provider, -1),
    setUpstreamState: (upstream, state) => setUpstreamState(registry, guards, upstream, state),
    takeUp,
    reloadEnded: (outcome) => {
      registry.numberCell("config_reloads_total", { outcome }).value += 1;
      if (outcome === "refused") registry.numberCell("config_last_reload_successful", {}).value = 0;
    },
    observeCommit: (commitMs, groupSize) => {
      commit.observe(commitMs / 1_000);
      group.observe(groupSize);
    },
    notesLost: (notes) => {
      registry.numberCell("opened_notes_lost_total", {}).value += notes;
      options.logger?.error(
        { notes },
        "notes of calls under way are lost: should these calls not be settled, the ledger does not know of them",
      );
    },
    sharesAreOpen: () => money.sharesAreOpen(),
    takeShares: (totals) => money.takeShares(totals),
    renderText: () => registry.renderText(),
    contentType: registry.contentType,
  };
}

/** A gateway that is reloaded often holds calls under a few digests at once, never under many. */
const MOST_LOGGERS = 16;

/** What every line under one digest shares is bound once, and then text already. */
function createTermsLoggers(parent: Logger): (about: Pick<CallFinished, "agreement" | "digest">) => Logger {
  const loggers = new Map<string, Logger>();
  return ({ agreement, digest }) => {
    const known = loggers.get(digest);
    if (known) return known;
    if (loggers.size >= MOST_LOGGERS) loggers.clear();
    const logger = parent.child({ agreement, digest: digest.slice(0, 16) });
    loggers.set(digest, logger);
    return logger;
  };
}

const UPSTREAM_STATES: readonly UpstreamState[] = ["up", "degraded", "down"];

function setUpstreamState(
  registry: MetricsRegistry,
  guards: LabelGuards,
  rawUpstream: string,
  current: UpstreamState,
): void {
  const upstream = guards.upstream(rawUpstream);
  for (const state of UPSTREAM_STATES) {
    registry.numberCell("upstream_state", { upstream, state }).value = state === current ? 1 : 0;
  }
}

function setConstants(registry: MetricsRegistry, options: TelemetryOptions): void {
  const build = { version: options.build.version, revision: options.build.revision ?? "unknown" };
  const date = Date.parse(`${options.contractDate}T00:00:00Z`);
  if (Number.isNaN(date)) throw new RangeError(`contract date \`${options.contractDate}\` is not YYYY-MM-DD`);
  registry.numberCell("build_info", { ...build, node_version: process.version }).value = 1;
  registry.numberCell("simulation_timestamp_seconds", {}).value = date / 1_000;
}

/** Exactly one set of terms is shown as live. */
function setTerms(registry: MetricsRegistry, { agreement, overdueReviews, loadedAtMs }: LoadedTerms): void {
  const { id, version, digest } = agreement;
  registry.dropSeries("agreement_info");
  registry.numberCell("agreement_info", { agreement: id, version, digest }).value = 1;
  registry.numberCell("price_review_overdue", {}).value = overdueReviews;
  registry.numberCell("config_last_reload_successful", {}).value = 1;
  registry.numberCell("config_last_reload_success_timestamp_seconds", {}).value = loadedAtMs / 1_000;
}

/** `increase()` does not see a series that is born at 1, so what must not be missed exists from the start. */
function startAtZero(registry: MetricsRegistry, { labels, agreement: { id: agreement } }: LoadedTerms): void {
  registry.numberCell("billable_requests_total", { agreement });
  registry.numberCell("opened_notes_lost_total", {});
  for (const result of ["recorded", "unpriced", "late"]) {
    registry.numberCell("metered_requests_total", { agreement, result });
  }
  registry.numberCell("estimated_requests_total", { agreement });
  for (const reason of [...UNPRICED_KINDS, "other"]) registry.numberCell("unpriced_calls_total", { reason });
  for (const outcome of RELOAD_OUTCOMES) registry.numberCell("config_reloads_total", { outcome });
  for (const clause of [...labels.clauses, "none"]) {
    registry.numberCell("exclusivity_violations_total", { agreement, clause, kind: "provider" });
  }
  for (const code of REFUSAL_CODES) registry.numberCell("refusals_total", { code });
  for (const widening of labels.widenings) {
    registry.numberCell("accepted_widenings_total", { agreement, widening });
  }
  for (const partner of labels.partners) registry.numberCell("stripped_headers_total", { partner });
  for (const provider of labels.providers) registry.numberCell("requests_in_flight", { provider });
  for (const upstream of labels.upstreams) {
    for (const error_type of ["none", ...UPSTREAM_ERRORS, "other"]) {
      registry.numberCell("upstream_requests_total", { upstream, error_type });
    }
  }
}
