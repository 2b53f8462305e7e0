/** What is asked of a ledger file while it is written. */

import type { DatabaseSync } from "node:sqlite";
import type { StateEntry } from "../../domain/state.ts";
import type { OpenJob } from "../../domain/ledger.ts";
import { picoUsd } from "../../domain/units.ts";
import { mergeSummaries } from "../../ledger/merge-summaries.ts";
import type { EligibleSums, LedgerSummary, PartSums, UseSums } from "../../ledger/summary.ts";
import type { PendingJobRow } from "../store.ts";
import { factsOf, text, textOrNull } from "./columns.ts";
import { joinLimbs, limbs } from "./wide-sum.ts";

/** The row of an id, expired or not; null when the partner has none. */
export function createStateQuery(database: DatabaseSync): (partner: string, id: string) => StateEntry | null {
  const find = database.prepare(
    "SELECT kind, provider, region, expires_at_ms FROM state WHERE partner = ? AND id = ?",
  );
  return (partner, id) => {
    const row = find.get(partner, id);
    if (!row) return null;
    const expires = row["expires_at_ms"];
    return {
      id,
      kind: text(row["kind"]) as StateEntry["kind"],
      partner,
      provider: text(row["provider"]),
      region: text(row["region"]),
      expiresAtMs: typeof expires === "bigint" ? Number(expires) : null,
    };
  };
}

/** Jobs settled as an answer and not yet as a completion, oldest first. */
export function findPendingJobs(database: DatabaseSync): readonly PendingJobRow[] {
  const rows = database
    .prepare(
      `SELECT request_id, recorded_at_ms, pending_job, context.* FROM call JOIN context ON context.id = context_id
       WHERE pending_job IS NOT NULL AND phase = 0
         AND NOT EXISTS (SELECT 1 FROM call AS done WHERE done.request_id = call.request_id AND done.phase = 1)
       ORDER BY seq`,
    )
    .all();
  return rows.map((row): PendingJobRow => {
    const { id, kind, moneyClauses, sharePpm } = JSON.parse(text(row["pending_job"])) as OpenJob;
    return {
      requestId: text(row["request_id"]),
      effectiveAt: text(row["effective_at"]),
      recordedAtMs: Number(row["recorded_at_ms"]),
      partner: text(row["partner"]),
      seller: text(row["seller"]),
      operation: text(row["operation"]),
      workload: text(row["workload"]) as PendingJobRow["workload"],
      model: textOrNull(row["model"]),
      provider: text(row["provider"]),
      region: text(row["region"]),
      clauses: JSON.parse(text(row["clauses"])) as readonly string[],
      agreement: text(row["agreement"]),
      digest: text(row["digest"]),
      facts: factsOf(row["facts"]),
      evidence: factsOf(row["evidence"]),
      job: { id, kind },
      moneyClauses,
      sharePpm,
    };
  });
}

/**
 * Prepares the fold of the whole ledger as of one instant. Each later run folds only the calls that were added since and
 * adds them to what it had, so asking often costs little; the first takes time proportional to the ledger.
 */
export function createSummaryQuery(database: DatabaseSync): () => LedgerSummary {
  let summary: LedgerSummary = {
    uses: [],
    parts: [],
    eligible: [],
    unpricedReasons: [],
    balancePicoUsd: picoUsd(0n),
  };
  let foldedTo = 0n;
  return () => {
    database.exec("BEGIN");
    try {
      const last = database.prepare("SELECT coalesce(max(seq), 0) AS seq FROM call").get()?.["seq"];
      if (typeof last === "bigint" && last > foldedTo) {
        summary = mergeSummaries(summary, summariseAfter(database, foldedTo));
        foldedTo = last;
      }
      return summary;
    } finally {
      database.exec("COMMIT");
    }
  };
}

function summariseAfter(database: DatabaseSync, seq: bigint): LedgerSummary {
  return {
    uses: findUses(database, seq),
    parts: findParts(database, seq),
    eligible: findEligible(database, seq),
    unpricedReasons: findUnpricedReasons(database, seq),
    balancePicoUsd: picoUsd(findBalance(database, seq)),
  };
}

const USE_KEY = "agreement, digest, effective_at, seller, partner, provider, model";

function findUses(database: DatabaseSync, after: bigint): readonly UseSums[] {
  const rows = database
    .prepare(
      `SELECT ${USE_KEY}, sum(phase = 0) AS calls, sum(phase = 1) AS completions,
         ${limbs("input_tokens")}, ${limbs("cached_input_tokens")}, ${limbs("output_tokens")},
         ${limbs("reasoning_tokens")}, ${limbs("trained_tokens")}, ${limbs("charge_pico_usd")},
         sum(charge_kind = 'unpriced') AS unpriced, sum(usage_source = 'estimated') AS estimated, sum(assumed) AS assumed
       FROM call JOIN context ON context.id = context_id WHERE seq > ? GROUP BY ${USE_KEY}`,
    )
    .all(after);
  return rows.map((row) => ({
    agreement: text(row["agreement"]),
    digest: text(row["digest"]),
    effectiveAt: text(row["effective_at"]),
    seller: text(row["seller"]),
    partner: text(row["partner"]),
    provider: text(row["provider"]),
    model: textOrNull(row["model"]),
    calls: Number(row["calls"]),
    completions: Number(row["completions"]),
    inputTokens: joinLimbs(row, "input_tokens"),
    cachedInputTokens: joinLimbs(row, "cached_input_tokens"),
    outputTokens: joinLimbs(row, "output_tokens"),
    reasoningTokens: joinLimbs(row, "reasoning_tokens"),
    trainedTokens: joinLimbs(row, "trained_tokens"),
    grossPicoUsd: picoUsd(joinLimbs(row, "charge_pico_usd")),
    unpriced: Number(row["unpriced"]),
    estimated: Number(row["estimated"]),
    assumed: Number(row["assumed"]),
  }));
}

function findParts(database: DatabaseSync, after: bigint): readonly PartSums[] {
  const rows = database
    .prepare(
      `SELECT agreement, seller, partner, path, party, clause, ${limbs("amount_pico_usd")}
       FROM posting JOIN account ON account.id = account_id
         JOIN call ON call.seq = call_seq JOIN context ON context.id = context_id
       WHERE call_seq > ? AND (path LIKE 'share:%' OR path LIKE 'retained:%')
       GROUP BY agreement, seller, partner, path, party, clause`,
    )
    .all(after);
  return rows.map((row) => ({
    agreement: text(row["agreement"]),
    seller: text(row["seller"]),
    partner: text(row["partner"]),
    account: text(row["path"]),
    party: text(row["party"]),
    clause: text(row["clause"]),
    amountPicoUsd: picoUsd(-joinLimbs(row, "amount_pico_usd")),
  }));
}

function findEligible(database: DatabaseSync, after: bigint): readonly EligibleSums[] {
  const rows = database
    .prepare(
      `WITH shared AS (
         SELECT DISTINCT call_seq, clause FROM posting JOIN account ON account.id = account_id
         WHERE call_seq > ? AND path LIKE 'share:%'
       )
       SELECT agreement, partner, clause, ${limbs("charge_pico_usd")}
       FROM shared JOIN call ON call.seq = call_seq JOIN context ON context.id = context_id
       GROUP BY agreement, partner, clause`,
    )
    .all(after);
  return rows.map((row) => ({
    agreement: text(row["agreement"]),
    partner: text(row["partner"]),
    clause: text(row["clause"]),
    grossPicoUsd: picoUsd(joinLimbs(row, "charge_pico_usd")),
  }));
}

function findUnpricedReasons(database: DatabaseSync, after: bigint): LedgerSummary["unpricedReasons"] {
  const rows = database
    .prepare(
      `SELECT unpriced_reason, count(*) AS calls FROM call JOIN context ON context.id = context_id
       WHERE seq > ? AND charge_kind = 'unpriced' GROUP BY unpriced_reason`,
    )
    .all(after);
  return rows.map((row) => ({ reason: text(row["unpriced_reason"]), calls: Number(row["calls"]) }));
}

function findBalance(database: DatabaseSync, after: bigint): bigint {
  const row = database
    .prepare(`SELECT ${limbs("amount_pico_usd")} FROM posting WHERE call_seq > ?`)
    .get(after);
  return row ? joinLimbs(row, "amount_pico_usd") : 0n;
}
