/** Calls as they were: one by its id, or whole ones in ledger order, a page at a time. */

import type { DatabaseSync } from "node:sqlite";
import type { Charge, OpenJob, RatedLine, SettledCall } from "../../domain/ledger.ts";
import type { StateChange } from "../../domain/state.ts";
import type { Usage } from "../../domain/usage.ts";
import { picoUsd } from "../../domain/units.ts";
import type { AuditedCall, BookedCall, OpenedCall, SuspendedCall } from "../../ledger/booked-call.ts";
import { isShareAccount } from "../../ledger/accounts.ts";
import type { CapUse } from "../../ledger/caps.ts";
import { loggedRowOf, type LoggedCall, type LoggedRow } from "../../ledger/logged-call.ts";
import { text, textOrNull, type Row } from "../columns.ts";
import { readContext, type ContextOfCall } from "../context-words.ts";
import { auditedCall, inPlace, rowsOf } from "../damaged-row.ts";
import { integer, numberOrNull, SQLITE_WORDS } from "./columns.ts";
import { periodText } from "./months.ts";
import { groupPostings, type AccountKey } from "./postings.ts";

/** What a call was settled as, with the completion of its job; null when the ledger has no such request id. */
export function findCall(database: DatabaseSync, requestId: string): LoggedCall | null {
  const rows = database
    .prepare(
      `SELECT call.*, context.* FROM call LEFT JOIN context ON context.id = context_id
       WHERE request_id = ?`,
    )
    .all(requestId);
  const answer = rows.find((row) => row["phase"] === 0n);
  const completion = rows.find((row) => row["phase"] === 1n);
  if (!answer) return null;
  const read = rowsOf("call", ["seq"], loggedRow);
  return { requestId, answer: read(answer), completion: completion ? read(completion) : null };
}

/** Calls in suspense, oldest first. */
export function findSuspended(database: DatabaseSync, limit: number): readonly SuspendedCall[] {
  const rows = database
    .prepare(
      `SELECT seq, request_id, period, partner, model, provider, unpriced_reason
       FROM call LEFT JOIN context ON context.id = context_id WHERE unpriced = 1 ORDER BY seq LIMIT ?`,
    )
    .all(limit);
  return rows.map(rowsOf("call", ["seq"], suspendedCall));
}

function suspendedCall(row: Row): SuspendedCall {
  const reason = textOrNull(row["unpriced_reason"]);
  if (reason === null) throw new TypeError("it stands in suspense without a reason");
  return {
    seq: integer(row["seq"]),
    requestId: text(row["request_id"]),
    period: periodText(row["period"]),
    partner: text(row["partner"]),
    model: textOrNull(row["model"]),
    provider: text(row["provider"]),
    reason,
  };
}

/** Notes of calls that never ended, oldest first. */
export function findOrphans(database: DatabaseSync, openedBeforeMs: number): readonly OpenedCall[] {
  const rows = database
    .prepare(
      `SELECT * FROM opened WHERE opened_at_ms < ?
         AND NOT EXISTS (SELECT 1 FROM call WHERE call.request_id = opened.request_id AND phase = 0)
       ORDER BY opened_at_ms, request_id`,
    )
    .all(openedBeforeMs);
  return rows.map((row) => ({
    requestId: text(row["request_id"]),
    openedAtMs: Number(row["opened_at_ms"]),
    partner: text(row["partner"]),
    operation: text(row["operation"]),
    provider: text(row["provider"]),
    digest: text(row["digest"]),
  }));
}

const MAX_CONTEXTS = 4_096;

/**
 * Prepares pages of whole calls in ledger order, damaged ones among them. Contexts and accounts are remembered over pages; what
 * is remembered is bounded.
 */
export function createCallPages(
  database: DatabaseSync,
): (afterSeq: bigint, limit: number) => readonly AuditedCall[] {
  const findCalls = database.prepare("SELECT * FROM call WHERE seq > ? ORDER BY seq LIMIT ?");
  const findLines = database.prepare(
    "SELECT * FROM rated_line WHERE call_seq BETWEEN ? AND ? ORDER BY call_seq, unit",
  );
  const findPostings = database.prepare(
    "SELECT call_seq, account_id, amount_pico_usd FROM posting WHERE call_seq BETWEEN ? AND ? ORDER BY call_seq, line",
  );
  const contextOf = createRowCache(database, "context", (row) => readContext(row, SQLITE_WORDS));
  const accountOf = createRowCache(database, "account", accountWords);
  return (afterSeq, limit) => {
    const rows = findCalls.all(afterSeq, limit);
    const first = rows[0]?.["seq"];
    const last = rows.at(-1)?.["seq"];
    if (typeof first !== "bigint" || typeof last !== "bigint") return [];
    const lines = Map.groupBy(findLines.all(first, last), (row) => row["call_seq"]);
    const postings = Map.groupBy(findPostings.all(first, last), (row) => row["call_seq"]);
    return rows.map((row) =>
      auditedCall(integer(row["seq"]), () => {
        const own = (postings.get(row["seq"]) ?? []).map((each) => ({
          ...accountOf(each["account_id"]),
          amount: integer(each["amount_pico_usd"]),
        }));
        const parts = {
          lines: (lines.get(row["seq"]) ?? []).map(ratedLine),
          transactions: groupPostings(own),
        };
        return bookedCall(row, contextOf(row["context_id"]), parts);
      }),
    );
  };
}

function bookedCall(
  row: Row,
  words: ContextOfCall,
  parts: { readonly lines: readonly RatedLine[]; readonly transactions: SettledCall["transactions"] },
): BookedCall {
  const pendingJob = textOrNull(row["pending_job"]);
  const stateChanges = textOrNull(row["state_changes"]);
  const period = periodText(row["period"]);
  const call: SettledCall = {
    ...words,
    requestId: text(row["request_id"]),
    phase: row["phase"] === 0n ? "answer" : "completion",
    recordedAtMs: Number(row["recorded_at_ms"]),
    // How often calls of before version 3 were sent is not known.
    attempts: numberOrNull(row["attempts"]) ?? 0,
    usage: { ...words.usage, ...usageOf(row) },
    charge: chargeOf(row, words.charge, parts.lines),
    transactions: parts.transactions,
    stateChanges: stateChanges === null ? [] : (JSON.parse(stateChanges) as readonly StateChange[]),
    pendingJob: pendingJob === null ? null : (JSON.parse(pendingJob) as OpenJob),
  };
  const capUses = capUsesOf(call, period, textOrNull(row["cap_before"]));
  return { seq: integer(row["seq"]), period, call, cut: row["cut"] === 1n, capUses };
}

/** What each cap let through follows from the postings; what it had let through before was written beside them. */
function capUsesOf(call: SettledCall, period: string, before: string | null): readonly CapUse[] {
  if (before === null) return [];
  const given = new Map<string, bigint>();
  for (const { postings } of call.transactions) {
    for (const { account, clause, amount } of postings) {
      if (isShareAccount(account)) given.set(clause, (given.get(clause) ?? 0n) - amount);
    }
  }
  const befores = before.split(" ");
  return (call.money?.caps ?? [])
    .filter(({ clause }) => given.has(clause))
    .map(({ clause, scope, limitPicoUsd }, at) => ({
      clause,
      span: scope === "lifetime" ? "lifetime" : period,
      limitPicoUsd: picoUsd(BigInt(limitPicoUsd)),
      beforePicoUsd: picoUsd(BigInt(befores[at] ?? "0")),
      grantedPicoUsd: picoUsd(given.get(clause) ?? 0n),
    }));
}

function chargeOf(row: Row, shared: ContextOfCall["charge"], lines: readonly RatedLine[]): Charge {
  const charge = totalOf(row, shared);
  return charge.kind === "rated" ? { ...charge, lines } : charge;
}

function totalOf(row: Row, shared: ContextOfCall["charge"]): Parameters<typeof loggedRowOf>[0]["charge"] {
  if (shared.kind !== "rated") return shared;
  if (row["charge_pico_usd"] === null) throw new TypeError("it is charged, and not how much");
  return { ...shared, totalPicoUsd: picoUsd(integer(row["charge_pico_usd"])) };
}

function ratedLine(row: Row): RatedLine {
  return {
    unit: text(row["unit"]) as RatedLine["unit"],
    quantity: integer(row["quantity"]),
    unitPricePicoUsd: picoUsd(integer(row["unit_price_pico_usd"])),
    amountPicoUsd: picoUsd(integer(row["amount_pico_usd"])),
  };
}

function loggedRow(row: Row): LoggedRow {
  const words = readContext(row, SQLITE_WORDS);
  return loggedRowOf({
    ...words,
    recordedAtMs: Number(row["recorded_at_ms"]),
    usage: { ...words.usage, ...usageOf(row) },
    charge: totalOf(row, words.charge),
  });
}

function usageOf(row: Row): Omit<Usage, "source" | "serviceTier"> {
  return {
    requestedTier: textOrNull(row["requested_tier"]),
    inputTokens: numberOrNull(row["input_tokens"]),
    cachedInputTokens: numberOrNull(row["cached_input_tokens"]),
    cacheWriteTokens: numberOrNull(row["cache_write_tokens"]),
    outputTokens: numberOrNull(row["output_tokens"]),
    reasoningTokens: numberOrNull(row["reasoning_tokens"]),
    trainedTokens: numberOrNull(row["trained_tokens"]),
  };
}

function accountWords(row: Row): AccountKey {
  return { account: text(row["path"]), party: text(row["party"]), clause: text(row["clause"]) };
}

/** Rows of a small table by their id, at most MAX_CONTEXTS at hand. */
function createRowCache<T>(
  database: DatabaseSync,
  table: "context" | "account",
  read: (row: Row) => T,
): (id: unknown) => T {
  const find = database.prepare(`SELECT * FROM ${table} WHERE id = ?`);
  const known = new Map<unknown, T>();
  return (id) => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const value = inPlace(`${table} ${String(id)}`, () => {
      const row = find.get(integer(id));
      if (!row) throw new TypeError("there is no such row");
      return read(row);
    });
    if (known.size >= MAX_CONTEXTS) known.clear();
    known.set(id, value);
    return value;
  };
}
