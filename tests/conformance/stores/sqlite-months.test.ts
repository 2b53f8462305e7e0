/** A closed month in the file: its rows stay as they are, byte for byte. */

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteStore } from "../../../src/stores/sqlite/sqlite-store.ts";
import { chargeOf, settledCall, stateEntry } from "../../support/settled-call.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clauseway-months-"));
  file = join(folder, "ledger.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true }));

const MARCH = 202_603;
const CAPS = [{ clause: "C11", scope: "lifetime" as const, limitPicoUsd: "1500000" }];

/** By table, how many rows belong to the month and a hash over all they say. */
function rowsOfMarch(): Readonly<Record<string, { readonly rows: number; readonly sha256: string }>> {
  const database = new DatabaseSync(file, { readOnly: true, readBigInts: true });
  const hashOf = (table: string, where: string): { rows: number; sha256: string } => {
    const rows = database.prepare(`SELECT * FROM ${table} WHERE ${where}`).all(MARCH);
    const text = rows.map((row) => Object.values(row).map(String).join("\t")).join("\n");
    return { rows: rows.length, sha256: createHash("sha256").update(text).digest("hex") };
  };
  try {
    const ofMonth = ["call", "use_sum", "part_sum", "cap_use", "period", "period_posting"];
    return {
      ...Object.fromEntries(ofMonth.map((table) => [table, hashOf(table, "period = ?")])),
      rated_line: hashOf("rated_line", "call_seq IN (SELECT seq FROM call WHERE period = ?)"),
      posting: hashOf("posting", "call_seq IN (SELECT seq FROM call WHERE period = ?)"),
      context: hashOf("context", "id IN (SELECT context_id FROM call WHERE period = ?)"),
      account: hashOf("account", "id IN (SELECT account_id FROM part_sum WHERE period = ?)"),
    };
  } finally {
    database.close();
  }
}

it("keeps every row of a closed month through a storm of what comes late", async () => {
  const store = await openSqliteStore({ file, maxGroup: 17 });
  for (let index = 0; index < 20; index++) {
    await store.settle(settledCall(`in-time-${index}`, { partner: `partner-${index % 3}`, caps: CAPS }));
  }
  await store.closePeriod("2026-03", 1);
  const before = rowsOfMarch();
  expect(Object.values(before).every(({ rows }) => rows > 0)).toBe(true);

  const late = Array.from({ length: 400 }, (_, index) =>
    store.settle(
      settledCall(`late-${index}`, {
        effectiveAt: `2026-03-${String((index % 31) + 1).padStart(2, "0")}`,
        partner: `partner-${index % 3}`,
        phase: index % 5 === 0 ? "completion" : "answer",
        charge: chargeOf(BigInt(index)),
        stateChanges: [{ kind: "register", entry: stateEntry(`resp_${index}`) }],
        caps: CAPS,
      }),
    ),
  );
  const again = Array.from({ length: 20 }, (_, index) =>
    store.settle(settledCall(`in-time-${index}`, { partner: `partner-${index % 3}`, caps: CAPS })),
  );
  await Promise.all([...late, ...again]);
  expect(rowsOfMarch()).toEqual(before);
  await store.closePeriod("2026-04", 2);
  await store.close();
  await (await openSqliteStore({ file })).close();
  expect(rowsOfMarch()).toEqual(before);
});

it("refuses to close a month that makes no sense, and goes on taking calls", async () => {
  const first = await openSqliteStore({ file });
  await first.settle(settledCall("a"));
  await first.close();
  const database = new DatabaseSync(file);
  database.exec("UPDATE context SET split = 'scribble'");
  database.close();

  const store = await openSqliteStore({ file });
  await expect(store.closePeriod("2026-03", 1)).rejects.toMatchObject({
    code: "LEDGER_INVARIANT",
    message: expect.stringContaining("scribble"),
  });
  await store.settle(settledCall("b", { effectiveAt: "2026-04-01" }));
  await expect(store.closePeriod("2026-04", 2)).rejects.toMatchObject({ code: "LEDGER_PERIOD_ORDER" });
  expect((await store.totals()).calls).toBe(2);
  await store.close();
});
