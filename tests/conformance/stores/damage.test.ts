/** Ledgers that somebody, or a disk, spoiled behind the back of the stores: what is wrong is named, wherever it is met. */

import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SettledCall } from "../../../src/domain/ledger.ts";
import { openPostgresReader } from "../../../src/stores/postgres/postgres-reader.ts";
import { openPostgresStore } from "../../../src/stores/postgres/postgres-store.ts";
import { openSqliteReader } from "../../../src/stores/sqlite/sqlite-reader.ts";
import { openSqliteStore } from "../../../src/stores/sqlite/sqlite-store.ts";
import type { LedgerReader, LedgerStore } from "../../../src/stores/store.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { chargeOf, settledCall } from "../../support/settled-call.ts";

const CALLS: readonly SettledCall[] = [
  settledCall("one"),
  settledCall("two", { charge: chargeOf(7n), partner: "direct" }),
  settledCall("free", { charge: { kind: "free" } }),
  settledCall("odd", { charge: { kind: "unpriced", reason: "usage unknown" } }),
  settledCall("april", { effectiveAt: "2026-04-01" }),
];

/** A ledger of those calls with March closed, and a way past its store. */
interface Ledger {
  readonly reader: LedgerReader;
  spoil(sql: string): Promise<void>;
  end(): Promise<void>;
}

let server: Promise<TestPostgres> | null = null;
let schemas = 0;
afterAll(async () => (await server)?.close());

const OPENERS = [
  ["sqlite", openSqlite],
  ...(hasPostgres() ? ([["postgres", openPostgres]] as const) : []),
] as const;

describe.each(OPENERS)("a spoiled ledger on %s", (engine, open) => {
  let ledger: Ledger;
  beforeEach(async () => {
    ledger = await open();
  });
  afterEach(() => ledger.end());

  it("is none as long as nobody spoils it", async () => {
    expect(await ledger.reader.looseEnds(100)).toEqual([]);
    expect(await ledger.reader.auditedCalls(0n, 100)).toEqual(await ledger.reader.calls(0n, 100));
  });

  it.each([
    ["UPDATE call SET charge_pico_usd = NULL WHERE seq = 2", /it is charged, and not how much/],
    ["UPDATE context SET split = 'garbage' WHERE id = 2", /`garbage` is no split/],
    ["UPDATE context SET clauses = 'nojson' WHERE id = 2", /not valid JSON/],
    ["UPDATE context SET caps = 'nojson' WHERE id = 2", /not valid JSON/],
    ["UPDATE context SET hosting = 'nobody' WHERE id = 2", /`nobody` says nothing about hosting/],
    ["UPDATE call SET pending_job = 'nojson' WHERE seq = 2", /not valid JSON/],
    ["DELETE FROM context WHERE id = 2", /context 2.*(no such row|gone)/],
  ])("is told by the number of the call, and the others are read: %s", async (sql, why) => {
    await ledger.spoil(sql);
    await expect(ledger.reader.calls(0n, 100)).rejects.toMatchObject({
      name: "DamagedLedgerError",
      code: "LEDGER_CORRUPT",
      message: expect.stringMatching(new RegExp(`^call 2: .*${why.source}`)),
    });
    const calls = await ledger.reader.auditedCalls(0n, 100);
    expect(calls.map((call) => ("damage" in call ? call.seq : call.call.requestId))).toEqual([
      "one",
      2n,
      "free",
      "odd",
      "april",
    ]);
  });

  it.each([
    ["DELETE FROM context WHERE id = 2", /context 2/],
    ["DELETE FROM account WHERE id = 1", /account 1/],
  ])("is not summed without what is gone: %s", async (sql, what) => {
    await ledger.spoil(sql);
    const refused = { name: "DamagedLedgerError", message: expect.stringMatching(what) };
    await expect(ledger.reader.summary()).rejects.toMatchObject(refused);
    await expect(ledger.reader.totals()).rejects.toMatchObject(refused);
    await expect(ledger.reader.traffic()).rejects.toMatchObject(refused);
    await expect(ledger.reader.periodBook("2026-04")).rejects.toMatchObject(refused);
  });

  it.each(["2026-03", "2026-04"])(
    "names the month whose close cannot be read, also for %s",
    async (month) => {
      await ledger.spoil("UPDATE period SET carries = 'x'");
      await expect(ledger.reader.periodBook(month)).rejects.toMatchObject({
        name: "DamagedLedgerError",
        message: expect.stringMatching(/^period 2026-?03: .*not valid JSON/),
      });
      expect(await ledger.reader.periods()).toMatchObject([{ cutoffSeq: 5n }, { cutoffSeq: null }]);
    },
  );

  it("names a call that stands in suspense without a reason", async () => {
    await ledger.spoil(`UPDATE call SET unpriced = ${engine === "sqlite" ? "1" : "true"} WHERE seq = 1`);
    await expect(ledger.reader.suspended(10)).rejects.toMatchObject({
      name: "DamagedLedgerError",
      message: "call 1: it stands in suspense without a reason",
    });
  });

  it.each([
    [
      "INSERT INTO posting SELECT 99, P.* FROM (SELECT COLUMNS FROM posting WHERE call_seq = 1) AS P",
      99n,
      "posting of no call",
    ],
    ["DELETE FROM call WHERE seq = 2", 2n, "rated_line of no call"],
    ["DELETE FROM call WHERE seq = 2", 2n, "posting of no call"],
    ["UPDATE rated_line SET call_seq = 3 WHERE call_seq = 2", 3n, "rated_line of a call that is free"],
    ["UPDATE call SET charge_pico_usd = 1 WHERE seq = 3", 3n, "a charge of a call that is free"],
    ["UPDATE call SET unpriced = TRUE_ WHERE seq = 1", 1n, "suspense of a call that is rated"],
    ["UPDATE call SET unpriced = FALSE_ WHERE seq = 4", 4n, "no suspense of a call that is unpriced"],
    [
      "UPDATE use_sum SET calls = calls + 1 WHERE context_id = 2",
      null,
      /^use_sum of 2026-?03, context 2, not/,
    ],
    ["DELETE FROM use_sum WHERE context_id = 3", null, /^use_sum of 2026-?03, context 3, not/],
    [
      "UPDATE use_sum SET context_id = 77 WHERE context_id = 2",
      null,
      /^use_sum of 2026-?03, context 77, not/,
    ],
    [
      "UPDATE part_sum SET account_id = 77 WHERE context_id = 2 AND account_id = (SELECT max(account_id) FROM part_sum WHERE context_id = 2)",
      null,
      /^part_sum of .*account 77, not/,
    ],
    ["DELETE FROM period", null, /^period_posting of 2026-?03, which is not closed/],
  ])("has a loose end: %s", async (template, seq, what) => {
    const columns =
      engine === "sqlite" ? "line, account_id, amount_pico_usd" : "line, kind, account_id, amount_pico_usd";
    const [yes, no] = engine === "sqlite" ? ["1", "0"] : ["true", "false"];
    await ledger.spoil(template.replace("COLUMNS", columns).replace("TRUE_", yes).replace("FALSE_", no));
    expect(await ledger.reader.looseEnds(100)).toContainEqual({
      seq,
      what: typeof what === "string" ? what : expect.stringMatching(what),
    });
    expect(await ledger.reader.looseEnds(1)).toHaveLength(1);
  });
});

it("a page of the file that is overwritten is told as damage, whatever is read from it", async () => {
  const { reader, file, end } = await openSqlite();
  const [pageBytes, pages] = [4_096, statSync(file).size / 4_096];
  const handle = openSync(file, "r+");
  for (let page = 2; page < pages; page++)
    writeSync(handle, Buffer.alloc(pageBytes, 0xff), 0, pageBytes, page * pageBytes);
  closeSync(handle);
  for (const read of [() => reader.calls(0n, 10), () => reader.summary(), () => reader.looseEnds(10)]) {
    await expect(read()).rejects.toMatchObject({ name: "DamagedLedgerError", code: "LEDGER_CORRUPT" });
  }
  await end();
});

async function openSqlite(): Promise<Ledger & { readonly file: string }> {
  const folder = mkdtempSync(join(tmpdir(), "clauseway-damage-"));
  const file = join(folder, "ledger.sqlite");
  await fill(await openSqliteStore({ file }));
  const reader = openSqliteReader({ file });
  return {
    file,
    reader,
    spoil: async (sql) => {
      const database = new DatabaseSync(file);
      expect(database.prepare(sql).run().changes).toBeGreaterThan(0);
      database.close();
    },
    end: async () => {
      await reader.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function openPostgres(): Promise<Ledger> {
  server ??= startPostgres();
  const running = await server;
  schemas += 1;
  const schema = `damage_${schemas}`;
  const url = running.url(schema);
  await fill(await openPostgresStore({ url }));
  const reader = await openPostgresReader({ url });
  return {
    reader,
    spoil: async (sql) => {
      const client = await running.connect();
      await client.query(`SET search_path TO ${schema}`);
      expect((await client.query(sql)).rowCount).toBeGreaterThan(0);
      await client.end();
    },
    end: () => reader.close(),
  };
}

/** One after the other, so that numbers and rows are the same on every engine. */
async function fill(store: LedgerStore): Promise<void> {
  for (const call of CALLS) await store.settle(call);
  await store.closePeriod("2026-03", 1);
  await store.close();
}
