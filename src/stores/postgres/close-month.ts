/** Closes a month in one transaction: while it holds the head no gateway writes, so that the month is what was committed. */

import type { ClientBase } from "pg";
import { canonicalJson } from "../../ledger/canonical-json.ts";
import { closePeriod } from "../../ledger/close.ts";
import type { PeriodClosing } from "../../ledger/period-book.ts";
import type { Period } from "../../ledger/period.ts";
import { assertClosable } from "../period-order.ts";
import { plainArray, textArray } from "./array-text.ts";
import { text, type Row } from "../columns.ts";
import { readBook, readClosing } from "./read-months.ts";
import type { Session } from "./session.ts";
import { transact } from "./transact.ts";

/** Resolves with what the close fixed. Rejects as `LedgerStore.closePeriod` does. */
export function closeMonth(session: Session, period: Period, nowMs: number): Promise<PeriodClosing> {
  let tried: PeriodClosing | null = null;
  return session.run((client) =>
    transact(client, async ({ lastSeq, lastClosed }) => {
      // The connection may have been lost after the commit and before the word of it.
      const before = tried !== null ? await readClosing(client, period) : null;
      if (before !== null && canonicalJson(before) === canonicalJson(tried)) return before;
      assertClosable(period, { lastClosed, withCalls: await monthsWithCalls(client) });
      const closing = closePeriod(await readBook(client, period), { cutoffSeq: lastSeq, closedAtMs: nowMs });
      tried = closing;
      await insertClosing(client, closing);
      return closing;
    }),
  );
}

async function monthsWithCalls(client: ClientBase): Promise<readonly Period[]> {
  const { rows } = await client.query<Row>("SELECT DISTINCT period FROM use_sum");
  return rows.map((row) => text(row["period"]));
}

async function insertClosing(client: ClientBase, closing: PeriodClosing): Promise<void> {
  const { period, cutoffSeq, closedAtMs, transactions, carries, statement, manifestSha256 } = closing;
  await client.query("INSERT INTO period VALUES ($1, $2, $3, $4, $5, $6)", [
    period,
    String(cutoffSeq),
    closedAtMs,
    canonicalJson(carries),
    statement,
    manifestSha256,
  ]);
  const rows = transactions.flatMap(({ kind, postings }, tx) =>
    postings.map((posting, line) => ({ tx, line, kind, ...posting })),
  );
  await client.query(
    `INSERT INTO period_posting
     SELECT $1, * FROM unnest($2::int[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::numeric[])`,
    [
      period,
      plainArray(rows.map(({ tx }) => tx)),
      plainArray(rows.map(({ line }) => line)),
      textArray(rows.map(({ kind }) => kind)),
      textArray(rows.map(({ account }) => account)),
      textArray(rows.map(({ party }) => party)),
      textArray(rows.map(({ clause }) => clause)),
      plainArray(rows.map(({ amount }) => amount)),
    ],
  );
  await client.query("UPDATE head SET last_closed = $1", [period]);
}
