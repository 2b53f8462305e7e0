/** What was acknowledged is there after the writer was killed without warning. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { foldBook } from "../../../src/ledger/fold-book.ts";
import { buildStatement } from "../../../src/ledger/statement.ts";
import { openSqliteReader } from "../../../src/stores/sqlite/sqlite-reader.ts";
import { openSqliteStore } from "../../../src/stores/sqlite/sqlite-store.ts";
import { summaryInOrder } from "../../support/in-order.ts";
import { settledCall } from "../../support/settled-call.ts";

const CHILD = new URL("../../support/settle-until-killed.ts", import.meta.url).pathname;
const KILLS = 3;
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "clauseway-crash-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

it("loses no acknowledged call and doubles none over repeated kills", async () => {
  const file = join(folder, "data", "ledger.sqlite");
  const acknowledged: string[] = [];
  for (let kill = 1; kill <= KILLS; kill++) {
    acknowledged.push(...(await settleUntilKilled(file, `run${kill}`, 400 * kill)));
  }

  const stored = readCallIds(file);
  expect(acknowledged.length).toBeGreaterThan(400 * KILLS);
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  const reader = openSqliteReader({ file });
  const { calls } = await reader.totals();
  const summary = await reader.summary();
  expect(calls).toBe(stored.size);
  expect(buildStatement(summary).proof.holds).toBe(true);
  // The running sums were killed with the calls they are sums of.
  const fold = foldBook(await reader.calls(0n, stored.size + 1));
  expect(summaryInOrder(fold.summary())).toEqual(summaryInOrder(summary));
  await reader.close();

  // Whoever was not told sends the call again: it counts once, whether or not it was written.
  const store = await openSqliteStore({ file });
  const [known = "", ...others] = stored;
  await store.settle(settledCall(known));
  expect(others.length).toBeGreaterThan(0);
  expect((await store.totals()).calls).toBe(stored.size);
  await store.close();
});

/** The ids that the child printed before it was killed, after at least `count` of them. */
async function settleUntilKilled(file: string, prefix: string, count: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [CHILD, file, prefix], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let output = "";
  let lines = 0;
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    output += chunk;
    lines += String(chunk).split("\n").length - 1;
    if (lines >= count) child.kill("SIGKILL");
  }
  const [, signal] = await exited;
  expect(signal).toBe("SIGKILL");
  return output.slice(0, output.lastIndexOf("\n")).split("\n");
}

function readCallIds(file: string): ReadonlySet<string> {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database.prepare("SELECT request_id FROM call").all();
  database.close();
  const ids = new Set(rows.map((row) => String(row["request_id"])));
  expect(ids.size).toBe(rows.length);
  return ids;
}
