/** Months: which there are, what is in one, and what closing it fixed. */

import type { DatabaseSync } from "node:sqlite";
import type { Posting } from "../../domain/ledger.ts";
import { picoUsd } from "../../domain/units.ts";
import { capBalances, type CapSums } from "../../ledger/fold-book.ts";
import type { Carry, PeriodBook, PeriodClosing, PeriodTransaction } from "../../ledger/period-book.ts";
import type { Period, PeriodRow } from "../../ledger/period.ts";
import type { MonthsHeld } from "../period-order.ts";
import { text, textOrNull, type Row } from "../columns.ts";
import { inPlace, rowsOf } from "../damaged-row.ts";
import { integer, integerOrNull, numberOrNull } from "./columns.ts";
import { monthNumber, periodText } from "./months.ts";
import { assertWordsThere, readSummary } from "./read-sums.ts";
import { joinLimbs, limbSums } from "./wide-sum.ts";

/** Every month that holds calls or is closed, in order. */
export function readPeriods(database: DatabaseSync): readonly PeriodRow[] {
  const rows = database
    .prepare(
      `WITH sums AS (
         SELECT period, sum(calls + completions) AS calls, ${limbSums("gross_pico_usd")} FROM use_sum GROUP BY period
       )
       SELECT period, coalesce(calls, 0) AS calls, gross_pico_usd_hi, gross_pico_usd_lo, closed_at_ms, cutoff_seq,
         manifest_sha256
       FROM sums FULL JOIN period USING (period) ORDER BY period`,
    )
    .all();
  return rows.map((row) => ({
    period: periodText(row["period"]),
    status: row["closed_at_ms"] === null ? "open" : "closed",
    calls: Number(row["calls"]),
    grossPicoUsd: picoUsd(joinLimbs(row, "gross_pico_usd")),
    closedAtMs: numberOrNull(row["closed_at_ms"]),
    cutoffSeq: integerOrNull(row["cutoff_seq"]),
    manifestSha256: textOrNull(row["manifest_sha256"]),
  }));
}

/** Returns which months hold calls, and which was closed last. */
export function readMonthsHeld(database: DatabaseSync): MonthsHeld {
  const last = database.prepare("SELECT max(period) AS period FROM period").get()?.["period"];
  const held = database.prepare("SELECT DISTINCT period FROM use_sum").all();
  return {
    lastClosed: typeof last === "bigint" ? periodText(last) : null,
    withCalls: held.map((row) => periodText(row["period"])),
  };
}

/** A month, from the running sums. Asked inside a transaction, it is of one instant. Throws DamagedLedgerError. */
export function readPeriodBook(database: DatabaseSync, period: Period): PeriodBook {
  assertWordsThere(database);
  return {
    period,
    summary: readSummary(database, period),
    caps: capBalances(readCapSums(database, period), period),
    carries: readCarriesBefore(database, period),
    closing: readClosing(database, period),
  };
}

/** Of the months up to `period`. */
function readCapSums(database: DatabaseSync, period: Period): readonly CapSums[] {
  const rows = database.prepare("SELECT * FROM cap_use WHERE period <= ?").all(monthNumber(period));
  return rows.map(rowsOf("cap_use", ["clause", "span", "period"], capSums));
}

function capSums(row: Row): CapSums {
  return {
    clause: text(row["clause"]),
    span: text(row["span"]),
    period: periodText(row["period"]),
    limitPicoUsd: picoUsd(BigInt(text(row["limit_pico_usd"]))),
    grantedPicoUsd: picoUsd(joinLimbs(row, "granted")),
  };
}

function readCarriesBefore(database: DatabaseSync, period: Period): readonly Carry[] {
  const row = database
    .prepare("SELECT period, carries FROM period WHERE period < ? ORDER BY period DESC LIMIT 1")
    .get(monthNumber(period));
  return row ? rowsOf("period", ["period"], carriesOf)(row) : [];
}

function readClosing(database: DatabaseSync, period: Period): PeriodClosing | null {
  const row = database.prepare("SELECT * FROM period WHERE period = ?").get(monthNumber(period));
  if (!row) return null;
  const transactions = readTransactions(database, period);
  return inPlace(`period ${period}`, () => ({
    period,
    cutoffSeq: integer(row["cutoff_seq"]),
    closedAtMs: Number(integer(row["closed_at_ms"])),
    transactions,
    carries: carriesOf(row),
    statement: text(row["statement"]),
    manifestSha256: text(row["manifest_sha256"]),
  }));
}

function readTransactions(database: DatabaseSync, period: Period): readonly PeriodTransaction[] {
  const rows = database
    .prepare(
      `SELECT period, tx, line, kind, path, party, clause, amount_pico_usd
       FROM period_posting LEFT JOIN account ON id = account_id WHERE period = ? ORDER BY tx, line`,
    )
    .all(monthNumber(period));
  return [...Map.groupBy(rows, (row) => row["tx"]).values()].map((own) => ({
    kind: text(own[0]?.["kind"]) as PeriodTransaction["kind"],
    postings: own.map(rowsOf("period_posting", ["period", "tx", "line"], postingOf)),
  }));
}

function postingOf(row: Row): Posting {
  if (row["path"] === null) throw new TypeError("its account is not there");
  return {
    account: text(row["path"]),
    party: text(row["party"]),
    amount: picoUsd(BigInt(text(row["amount_pico_usd"]))),
    clause: text(row["clause"]),
  };
}

/** Carries as JSON, amounts as decimal text. */
export function carriesText(carries: readonly Carry[]): string {
  return JSON.stringify(
    carries.map(({ flow, payer, payee, amountPicoUsd }) => [flow, payer, payee, amountPicoUsd.toString()]),
  );
}

function carriesOf(row: Row): readonly Carry[] {
  const rows = JSON.parse(text(row["carries"])) as readonly (readonly [
    Carry["flow"],
    string,
    string,
    string,
  ])[];
  return rows.map(([flow, payer, payee, amount]) => ({
    flow,
    payer,
    payee,
    amountPicoUsd: picoUsd(BigInt(amount)),
  }));
}
