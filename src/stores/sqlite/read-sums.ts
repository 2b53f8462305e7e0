/** The ledger folded, out of its running sums: the number of calls does not matter. */

import type { DatabaseSync } from "node:sqlite";
import type { CallFacts } from "../../domain/call.ts";
import { picoUsd } from "../../domain/units.ts";
import type { Period } from "../../ledger/period.ts";
import type { HostingSums, LedgerSummary, PartSums, SplitKey, UseSums } from "../../ledger/summary.ts";
import type { TrafficSums } from "../../ledger/traffic.ts";
import { factsOf, text, textOrNull, type Row } from "../columns.ts";
import { readSplitKey } from "../context-words.ts";
import { inPlace } from "../damaged-row.ts";
import { DamagedLedgerError } from "../ledger-error.ts";
import { SQLITE_WORDS } from "./columns.ts";
import { readHosting } from "../money-text.ts";
import { monthNumber, periodText } from "./months.ts";
import { USE_LIMBS } from "./schema.ts";
import { joinLimbs, limbSums } from "./wide-sum.ts";

/** Of the calls booked in `period`, or of all. Asked inside a transaction, it is of one instant. */
export function readSummary(database: DatabaseSync, period: Period | null): LedgerSummary {
  const month = period === null ? null : monthNumber(period);
  return {
    uses: findUses(database, month),
    parts: findParts(database, month),
    hosting: findHosting(database, month),
    unpricedReasons: findUnpricedReasons(database, month),
    balancePicoUsd: picoUsd(findBalance(database, month)),
  };
}

/**
 * Throws DamagedLedgerError where the words of a sum are gone: it would be left out of what is read, and what is left could add
 * up. For readers; a writer takes calls all the same.
 */
export function assertWordsThere(database: DatabaseSync): void {
  const lost = database
    .prepare(
      `SELECT 'use_sum' AS sums, 'context' AS words, context_id AS id FROM use_sum
         WHERE NOT EXISTS (SELECT 1 FROM context WHERE id = context_id)
       UNION ALL SELECT 'part_sum', 'context', context_id FROM part_sum
         WHERE NOT EXISTS (SELECT 1 FROM context WHERE id = context_id)
       UNION ALL SELECT 'part_sum', 'account', account_id FROM part_sum
         WHERE NOT EXISTS (SELECT 1 FROM account WHERE id = account_id) LIMIT 1`,
    )
    .get();
  if (lost === undefined) return;
  throw new DamagedLedgerError(
    `${text(lost["words"])} ${String(lost["id"])}`,
    `it is gone, and ${text(lost["sums"])} needs it`,
  );
}

/**
 * Every call, folded by what it could be decided on. The wide words of a call stand in its context: sums are put together by
 * its number first, since sorting many rows by eight texts would take several times as long.
 */
export function readTraffic(database: DatabaseSync): readonly TrafficSums[] {
  const key = "effective_at, partner, operation, workload, model, provider, facts, evidence";
  const sums = ["input_tokens", "output_tokens", "gross_pico_usd"].map(limbSums).join(", ");
  const rows = database
    .prepare(
      `WITH sums AS (SELECT context_id, sum(calls) AS calls, ${sums} FROM use_sum GROUP BY context_id)
       SELECT ${key}, sum(calls) AS calls, ${sums} FROM sums JOIN context ON id = context_id GROUP BY ${key}`,
    )
    .all();
  const known = new Map<unknown, CallFacts>();
  return rows.map((row) => inPlace("context", () => trafficRow(row, (value) => memoised(known, value))));
}

const SPLIT_KEY = "period, agreement, seller, partner, split, cut";

/** Which months are summed, with the month or null (every one) as the parameter; the planner sees only the case at hand. */
function ofMonth(month: number | null): string {
  return month === null ? "?1 IS NULL" : "period = ?1";
}

function findUses(database: DatabaseSync, month: number | null): readonly UseSums[] {
  const key = `${SPLIT_KEY}, digest, effective_at, provider, model, price_version`;
  const rows = database
    .prepare(
      `SELECT ${key}, sum(calls) AS calls, sum(completions) AS completions, ${USE_LIMBS.map(limbSums).join(", ")},
         sum((calls + completions) * (charge_kind = 'unpriced')) AS unpriced,
         sum((calls + completions) * (usage_source = 'estimated')) AS estimated,
         sum((calls + completions) * assumed) AS assumed
       FROM use_sum JOIN context ON id = context_id WHERE ${ofMonth(month)} GROUP BY ${key}`,
    )
    .all(month);
  return rows.map((row) => ({
    ...splitKeyOf(row),
    digest: text(row["digest"]),
    effectiveAt: text(row["effective_at"]),
    provider: text(row["provider"]),
    model: textOrNull(row["model"]),
    priceVersion: textOrNull(row["price_version"]),
    calls: Number(row["calls"]),
    completions: Number(row["completions"]),
    inputTokens: joinLimbs(row, "input_tokens"),
    cachedInputTokens: joinLimbs(row, "cached_input_tokens"),
    outputTokens: joinLimbs(row, "output_tokens"),
    reasoningTokens: joinLimbs(row, "reasoning_tokens"),
    trainedTokens: joinLimbs(row, "trained_tokens"),
    grossPicoUsd: picoUsd(joinLimbs(row, "gross_pico_usd")),
    unpriced: Number(row["unpriced"]),
    estimated: Number(row["estimated"]),
    assumed: Number(row["assumed"]),
  }));
}

function findParts(database: DatabaseSync, month: number | null): readonly PartSums[] {
  const key = `${SPLIT_KEY}, path, party, clause`;
  const rows = database
    .prepare(
      `SELECT ${key}, ${limbSums("amount")}
       FROM part_sum JOIN context ON context.id = context_id JOIN account ON account.id = account_id
       WHERE ${ofMonth(month)} AND (path LIKE 'share:%' OR path LIKE 'retained:%') GROUP BY ${key}`,
    )
    .all(month);
  return rows.map((row) => ({
    ...splitKeyOf(row),
    account: text(row["path"]),
    party: text(row["party"]),
    clause: text(row["clause"]),
    amountPicoUsd: picoUsd(-joinLimbs(row, "amount")),
  }));
}

/** The base is the charge of the calls, the fee what was posted for them: two sums by one key. */
function findHosting(database: DatabaseSync, month: number | null): readonly HostingSums[] {
  const key = "period, agreement, partner, provider, hosting";
  const fees = database
    .prepare(
      `SELECT ${key}, ${limbSums("amount")}
       FROM part_sum JOIN context ON context.id = context_id JOIN account ON account.id = account_id
       WHERE ${ofMonth(month)} AND hosting IS NOT NULL AND path LIKE 'hosting:%' GROUP BY ${key}`,
    )
    .all(month);
  const feeOf = new Map(fees.map((row) => [hostingKey(row), joinLimbs(row, "amount")]));
  const rows = database
    .prepare(
      `SELECT ${key}, ${limbSums("gross_pico_usd")} FROM use_sum JOIN context ON id = context_id
       WHERE ${ofMonth(month)} AND hosting IS NOT NULL GROUP BY ${key}`,
    )
    .all(month);
  return rows.map((row) => ({
    period: periodText(row["period"]),
    agreement: text(row["agreement"]),
    partner: text(row["partner"]),
    provider: text(row["provider"]),
    ...inPlace("context", () => readHosting(text(row["hosting"]))),
    basePicoUsd: picoUsd(joinLimbs(row, "gross_pico_usd")),
    feePicoUsd: picoUsd(feeOf.get(hostingKey(row)) ?? 0n),
  }));
}

function hostingKey(row: Row): string {
  const words = ["period", "agreement", "partner", "provider", "hosting"].map((name) => String(row[name]));
  return JSON.stringify(words);
}

function findUnpricedReasons(database: DatabaseSync, month: number | null): LedgerSummary["unpricedReasons"] {
  const rows = database
    .prepare(
      `SELECT unpriced_reason, sum(calls + completions) AS calls FROM use_sum JOIN context ON id = context_id
       WHERE ${ofMonth(month)} AND charge_kind = 'unpriced' GROUP BY unpriced_reason`,
    )
    .all(month);
  return rows.map((row) => ({
    reason: inPlace("context with a call in suspense and no reason", () => text(row["unpriced_reason"])),
    calls: Number(row["calls"]),
  }));
}

function findBalance(database: DatabaseSync, month: number | null): bigint {
  const row = database
    .prepare(`SELECT ${limbSums("amount")} FROM part_sum WHERE ${ofMonth(month)}`)
    .get(month);
  return row ? joinLimbs(row, "amount") : 0n;
}

function splitKeyOf(row: Row): SplitKey {
  return readSplitKey(row, periodText(row["period"]), SQLITE_WORDS.flag);
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
    grossPicoUsd: picoUsd(joinLimbs(row, "gross_pico_usd")),
  };
}

/** Few texts stand in many rows. */
function memoised(known: Map<unknown, CallFacts>, value: unknown): CallFacts {
  const facts = known.get(value) ?? factsOf(value);
  known.set(value, facts);
  return facts;
}
