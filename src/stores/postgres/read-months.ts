/** Months: their sums, their caps, and what closing them fixed. */

import type { ClientBase } from "pg";
import type { Posting } from "../../domain/ledger.ts";
import { capBalances, type CapSums } from "../../ledger/fold-book.ts";
import type {
  CapBalance,
  Carry,
  PeriodBook,
  PeriodClosing,
  PeriodTransaction,
} from "../../ledger/period-book.ts";
import type { Period, PeriodRow } from "../../ledger/period.ts";
import { picoUsd } from "../../domain/units.ts";
import { text, textOrNull, type Row } from "../columns.ts";
import { inPlace, rowsOf } from "../damaged-row.ts";
import { amount, count, countOrNull, integer } from "./columns.ts";
import { assertWordsThere, readSummary } from "./read-sums.ts";

/** Every month that holds calls or is closed, in order. */
export async function readPeriods(client: ClientBase): Promise<readonly PeriodRow[]> {
  const { rows } = await client.query<Row>(
    `SELECT period, calls, gross, closed_at_ms, cutoff_seq, manifest_sha256
     FROM (SELECT period, sum(calls + completions) AS calls, sum(gross_pico_usd) AS gross FROM use_sum GROUP BY period) AS sums
       FULL JOIN period USING (period)
     ORDER BY period`,
  );
  return rows.map((row) => ({
    period: text(row["period"]),
    status: row["closed_at_ms"] === null ? "open" : "closed",
    calls: count(row["calls"]),
    grossPicoUsd: amount(row["gross"]),
    closedAtMs: countOrNull(row["closed_at_ms"]),
    cutoffSeq: row["cutoff_seq"] === null ? null : integer(row["cutoff_seq"]),
    manifestSha256: textOrNull(row["manifest_sha256"]),
  }));
}

/** A month from the running sums; of one that holds nothing the lists are empty. Rejects with DamagedLedgerError. */
export async function readBook(client: ClientBase, period: Period): Promise<PeriodBook> {
  await assertWordsThere(client);
  return {
    period,
    summary: await readSummary(client, period),
    caps: await readCaps(client, period),
    carries: await readCarries(client, period),
    closing: await readClosing(client, period),
  };
}

/** What the close of a month fixed; null while it is open. */
export async function readClosing(client: ClientBase, period: Period): Promise<PeriodClosing | null> {
  const { rows } = await client.query<Row>("SELECT * FROM period WHERE period = $1", [period]);
  const [row] = rows;
  if (row === undefined) return null;
  const transactions = await readTransactions(client, period);
  return inPlace(`period ${period}`, () => ({
    period,
    cutoffSeq: integer(row["cutoff_seq"]),
    closedAtMs: count(row["closed_at_ms"]),
    transactions,
    carries: carriesOf(row),
    statement: text(row["statement"]),
    manifestSha256: text(row["manifest_sha256"]),
  }));
}

async function readTransactions(client: ClientBase, period: Period): Promise<readonly PeriodTransaction[]> {
  const { rows } = await client.query<Row>(
    `SELECT tx, kind, path, party, clause, amount_pico_usd FROM period_posting WHERE period = $1 ORDER BY tx, line`,
    [period],
  );
  return [...Map.groupBy(rows, (row) => row["tx"]).values()].map((own) => ({
    kind: text(own[0]?.["kind"]) as PeriodTransaction["kind"],
    postings: own.map((row): Posting => ({
      account: text(row["path"]),
      party: text(row["party"]),
      amount: amount(row["amount_pico_usd"]),
      clause: text(row["clause"]),
    })),
  }));
}

async function readCaps(client: ClientBase, period: Period): Promise<readonly CapBalance[]> {
  const { rows } = await client.query<Row>(
    "SELECT clause, span, period, limit_pico_usd, granted_pico_usd FROM cap_use WHERE period <= $1",
    [period],
  );
  const sums = rows.map((row): CapSums => ({
    clause: text(row["clause"]),
    span: text(row["span"]),
    period: text(row["period"]),
    limitPicoUsd: amount(row["limit_pico_usd"]),
    grantedPicoUsd: amount(row["granted_pico_usd"]),
  }));
  return capBalances(sums, period);
}

/** As the closed month before left them. */
async function readCarries(client: ClientBase, period: Period): Promise<readonly Carry[]> {
  const { rows } = await client.query<Row>(
    "SELECT period, carries FROM period WHERE period < $1 ORDER BY period DESC LIMIT 1",
    [period],
  );
  return rows[0] === undefined ? [] : rowsOf("period", ["period"], carriesOf)(rows[0]);
}

/** Amounts are decimal text in the JSON. */
function carriesOf(row: Row): readonly Carry[] {
  const carries = JSON.parse(text(row["carries"])) as readonly (Omit<Carry, "amountPicoUsd"> & {
    readonly amountPicoUsd: string;
  })[];
  return carries.map(({ flow, payer, payee, amountPicoUsd }) => ({
    flow,
    payer,
    payee,
    amountPicoUsd: picoUsd(BigInt(amountPicoUsd)),
  }));
}
