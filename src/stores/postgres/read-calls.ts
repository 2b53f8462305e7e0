/** Calls as they were written: one by its id, those with something open, or all in ledger order. */

import type { ClientBase } from "pg";
import type { Charge, OpenJob, Posting, RatedLine, SettledCall, Transaction } from "../../domain/ledger.ts";
import { picoUsd } from "../../domain/units.ts";
import type { Usage } from "../../domain/usage.ts";
import type { AuditedCall, BookedCall, OpenedCall, SuspendedCall } from "../../ledger/booked-call.ts";
import type { CapUse } from "../../ledger/caps.ts";
import { loggedRowOf, type LoggedCall } from "../../ledger/logged-call.ts";
import { pendingRowOf } from "../pending-job.ts";
import type { PendingJobRow } from "../store.ts";
import { text, textOrNull, type Row } from "../columns.ts";
import { readContext, type ContextOfCall } from "../context-words.ts";
import { auditedCall, rowsOf, soundCalls } from "../damaged-row.ts";
import { amount, count, countOrNull, integer, POSTGRES_WORDS } from "./columns.ts";

/** What a call was settled as, with the completion of its job; null when its request id is not in the ledger. */
export async function findCall(client: ClientBase, requestId: string): Promise<LoggedCall | null> {
  if (requestId.includes("\0")) return null;
  const { rows } = await client.query<Row>(`${CALLS} WHERE request_id = $1`, [requestId]);
  const calls = soundCalls(await auditedCalls(client, rows));
  const answer = calls.find(({ call }) => call.phase === "answer");
  const completion = calls.find(({ call }) => call.phase === "completion");
  if (answer === undefined) return null;
  return {
    requestId,
    answer: loggedRowOf(answer.call),
    completion: completion === undefined ? null : loggedRowOf(completion.call),
  };
}

/** Jobs settled as an answer and not yet as a completion, oldest first. */
export async function findPendingJobs(client: ClientBase): Promise<readonly PendingJobRow[]> {
  const { rows } = await client.query<Row>(
    `${CALLS} WHERE pending_job IS NOT NULL AND phase = 0
       AND NOT EXISTS (SELECT FROM call AS done WHERE done.request_id = call.request_id AND done.phase = 1)
     ORDER BY seq`,
  );
  const calls = soundCalls(await auditedCalls(client, rows));
  return calls.map(({ call }) => pendingRowOf(call)).filter((row) => row !== null);
}

/** Whole calls in ledger order, those after `afterSeq`, at most `limit`, damaged ones among them. */
export async function readCalls(
  client: ClientBase,
  afterSeq: bigint,
  limit: number,
): Promise<readonly AuditedCall[]> {
  const { rows } = await client.query<Row>(`${CALLS} WHERE seq > $1 ORDER BY seq LIMIT $2`, [
    String(afterSeq),
    limit,
  ]);
  return auditedCalls(client, rows);
}

/** Calls in suspense, oldest first, at most `limit`. */
export async function findSuspended(client: ClientBase, limit: number): Promise<readonly SuspendedCall[]> {
  const { rows } = await client.query<Row>(
    `SELECT seq, request_id, period, partner, model, provider, unpriced_reason
     FROM call LEFT JOIN context ON context.id = context_id WHERE unpriced ORDER BY seq LIMIT $1`,
    [limit],
  );
  return rows.map(rowsOf("call", ["seq"], suspendedCall));
}

function suspendedCall(row: Row): SuspendedCall {
  const reason = textOrNull(row["unpriced_reason"]);
  if (reason === null) throw new TypeError("it stands in suspense without a reason");
  return {
    seq: integer(row["seq"]),
    requestId: text(row["request_id"]),
    period: text(row["period"]),
    partner: text(row["partner"]),
    model: textOrNull(row["model"]),
    provider: text(row["provider"]),
    reason,
  };
}

/** Calls that were opened before `openedBeforeMs` and never settled, oldest first. */
export async function findOrphans(
  client: ClientBase,
  openedBeforeMs: number,
): Promise<readonly OpenedCall[]> {
  const { rows } = await client.query<Row>(
    `SELECT * FROM opened WHERE opened_at_ms < $1
       AND NOT EXISTS (SELECT FROM call WHERE call.request_id = opened.request_id AND phase = 0)
     ORDER BY opened_at_ms, request_id COLLATE "C"`,
    [openedBeforeMs],
  );
  return rows.map((row) => ({
    requestId: text(row["request_id"]),
    openedAtMs: count(row["opened_at_ms"]),
    partner: text(row["partner"]),
    operation: text(row["operation"]),
    provider: text(row["provider"]),
    digest: text(row["digest"]),
  }));
}

const CALLS =
  "SELECT call.*, context.*, context.id AS words FROM call LEFT JOIN context ON context.id = context_id";

/** Calls with their lines and postings, which were written with them and never change. */
async function auditedCalls(client: ClientBase, rows: readonly Row[]): Promise<readonly AuditedCall[]> {
  if (rows.length === 0) return [];
  const seqs = `{${rows.map((row) => text(row["seq"])).join(",")}}`;
  const lines = await client.query<Row>(
    "SELECT * FROM rated_line WHERE call_seq = ANY($1::bigint[]) ORDER BY call_seq, line",
    [seqs],
  );
  const postings = await client.query<Row>(
    `SELECT call_seq, posting.kind, path, party, clause, amount_pico_usd
     FROM posting LEFT JOIN account ON account.id = account_id WHERE call_seq = ANY($1::bigint[]) ORDER BY call_seq, line`,
    [seqs],
  );
  const linesOf = Map.groupBy(lines.rows, (row) => row["call_seq"]);
  const postingsOf = Map.groupBy(postings.rows, (row) => row["call_seq"]);
  return rows.map((row) =>
    auditedCall(integer(row["seq"]), () =>
      bookedCall(row, linesOf.get(row["seq"]) ?? [], postingsOf.get(row["seq"]) ?? []),
    ),
  );
}

function bookedCall(row: Row, lines: readonly Row[], postings: readonly Row[]): BookedCall {
  if (row["words"] === null) throw new TypeError(`context ${String(row["context_id"])} is gone`);
  return {
    seq: integer(row["seq"]),
    period: text(row["period"]),
    call: settledCall(row, lines, postings),
    cut: row["cut"] === true,
    capUses: capUses(row["cap_uses"]),
  };
}

function settledCall(row: Row, lines: readonly Row[], postings: readonly Row[]): SettledCall {
  const words = readContext(row, POSTGRES_WORDS);
  const stateChanges = textOrNull(row["state_changes"]);
  const pendingJob = textOrNull(row["pending_job"]);
  return {
    ...words,
    requestId: text(row["request_id"]),
    phase: row["phase"] === 0 ? "answer" : "completion",
    recordedAtMs: count(row["recorded_at_ms"]),
    attempts: count(row["attempts"]),
    usage: { ...words.usage, ...usageOf(row) },
    charge: chargeOf(row, words.charge, lines),
    transactions: transactionsOf(postings),
    stateChanges: stateChanges === null ? [] : (JSON.parse(stateChanges) as SettledCall["stateChanges"]),
    pendingJob: pendingJob === null ? null : (JSON.parse(pendingJob) as OpenJob),
  };
}

function usageOf(row: Row): Omit<Usage, "source" | "serviceTier"> {
  return {
    inputTokens: countOrNull(row["input_tokens"]),
    cachedInputTokens: countOrNull(row["cached_input_tokens"]),
    cacheWriteTokens: countOrNull(row["cache_write_tokens"]),
    outputTokens: countOrNull(row["output_tokens"]),
    reasoningTokens: countOrNull(row["reasoning_tokens"]),
    trainedTokens: countOrNull(row["trained_tokens"]),
    requestedTier: textOrNull(row["requested_tier"]),
  };
}

function chargeOf(row: Row, shared: ContextOfCall["charge"], lines: readonly Row[]): Charge {
  if (shared.kind !== "rated") return shared;
  if (row["charge_pico_usd"] === null) throw new TypeError("it is charged, and not how much");
  return {
    ...shared,
    lines: lines.map((line) => ({
      unit: text(line["unit"]) as RatedLine["unit"],
      quantity: integer(line["quantity"]),
      unitPricePicoUsd: amount(line["unit_price_pico_usd"]),
      amountPicoUsd: amount(line["amount_pico_usd"]),
    })),
    totalPicoUsd: amount(row["charge_pico_usd"]),
  };
}

/** Postings of one kind are one transaction. */
function transactionsOf(postings: readonly Row[]): readonly Transaction[] {
  return [...Map.groupBy(postings, (row) => row["kind"])].map(([kind, own]) => ({
    kind: kind as Transaction["kind"],
    postings: own.map((row): Posting => ({
      account: text(row["path"]),
      party: text(row["party"]),
      amount: amount(row["amount_pico_usd"]),
      clause: text(row["clause"]),
    })),
  }));
}

/** Amounts are decimal text in the JSON. */
function capUses(value: unknown): readonly CapUse[] {
  const uses = textOrNull(value);
  if (uses === null) return [];
  return (JSON.parse(uses) as readonly Record<keyof CapUse, string>[]).map((use) => ({
    clause: use.clause,
    span: use.span,
    limitPicoUsd: picoUsd(BigInt(use.limitPicoUsd)),
    beforePicoUsd: picoUsd(BigInt(use.beforePicoUsd)),
    grantedPicoUsd: picoUsd(BigInt(use.grantedPicoUsd)),
  }));
}
