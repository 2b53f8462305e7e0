/** Ledger files that an earlier version of this program wrote. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NO_USAGE } from "../../../src/domain/usage.ts";
import { buildStatement } from "../../../src/ledger/statement.ts";
import { CONTEXT_COLUMNS, SCHEMA, SCHEMA_VERSION } from "../../../src/stores/sqlite/schema.ts";
import { openSqliteReader } from "../../../src/stores/sqlite/sqlite-reader.ts";
import { openSqliteStore } from "../../../src/stores/sqlite/sqlite-store.ts";
import { makeLedgerV1 } from "../../support/ledger-v1.ts";
import { settledCall } from "../../support/settled-call.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clauseway-migrate-"));
  file = join(folder, "data", "ledger.sqlite");
  makeLedgerV1(file);
});
afterEach(() => rmSync(folder, { recursive: true }));

function columnsOf(database: DatabaseSync): readonly unknown[] {
  return database
    .prepare("SELECT name, type, \"notnull\" FROM pragma_table_info('context')")
    .all()
    .map((row) => ({ ...row }));
}

describe("a ledger of version 1", () => {
  it("gets the tables that a new ledger has, and keeps its calls", async () => {
    const store = await openSqliteStore({ file });
    expect((await store.totals()).calls).toBe(2);
    await store.close();

    const migrated = new DatabaseSync(file, { readOnly: true });
    const fresh = new DatabaseSync(":memory:");
    fresh.exec(SCHEMA);
    expect(columnsOf(migrated)).toEqual(columnsOf(fresh));
    expect(columnsOf(fresh).slice(2)).toMatchObject(CONTEXT_COLUMNS.map((name) => ({ name })));
    expect(migrated.prepare("PRAGMA user_version").get()).toEqual({ user_version: SCHEMA_VERSION });
    migrated.close();
  });

  it("takes new calls beside the old ones, which say nothing of their facts", async () => {
    const store = await openSqliteStore({ file });
    await store.settle(settledCall("new"));
    await store.settle(settledCall("old-3", { charge: { kind: "free" }, facts: {}, evidence: {} }));
    await store.close();
    const reader = openSqliteReader({ file });
    expect(reader.findCall("old-1")?.answer).toMatchObject({ facts: {}, evidence: {}, provider: "azure" });
    expect(reader.findCall("new")?.answer.facts).toEqual({ family: "openai", workload: "stateless" });
    const traffic = reader.traffic().map(({ calls, facts }) => [calls, Object.keys(facts).length]);
    expect(traffic.sort()).toEqual([
      [1, 2],
      [3, 0],
    ]);
    expect(buildStatement(reader.summary()).proof.holds).toBe(true);
    reader.close();
  });

  it("completes the jobs it left open", async () => {
    const store = await openSqliteStore({ file });
    expect(await store.pendingJobs()).toMatchObject([
      { requestId: "old-2", job: { id: "batch_old" }, moneyClauses: ["C11"], facts: {}, evidence: {} },
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
    expect((await again.totals()).calls).toBe(3);
    await again.close();
  });

  it("is read as it is while nobody has written it", () => {
    const reader = openSqliteReader({ file });
    expect(reader.totals().calls).toBe(2);
    expect(reader.findCall("old-1")?.answer).toMatchObject({ facts: {}, evidence: {} });
    expect(reader.traffic()).toMatchObject([{ calls: 2, inputTokens: 24n, facts: {} }]);
    reader.close();
    const database = new DatabaseSync(file, { readOnly: true });
    expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
    database.close();
  });
});
