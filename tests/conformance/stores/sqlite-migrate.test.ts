/** Ledger files that an earlier version of this program wrote. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NO_USAGE } from "../../../src/domain/usage.ts";
import { foldBook } from "../../../src/ledger/fold-book.ts";
import { buildStatement } from "../../../src/ledger/statement.ts";
import { CONTEXT_COLUMNS } from "../../../src/stores/context-words.ts";
import { SCHEMA, SCHEMA_VERSION } from "../../../src/stores/sqlite/schema.ts";
import { openSqliteReader } from "../../../src/stores/sqlite/sqlite-reader.ts";
import { openSqliteStore } from "../../../src/stores/sqlite/sqlite-store.ts";
import { summaryInOrder } from "../../support/in-order.ts";
import { makeLedgerV1 } from "../../support/ledger-v1.ts";
import { CHARGE_V2, CHARGED_V2, makeLedgerV2 } from "../../support/ledger-v2.ts";
import { settledCall, USUAL_TERMS } from "../../support/settled-call.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clauseway-migrate-"));
  file = join(folder, "data", "ledger.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Every column of every table, and every index. */
function shapeOf(database: DatabaseSync): readonly unknown[] {
  return database
    .prepare(
      `SELECT tables.name AS of, columns.name, columns.type, "notnull", pk
       FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
       WHERE tables.type = 'table' UNION ALL SELECT tbl_name, name, type, 0, 0 FROM sqlite_schema WHERE type = 'index'
       ORDER BY 1, 2`,
    )
    .all()
    .map((row) => ({ ...row }));
}

function versionOf(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
  database.close();
  return version;
}

for (const [version, make, calls] of [
  [1, makeLedgerV1, 2],
  [2, makeLedgerV2, 3 + CHARGED_V2],
] as const) {
  describe(`a ledger of version ${version}`, () => {
    beforeEach(() => make(file));

    it("gets the tables that a new ledger has, and keeps its calls", async () => {
      const store = await openSqliteStore({ file });
      expect((await store.totals()).calls).toBe(calls);
      await store.close();

      const migrated = new DatabaseSync(file, { readOnly: true });
      const fresh = new DatabaseSync(":memory:");
      fresh.exec(SCHEMA);
      expect(shapeOf(migrated)).toEqual(shapeOf(fresh));
      const columns = fresh.prepare("SELECT name FROM pragma_table_info('context')").all();
      expect(columns.slice(2)).toMatchObject(CONTEXT_COLUMNS.map((name) => ({ name })));
      migrated.close();
      expect(versionOf(file)).toBe(SCHEMA_VERSION);
    });

    it("takes new calls beside the old ones, which say nothing of how they were split", async () => {
      const store = await openSqliteStore({ file });
      await store.settle(settledCall("new"));
      await store.settle(settledCall("newer", { charge: { kind: "free" }, facts: {}, evidence: {} }));
      await store.close();
      const reader = openSqliteReader({ file });
      expect((await reader.findCall("old-1"))?.answer).toMatchObject({ facts: {}, provider: "azure" });
      expect((await reader.findCall("new"))?.answer.facts).toEqual({
        family: "openai",
        workload: "stateless",
      });
      const booked = await reader.calls(0n, 100);
      expect(booked.map(({ call }) => call.money === null)).toEqual([
        ...Array.from({ length: calls }, () => true),
        false,
        true,
      ]);
      const summary = await reader.summary();
      expect(buildStatement(summary).proof.holds).toBe(true);
      expect(summaryInOrder(foldBook(booked).summary())).toEqual(summaryInOrder(summary));
      await reader.close();
    });

    it("completes the jobs it left open, by the split that they were given", async () => {
      const store = await openSqliteStore({ file });
      expect(await store.pendingJobs()).toMatchObject([
        { requestId: "old-2", job: { id: "batch_old" }, money: USUAL_TERMS, facts: {}, evidence: {} },
      ]);
      const completion = { phase: "completion" as const, charge: { kind: "free" as const }, usage: NO_USAGE };
      await store.settle(settledCall("old-2", { ...completion, facts: {}, evidence: {} }));
      expect(await store.pendingJobs()).toEqual([]);
      await store.close();
    });

    it("is migrated once", async () => {
      await (await openSqliteStore({ file })).close();
      const again = await openSqliteStore({ file });
      await again.settle(settledCall("new"));
      expect((await again.totals()).calls).toBe(calls + 1);
      await again.close();
    });

    it("is not read before a gateway has brought it up to date, and stays as it is", () => {
      const refused = { code: "LEDGER_OLDER_SCHEMA", message: expect.stringContaining("start the gateway") };
      expect(() => openSqliteReader({ file })).toThrow(expect.objectContaining(refused));
      expect(versionOf(file)).toBe(version);
    });
  });
}

it("sums the calls of before by the month of their date, exactly", async () => {
  makeLedgerV2(file);
  const store = await openSqliteStore({ file });
  const reader = openSqliteReader({ file });
  const gross = CHARGE_V2 * BigInt(CHARGED_V2);
  expect((await reader.periods()).map((row) => [row.period, row.calls, row.grossPicoUsd])).toEqual([
    ["2026-03", 2, 0n],
    ["2026-04", CHARGED_V2, gross],
    ["2026-05", 1, 0n],
  ]);
  const { summary } = await reader.periodBook("2026-04");
  expect(summary.uses).toMatchObject([
    { split: null, cut: false, inputTokens: 35n, cachedInputTokens: 15n, assumed: CHARGED_V2 },
  ]);
  expect(summary.parts.map(({ party, amountPicoUsd }) => [party, amountPicoUsd]).sort()).toEqual([
    ["microsoft", (CHARGE_V2 / 5n) * BigInt(CHARGED_V2)],
    ["openai", gross - (CHARGE_V2 / 5n) * BigInt(CHARGED_V2)],
  ]);
  expect(await reader.suspended(10)).toMatchObject([{ requestId: "dark", period: "2026-05" }]);
  await store.closePeriod("2026-03", 1);
  await reader.close();
  await store.close();
});
