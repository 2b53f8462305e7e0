/** The running sums, folded to what readers group by: as many rows as there are contexts, whatever the number of calls. */

import type { ClientBase } from "pg";
import { picoUsd } from "../../domain/units.ts";
import type { Period } from "../../ledger/period.ts";
import type { HostingSums, LedgerSummary, PartSums, SplitKey, UseSums } from "../../ledger/summary.ts";
import type { TrafficSums } from "../../ledger/traffic.ts";
import { readHosting } from "../money-text.ts";
import { factsOf, text, textOrNull, type Row } from "../columns.ts";
import { readSplitKey } from "../context-words.ts";
import { inPlace } from "../damaged-row.ts";
import { DamagedLedgerError } from "../ledger-error.ts";
import { amount, count, integer, POSTGRES_WORDS } from "./columns.ts";

/** Of the calls booked in that month; of all calls without one. */
export async function readSummary(client: ClientBase, period?: Period): Promise<LedgerSummary> {
  const only = period ?? null;
  // One statement for all four, so that they are of one instant without a transaction.
  const { rows } = await client.query<{ readonly part: string; readonly rows: readonly Row[] | null }>({
    name: "summary",
    text: SUMMARY,
    values: [only],
  });
  const part = (name: string): readonly Row[] => rows.find((row) => row.part === name)?.rows ?? [];
  return {
    uses: part("uses").map(useRow),
    parts: part("parts").map(partRow),
    hosting: part("hosting").map(hostingRow),
    unpricedReasons: part("unpriced").map((row) => ({
      reason: inPlace("context with a call in suspense and no reason", () => text(row["reason"])),
      calls: count(row["calls"]),
    })),
    balancePicoUsd: picoUsd(part("balance").reduce((sum, row) => sum + integer(row["amount"]), 0n)),
  };
}

/**
 * Rejects with DamagedLedgerError where the words of a sum are gone: it would be left out of what is read, and what is left could
 * add up. For readers; a writer takes calls all the same.
 */
export async function assertWordsThere(client: ClientBase): Promise<void> {
  const { rows } = await client.query<Row>({
    name: "names-there",
    text: `SELECT 'use_sum' AS sums, 'context' AS words, context_id AS id FROM use_sum
         WHERE NOT EXISTS (SELECT FROM context WHERE id = context_id)
       UNION ALL SELECT 'part_sum', 'context', context_id FROM part_sum
         WHERE NOT EXISTS (SELECT FROM context WHERE id = context_id)
       UNION ALL SELECT 'part_sum', 'account', account_id FROM part_sum
         WHERE NOT EXISTS (SELECT FROM account WHERE id = account_id) LIMIT 1`,
  });
  const [lost] = rows;
  if (lost === undefined) return;
  throw new DamagedLedgerError(
    `${text(lost["words"])} ${String(lost["id"])}`,
    `it is gone, and ${text(lost["sums"])} needs it`,
  );
}

// Numbers become text before they become JSON, which has no integers of this size.
const SUMMARY = `
WITH used AS (
  SELECT use_sum.*, context.* FROM use_sum JOIN context ON context.id = context_id
  WHERE $1::text IS NULL OR use_sum.period = $1
), earned AS (
  SELECT part_sum.*, path, party, clause FROM part_sum JOIN account ON account.id = account_id
  WHERE $1::text IS NULL OR part_sum.period = $1
), uses AS (
  SELECT period, agreement, seller, partner, split, cut, digest, effective_at, provider, model,
    price_version,
    sum(calls)::text AS calls, sum(completions)::text AS completions, sum(input_tokens)::text AS input_tokens,
    sum(cached_input_tokens)::text AS cached_input_tokens, sum(output_tokens)::text AS output_tokens,
    sum(reasoning_tokens)::text AS reasoning_tokens, sum(trained_tokens)::text AS trained_tokens,
    sum(gross_pico_usd)::text AS gross,
    coalesce(sum(calls + completions) FILTER (WHERE charge_kind = 'unpriced'), 0)::text AS unpriced,
    coalesce(sum(calls + completions) FILTER (WHERE usage_source = 'estimated'), 0)::text AS estimated,
    coalesce(sum(calls + completions) FILTER (WHERE assumed), 0)::text AS assumed
  FROM used GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
), parts AS (
  SELECT earned.period, agreement, seller, partner, split, cut, path, party, clause,
    sum(amount_pico_usd)::text AS amount
  FROM earned JOIN context ON context.id = context_id
  WHERE path LIKE 'share:%' OR path LIKE 'retained:%'
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
), fees AS (
  SELECT period, context_id, cut, -sum(amount_pico_usd) AS fee FROM earned WHERE path LIKE 'fee:%' GROUP BY 1, 2, 3
), hosted AS (
  SELECT period, agreement, partner, provider, hosting,
    sum(gross_pico_usd)::text AS base, coalesce(sum(fee), 0)::text AS fee
  FROM used LEFT JOIN fees USING (period, context_id, cut)
  WHERE hosting IS NOT NULL GROUP BY 1, 2, 3, 4, 5
), unpriced AS (
  SELECT unpriced_reason AS reason, sum(calls + completions)::text AS calls
  FROM used WHERE charge_kind = 'unpriced' GROUP BY 1
), balance AS (
  SELECT coalesce(sum(amount_pico_usd), 0)::text AS amount FROM earned
)
SELECT 'uses' AS part, (SELECT json_agg(uses) FROM uses) AS rows
UNION ALL SELECT 'parts', (SELECT json_agg(parts) FROM parts)
UNION ALL SELECT 'hosting', (SELECT json_agg(hosted) FROM hosted)
UNION ALL SELECT 'unpriced', (SELECT json_agg(unpriced) FROM unpriced)
UNION ALL SELECT 'balance', (SELECT json_agg(balance) FROM balance)`;

function useRow(row: Row): UseSums {
  return {
    ...splitKey(row),
    digest: text(row["digest"]),
    effectiveAt: text(row["effective_at"]),
    provider: text(row["provider"]),
    model: textOrNull(row["model"]),
    priceVersion: textOrNull(row["price_version"]),
    calls: count(row["calls"]),
    completions: count(row["completions"]),
    inputTokens: integer(row["input_tokens"]),
    cachedInputTokens: integer(row["cached_input_tokens"]),
    outputTokens: integer(row["output_tokens"]),
    reasoningTokens: integer(row["reasoning_tokens"]),
    trainedTokens: integer(row["trained_tokens"]),
    grossPicoUsd: amount(row["gross"]),
    unpriced: count(row["unpriced"]),
    estimated: count(row["estimated"]),
    assumed: count(row["assumed"]),
  };
}

/** What was credited is above zero for its reader. */
function partRow(row: Row): PartSums {
  return {
    ...splitKey(row),
    account: text(row["path"]),
    party: text(row["party"]),
    clause: text(row["clause"]),
    amountPicoUsd: picoUsd(-integer(row["amount"])),
  };
}

function splitKey(row: Row): SplitKey {
  return readSplitKey(row, text(row["period"]), POSTGRES_WORDS.flag);
}

function hostingRow(row: Row): HostingSums {
  return {
    period: text(row["period"]),
    agreement: text(row["agreement"]),
    partner: text(row["partner"]),
    provider: text(row["provider"]),
    ...inPlace("context", () => readHosting(text(row["hosting"]))),
    basePicoUsd: amount(row["base"]),
    feePicoUsd: amount(row["fee"]),
  };
}

/** Every call, folded by what it could be decided on anew. */
export async function readTraffic(client: ClientBase): Promise<readonly TrafficSums[]> {
  const { rows } = await client.query<Row>(
    `SELECT effective_at, partner, operation, workload, model, provider, facts, evidence, sum(calls) AS calls,
       sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens, sum(gross_pico_usd) AS gross
     FROM use_sum JOIN context ON context.id = context_id GROUP BY 1, 2, 3, 4, 5, 6, 7, 8`,
  );
  return rows.map((row) => inPlace("context", () => trafficRow(row)));
}

function trafficRow(row: Row): TrafficSums {
  return {
    effectiveAt: text(row["effective_at"]),
    partner: text(row["partner"]),
    operation: text(row["operation"]),
    workload: text(row["workload"]) as TrafficSums["workload"],
    model: textOrNull(row["model"]),
    provider: text(row["provider"]),
    facts: factsOf(row["facts"]),
    evidence: factsOf(row["evidence"]),
    calls: count(row["calls"]),
    inputTokens: integer(row["input_tokens"]),
    outputTokens: integer(row["output_tokens"]),
    grossPicoUsd: amount(row["gross"]),
  };
}
