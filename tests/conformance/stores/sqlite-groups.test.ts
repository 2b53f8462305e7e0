/** Groups of calls: one commit for many, one bad call alone, and what happens when the writer is gone. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { NO_USAGE } from "../../../src/domain/usage.ts";
import { buildStatement } from "../../../src/ledger/statement.ts";
import { openSqliteStore } from "../../../src/stores/sqlite/sqlite-store.ts";
import { settledCall } from "../../support/settled-call.ts";

let folder = "";
let file = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clauseway-groups-"));
  file = join(folder, "ledger.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true }));

it("commits calls that come together at once, and no more than the bound", async () => {
  const groups: number[] = [];
  const store = await openSqliteStore({ file, maxGroup: 40, onCommit: ({ calls }) => groups.push(calls) });
  await Promise.all(Array.from({ length: 100 }, (_, index) => store.settle(settledCall(`call-${index}`))));
  await store.close();
  expect(groups).toEqual([40, 40, 20]);
});

it("lets one call that the database refuses fail alone", async () => {
  const store = await openSqliteStore({ file });
  const results = await Promise.allSettled([
    store.settle(settledCall("before")),
    store.settle(settledCall("bad", { charge: { kind: "free" }, usage: { ...NO_USAGE, inputTokens: -1 } })),
    store.settle(settledCall("after", { partner: "direct" })),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  await store.settle(settledCall("bad"));
  expect((await store.totals()).calls).toBe(3);
  expect(buildStatement(await store.summary()).proof.holds).toBe(true);
  await store.close();
});

it("makes no kind of its own of a tier that a caller asks for", async () => {
  const store = await openSqliteStore({ file });
  for (const requestedTier of ["priority", "flex", "anything"]) {
    const usage = { ...NO_USAGE, inputTokens: 1, source: "reported" as const, requestedTier };
    await store.settle(settledCall(requestedTier, { usage }));
  }
  await store.close();
  const database = new DatabaseSync(file, { readOnly: true });
  const [contexts] = database.prepare("SELECT count(*) AS count FROM context").all();
  const tiers = database.prepare("SELECT requested_tier AS tier FROM call ORDER BY seq").all();
  database.close();
  expect(contexts).toMatchObject({ count: 1 });
  expect(tiers).toMatchObject([{ tier: "priority" }, { tier: "flex" }, { tier: "anything" }]);
});

it("tells calls apart by more kinds than it remembers", async () => {
  const kinds = 5_000;
  const store = await openSqliteStore({ file });
  for (const round of ["x", "y"]) {
    await Promise.all(
      Array.from({ length: kinds }, (_, index) =>
        store.settle(
          settledCall(`${round}-${index}`, { model: `model-${index}`, partner: `partner-${index % 7}` }),
        ),
      ),
    );
  }
  const { uses } = await store.summary();
  expect(uses).toHaveLength(kinds);
  expect(
    uses.every(
      ({ calls, model, partner }) => calls === 2 && partner === `partner-${Number(model?.slice(6)) % 7}`,
    ),
  ).toBe(true);
  await store.close();
});

it("rejects what waits and all that follows once its writer has died", async () => {
  const workerUrl = new URL("../../support/dying-worker.ts", import.meta.url);
  const store = await openSqliteStore({ file, workerUrl });
  const lost = { code: "LEDGER_UNAVAILABLE" };
  const settled = Array.from({ length: 3 }, (_, index) => store.settle(settledCall(`call-${index}`)));
  for (const each of settled) await expect(each).rejects.toMatchObject(lost);
  await expect(store.settle(settledCall("later"))).rejects.toMatchObject(lost);
  await expect(store.findState("amazon", "resp_1", 0)).rejects.toMatchObject(lost);
  await expect(store.totals()).rejects.toMatchObject(lost);
  await store.close();
});
