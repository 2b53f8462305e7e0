/** What can be wrong with a ledger file or its folder, and what the user is told. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildStatement } from "../../../src/ledger/statement.ts";
import { openSqliteReader } from "../../../src/stores/sqlite/sqlite-reader.ts";
import { openSqliteStore } from "../../../src/stores/sqlite/sqlite-store.ts";
import { isSafeSqlite } from "../../../src/stores/sqlite/sqlite-version.ts";
import { settledCall, stateEntry, USUAL_TERMS } from "../../support/settled-call.ts";

const CHILD = new URL("../../support/settle-until-killed.ts", import.meta.url).pathname;
let folder = "";
let file = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clauseway-open-"));
  file = join(folder, "data", "ledger.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function makeLedger(calls = 1): Promise<void> {
  const store = await openSqliteStore({ file });
  for (let index = 0; index < calls; index++) await store.settle(settledCall(`made-${index}`));
  await store.close();
}

describe("opening a ledger", () => {
  it("keeps calls, state, open jobs and notes over a restart", async () => {
    const first = await openSqliteStore({ file });
    const pendingJob = { id: "batch_1", kind: "batch" as const, money: USUAL_TERMS };
    await first.settle(
      settledCall("a", { stateChanges: [{ kind: "register", entry: stateEntry("resp_1") }] }),
    );
    await first.settle(settledCall("b", { pendingJob, charge: { kind: "free" } }));
    first.open({
      requestId: "never-ended",
      openedAtMs: 1,
      partner: "amazon",
      operation: "chat.completions.create",
      provider: "azure",
      digest: "d".repeat(64),
    });
    const before = await first.summary();
    await first.close();

    const second = await openSqliteStore({ file });
    expect(await second.summary()).toEqual(before);
    const reader = openSqliteReader({ file });
    expect(await reader.orphans(Number.MAX_SAFE_INTEGER)).toMatchObject([{ requestId: "never-ended" }]);
    await second.settle(settledCall("never-ended"));
    expect(await reader.orphans(Number.MAX_SAFE_INTEGER)).toEqual([]);
    await reader.close();
    expect(await second.findState("amazon", "resp_1", 0)).toEqual(stateEntry("resp_1"));
    expect((await second.pendingJobs()).map(({ job }) => job.id)).toEqual(["batch_1"]);
    await second.settle(
      settledCall("a", { stateChanges: [{ kind: "register", entry: stateEntry("resp_1") }] }),
    );
    expect((await second.totals()).calls).toBe(3);
    await second.close();
  });

  it("keeps closed months and what caps have let through over a restart", async () => {
    const caps = [{ clause: "C11", scope: "lifetime" as const, limitPicoUsd: "300000" }];
    const first = await openSqliteStore({ file });
    await first.settle(settledCall("a", { caps }));
    const closing = await first.closePeriod("2026-03", 1);
    await first.close();

    const second = await openSqliteStore({ file });
    await second.settle(settledCall("late", { caps }));
    await expect(second.closePeriod("2026-03", 2)).rejects.toMatchObject({ code: "LEDGER_PERIOD_CLOSED" });
    await second.close();
    const reader = openSqliteReader({ file });
    expect((await reader.periodBook("2026-03")).closing).toEqual(closing);
    const { caps: balances, carries } = await reader.periodBook("2026-04");
    expect(balances).toMatchObject([{ beforePicoUsd: 200_000n, grantedPicoUsd: 100_000n }]);
    expect(carries).toEqual(closing.carries);
    await reader.close();
  });

  it("refuses a second writer in this process, and frees the folder on close", async () => {
    const first = await openSqliteStore({ file });
    await expect(openSqliteStore({ file })).rejects.toMatchObject({ code: "LEDGER_LOCKED" });
    await first.settle(settledCall("still-works"));
    await first.close();
    await makeLedger();
  });

  it("refuses a writer while another process writes, lets it read, and opens after that one was killed", async () => {
    const child = spawn(process.execPath, [CHILD, file, "other"], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      await once(child.stdout, "data");
      child.stdout.resume();
      await expect(openSqliteStore({ file })).rejects.toMatchObject({
        code: "LEDGER_LOCKED",
        message: expect.stringContaining("another gateway"),
      });
      const reader = openSqliteReader({ file });
      const { calls: early } = await reader.totals();
      expect(early).toBeGreaterThan(0);
      await expect.poll(async () => (await reader.totals()).calls).toBeGreaterThan(early);
      expect(buildStatement(await reader.summary()).proof.holds).toBe(true);
      await reader.close();
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    const store = await openSqliteStore({ file });
    expect((await store.totals()).calls).toBeGreaterThan(0);
    await store.close();
  });

  it("refuses a ledger of a newer schema", async () => {
    await makeLedger();
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 4");
    database.close();
    const refused = { code: "LEDGER_NEWER_SCHEMA", message: expect.stringContaining("schema 4") };
    await expect(openSqliteStore({ file })).rejects.toMatchObject(refused);
    expect(() => openSqliteReader({ file })).toThrow(expect.objectContaining(refused));
  });

  it("refuses another program's database and leaves it as it was", async () => {
    mkdirSync(join(folder, "data"));
    const database = new DatabaseSync(file);
    database.exec("CREATE TABLE bookmarks (url TEXT)");
    database.close();
    const before = readFileSync(file);
    await expect(openSqliteStore({ file })).rejects.toMatchObject({ code: "LEDGER_FOREIGN" });
    expect(() => openSqliteReader({ file })).toThrow(expect.objectContaining({ code: "LEDGER_FOREIGN" }));
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("refuses a file that is no database", async () => {
    mkdirSync(join(folder, "data"));
    writeFileSync(file, "this is no database, whatever its name says\n".repeat(200));
    await expect(openSqliteStore({ file })).rejects.toMatchObject({ code: "LEDGER_CORRUPT" });
    expect(() => openSqliteReader({ file })).toThrow(expect.objectContaining({ code: "LEDGER_CORRUPT" }));
  });

  it("refuses a ledger that lost its end, or was overwritten in the middle", async () => {
    await makeLedger(400);
    const whole = readFileSync(file);
    truncateSync(file, whole.length - 8 * 4_096);
    await expect(openSqliteStore({ file })).rejects.toMatchObject({ code: "LEDGER_CORRUPT" });
    const scribbled = Buffer.from(whole).fill(0x5a, whole.length - 8 * 4_096, whole.length - 4 * 4_096);
    writeFileSync(file, scribbled);
    await expect(openSqliteStore({ file })).rejects.toMatchObject({ code: "LEDGER_CORRUPT" });
  });

  it("refuses a folder it cannot make or write, a file that is a folder, and a damaged lock", async () => {
    writeFileSync(join(folder, "data"), "a file where the folder should be");
    await expect(openSqliteStore({ file })).rejects.toMatchObject({ code: "LEDGER_UNWRITABLE" });
    const nested = join(folder, "other", "ledger.sqlite");
    mkdirSync(nested, { recursive: true });
    await expect(openSqliteStore({ file: nested })).rejects.toMatchObject({ code: "LEDGER_UNWRITABLE" });
    mkdirSync(join(folder, "third"));
    writeFileSync(join(folder, "third", "writer.lock"), "scribble".repeat(1_000));
    await expect(openSqliteStore({ file: join(folder, "third", "ledger.sqlite") })).rejects.toMatchObject({
      code: "LEDGER_CORRUPT",
    });
  });

  it("tells a reader that there is no ledger yet", () => {
    expect(() => openSqliteReader({ file })).toThrow(expect.objectContaining({ code: "LEDGER_MISSING" }));
  });

  it("reads a ledger that nobody writes", async () => {
    await makeLedger(3);
    const reader = openSqliteReader({ file });
    expect((await reader.totals()).calls).toBe(3);
    await reader.close();
  });
});

it("accepts only versions of SQLite without the WAL-reset race", () => {
  const verdicts = ["3.44.5", "3.44.6", "3.45.1", "3.50.6", "3.50.7", "3.51.2", "3.51.3", "3.53.4", "4.0.0"];
  expect(verdicts.filter(isSafeSqlite)).toEqual(["3.44.6", "3.50.7", "3.51.3", "3.53.4", "4.0.0"]);
});
