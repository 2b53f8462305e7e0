/**
 * Every series this project exposes, in one table: name (without the prefix), type, labels, buckets, meaning.
 * Labels hold closed sets only: ids, keys, prompts, prices and raw paths belong to the log and the ledger.
 */

export const METRIC_PREFIX = "clauseway_";

interface MetricSpec {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
}

/** Latency of whole calls: a superset of the OpenTelemetry GenAI duration buckets. */
const LATENCY_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96,
  81.92,
];
/** What the gateway itself adds: mostly far below a millisecond. */
const OVERHEAD_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];
/** Time to first token, as in the OpenTelemetry GenAI conventions. */
const FIRST_TOKEN_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
const GROUP_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

const CATALOGUE = {
  requests_total: {
    type: "counter",
    help: "Finished calls by how they ended and whose fault it was.",
    labels: ["agreement", "partner", "class", "provider", "operation", "outcome", "fault"],
  },
  request_duration_seconds: {
    type: "histogram",
    help: "Time from the first byte of a call to the last byte of its answer, as the gateway saw it.",
    labels: ["provider", "operation", "fault"],
    buckets: LATENCY_SECONDS,
  },
  gateway_overhead_seconds: {
    type: "histogram",
    help: "Time the gateway itself adds to a call, by phase; waiting for the upstream is left out.",
    labels: ["phase"],
    buckets: OVERHEAD_SECONDS,
  },
  time_to_first_token_seconds: {
    type: "histogram",
    help: "Time from sending a streamed call upstream to its first token.",
    labels: ["provider", "model"],
    buckets: FIRST_TOKEN_SECONDS,
  },
  requests_in_flight: {
    type: "gauge",
    help: "Calls now open to a provider.",
    labels: ["provider"],
  },
  routing_decisions_total: {
    type: "counter",
    help: "Decisions of the agreement: which clause sent what where, or denied it.",
    labels: ["agreement", "partner", "class", "clause", "provider", "decision"],
  },
  refusals_total: {
    type: "counter",
    help: "Calls answered with a refusal, by its code.",
    labels: ["code"],
  },
  exclusivity_violations_total: {
    type: "counter",
    help: "Calls served outside what the agreement allows, by the deciding clause; must stay 0.",
    labels: ["agreement", "clause", "kind"],
  },
  accepted_widenings_total: {
    type: "counter",
    help: "Fresh calls that an accepted widening of the reading moved to another class.",
    labels: ["agreement", "widening"],
  },
  stripped_headers_total: {
    type: "counter",
    help: "Routing headers that callers sent and the gateway removed.",
    labels: ["partner"],
  },
  upstream_requests_total: {
    type: "counter",
    help: "Calls sent to a deployment, by kind of failure (none: answered).",
    labels: ["upstream", "error_type"],
  },
  upstream_request_duration_seconds: {
    type: "histogram",
    help: "Time a deployment took to answer a call.",
    labels: ["upstream"],
    buckets: LATENCY_SECONDS,
  },
  upstream_state: {
    type: "gauge",
    help: "Health of a deployment: 1 for the state it is in, 0 for the others.",
    labels: ["upstream", "state"],
  },
  input_tokens_total: {
    type: "counter",
    help: "Input tokens, the cached ones included.",
    labels: ["agreement", "model", "provider"],
  },
  cached_input_tokens_total: {
    type: "counter",
    help: "Input tokens read from a cache: a part of the input tokens, never to be added to them.",
    labels: ["agreement", "model", "provider"],
  },
  output_tokens_total: {
    type: "counter",
    help: "Output tokens, the reasoning ones included.",
    labels: ["agreement", "model", "provider"],
  },
  reasoning_output_tokens_total: {
    type: "counter",
    help: "Output tokens spent on reasoning: a part of the output tokens, never to be added to them.",
    labels: ["agreement", "model", "provider"],
  },
  training_tokens_total: {
    type: "counter",
    help: "Tokens that fine-tuning jobs trained on.",
    labels: ["agreement", "model", "provider"],
  },
  billable_requests_total: {
    type: "counter",
    help: "Calls that were sent to a provider, settled or not: what metering must cover.",
    labels: ["agreement"],
  },
  metered_requests_total: {
    type: "counter",
    help: "Settled calls by result: recorded, unpriced, or late (a job settled again when it ended).",
    labels: ["agreement", "result"],
  },
  opened_notes_lost_total: {
    type: "counter",
    help: "Calls under way whose note for the ledger was let go, too many having waited while it could not be written.",
    labels: [],
  },
  unpriced_calls_total: {
    type: "counter",
    help: "Settled calls in suspense, since they could not be priced, by the kind of reason; the log has each.",
    labels: ["reason"],
  },
  estimated_requests_total: {
    type: "counter",
    help: "Settled calls whose usage is an estimate, the upstream's own report being missing.",
    labels: ["agreement"],
  },
  revenue_usd_total: {
    type: "counter",
    help: "Gross revenue, simulated.",
    labels: ["agreement", "partner", "model", "provider"],
  },
  eligible_revenue_usd_total: {
    type: "counter",
    help: "Revenue that a money clause applies to, simulated.",
    labels: ["agreement", "clause"],
  },
  revenue_share_usd_total: {
    type: "counter",
    help: "Share accrued to a party under a money clause, simulated.",
    labels: ["agreement", "clause", "beneficiary"],
  },
  price_review_overdue: {
    type: "gauge",
    help: "Prices whose sources were to be read again before the configuration was last read.",
    labels: [],
  },
  hosting_fee_usd_total: {
    type: "counter",
    help: "Fee for hosting, simulated at an assumed rate: what a provider's owner is paid, apart from any share.",
    labels: ["agreement", "provider", "payee"],
  },
  ledger_commit_seconds: {
    type: "histogram",
    help: "Time of one durable commit of the ledger.",
    labels: [],
    buckets: [0.0005, ...LATENCY_SECONDS.slice(0, 12)],
  },
  ledger_group_size: {
    type: "histogram",
    help: "Settled calls written by one commit of the ledger.",
    labels: [],
    buckets: GROUP_SIZES,
  },
  simulation_timestamp_seconds: {
    type: "gauge",
    help: "The simulated date that calls live at, as midnight UTC.",
    labels: [],
  },
  build_info: {
    type: "gauge",
    help: "What runs.",
    labels: ["version", "revision", "node_version"],
  },
  agreement_info: {
    type: "gauge",
    help: "Which terms are live.",
    labels: ["agreement", "version", "digest"],
  },
  config_last_reload_successful: {
    type: "gauge",
    help: "Whether the configuration was usable when it was last read: 1, or 0 while the last good one is kept.",
    labels: [],
  },
  config_last_reload_success_timestamp_seconds: {
    type: "gauge",
    help: "When a configuration was last read and put in force, at the start included.",
    labels: [],
  },
  config_reloads_total: {
    type: "counter",
    help: "Reloads by how they ended: loaded, unchanged, or refused with the last good configuration kept.",
    labels: ["outcome"],
  },
  label_overflow_total: {
    type: "counter",
    help: "Values outside a label's closed set, counted as other.",
    labels: ["label"],
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;

type Catalogue = typeof CATALOGUE;
export type MetricName = keyof Catalogue;
export type MetricType = MetricSpec["type"];

/** Names of the catalogue that have one of the given types. */
export type NameOf<T extends MetricType> = {
  [N in MetricName]: Catalogue[N]["type"] extends T ? N : never;
}[MetricName];

/** A value for each label of a metric. */
export type LabelsOf<N extends MetricName> = Readonly<Record<Catalogue[N]["labels"][number], string>>;

/** The rows of the catalogue as plain specifications, in the order of the table. */
export function catalogueRows(): readonly (readonly [MetricName, MetricSpec])[] {
  return Object.entries(CATALOGUE) as [MetricName, MetricSpec][];
}
