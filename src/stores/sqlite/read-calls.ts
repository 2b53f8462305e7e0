/** Calls as they were: one by its id, or all of them folded. */

import type { DatabaseSync } from "node:sqlite";
import type { CallFacts } from "../../domain/call.ts";
import type { Usage } from "../../domain/usage.ts";
import { picoUsd } from "../../domain/units.ts";
import type { LoggedCall, LoggedRow } from "../../ledger/logged-call.ts";
import type { TrafficSums } from "../../ledger/traffic.ts";
import { factsOf, numberOrNull, text, textOrNull } from "./columns.ts";
import { joinLimbs, limbs, limbsOfSums, type Row } from "./wide-sum.ts";

/** What a call was settled as, with the completion of its job; null when the ledger has no such request id. */
export function findCall(database: DatabaseSync, requestId: string): LoggedCall | null {
  const rows = database
    .prepare(
      `SELECT call.*, context.*, ${factColumns(database)} FROM call JOIN context ON context.id = context_id
       WHERE request_id = ? ORDER BY phase`,
    )
    .all(requestId);
  const [answer, completion] = rows.map(loggedRow);
  return answer ? { requestId, answer, completion: completion ?? null } : null;
}

/**
 * Every call, folded in SQL. The wide words of a call stand in its context, of which there are few: calls are summed by its
 * number first, since sorting a million of them by eight texts would take several times as long.
 */
export function findTraffic(database: DatabaseSync): readonly TrafficSums[] {
  const key = "effective_at, partner, operation, workload, model, provider, facts, evidence";
  const rows = database
    .prepare(
      `WITH sums AS (
         SELECT context_id, sum(phase = 0) AS calls, ${limbs("input_tokens")}, ${limbs("output_tokens")}, ${limbs("charge_pico_usd")}
         FROM call GROUP BY context_id
       ), words AS (
         SELECT id, effective_at, partner, operation, workload, model, provider, ${factColumns(database)} FROM context
       )
       SELECT ${key}, sum(calls) AS calls, ${limbsOfSums("input_tokens")}, ${limbsOfSums("output_tokens")}, ${limbsOfSums("charge_pico_usd")}
       FROM sums JOIN words ON id = context_id GROUP BY ${key}`,
    )
    .all();
  const known = new Map<unknown, CallFacts>();
  return rows.map((row) => trafficRow(row, (value) => memoised(known, value)));
}

/** A file of version 1 that nobody has opened to write since keeps no facts, and is read all the same. */
function factColumns(database: DatabaseSync): string {
  const found = database
    .prepare("SELECT count(*) AS count FROM pragma_table_info('context') WHERE name = 'facts'")
    .get()?.["count"];
  return found === 1n ? "facts, evidence" : "NULL AS facts, NULL AS evidence";
}

function loggedRow(row: Row): LoggedRow {
  return {
    effectiveAt: text(row["effective_at"]),
    recordedAtMs: Number(row["recorded_at_ms"]),
    partner: text(row["partner"]),
    seller: text(row["seller"]),
    operation: text(row["operation"]),
    workload: text(row["workload"]) as LoggedRow["workload"],
    model: textOrNull(row["model"]),
    provider: text(row["provider"]),
    region: text(row["region"]),
    clauses: JSON.parse(text(row["clauses"])) as readonly string[],
    agreement: text(row["agreement"]),
    digest: text(row["digest"]),
    facts: factsOf(row["facts"]),
    evidence: factsOf(row["evidence"]),
    outcome: text(row["outcome"]) as LoggedRow["outcome"],
    httpStatus: Number(row["http_status"]),
    streamed: row["streamed"] === 1n,
    usage: usageOf(row),
    charge: chargeOf(row),
  };
}

function usageOf(row: Row): Usage {
  return {
    inputTokens: numberOrNull(row["input_tokens"]),
    cachedInputTokens: numberOrNull(row["cached_input_tokens"]),
    cacheWriteTokens: numberOrNull(row["cache_write_tokens"]),
    outputTokens: numberOrNull(row["output_tokens"]),
    reasoningTokens: numberOrNull(row["reasoning_tokens"]),
    trainedTokens: numberOrNull(row["trained_tokens"]),
    source: text(row["usage_source"]) as Usage["source"],
    serviceTier: textOrNull(row["service_tier"]),
  };
}

function chargeOf(row: Row): LoggedRow["charge"] {
  const total = row["charge_pico_usd"];
  return {
    kind: text(row["charge_kind"]) as LoggedRow["charge"]["kind"],
    totalPicoUsd: typeof total === "bigint" ? picoUsd(total) : null,
    priceVersion: textOrNull(row["price_version"]),
  };
}

function trafficRow(row: Row, factsIn: (value: unknown) => CallFacts): TrafficSums {
  return {
    effectiveAt: text(row["effective_at"]),
    partner: text(row["partner"]),
    operation: text(row["operation"]),
    workload: text(row["workload"]) as TrafficSums["workload"],
    model: textOrNull(row["model"]),
    provider: text(row["provider"]),
    facts: factsIn(row["facts"]),
    evidence: factsIn(row["evidence"]),
    calls: Number(row["calls"]),
    inputTokens: joinLimbs(row, "input_tokens"),
    outputTokens: joinLimbs(row, "output_tokens"),
    grossPicoUsd: picoUsd(joinLimbs(row, "charge_pico_usd")),
  };
}

/** Few texts stand in many rows. */
function memoised(known: Map<unknown, CallFacts>, value: unknown): CallFacts {
  const facts = known.get(value) ?? factsOf(value);
  known.set(value, facts);
  return facts;
}
