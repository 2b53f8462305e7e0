/** What cannot be made durable is not answered. */

import { afterEach, expect, test } from "vitest";
import { LedgerConflictError, LedgerError } from "../../src/stores/ledger-error.ts";
import type { LedgerStore } from "../../src/stores/store.ts";
import { openSqliteReader } from "../../src/stores/sqlite/sqlite-reader.ts";
import { chat as sendChat, startFaultWorld } from "../support/fault-world.ts";
import { sumOf } from "../support/metrics-page.ts";
import { answerJson, COMPLETION, type UpstreamCall } from "../support/raw-upstream.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

let world: TestWorld | null = null;
let failure: Error | null = null;
let notes: string[] = [];

afterEach(async () => {
  failure = null;
  notes = [];
  await world?.close();
  world = null;
});

/** A store that neither settles nor answers while `failure` is set; `notes` keeps what it was told of calls under way. */
function failing(store: LedgerStore): LedgerStore {
  return {
    ...store,
    open: (note) => {
      notes.push(note.requestId);
      store.open(note);
    },
    settle: (call) => (failure ? Promise.reject(failure) : store.settle(call)),
    pendingJobs: () => (failure ? Promise.reject(failure) : store.pendingJobs()),
    summary: () => (failure ? Promise.reject(failure) : store.summary()),
    totals: () => (failure ? Promise.reject(failure) : store.totals()),
  };
}

async function chat(stream: boolean): Promise<Response> {
  return fetch(`${world?.urls.gateway}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer fake-partner-direct", "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-5.4", messages: [{ role: "user", content: "hello" }], stream }),
  });
}

const LOST = new LedgerError("LEDGER_UNAVAILABLE", "the ledger cannot write");

test("a ledger that cannot write turns a whole answer into 503, and the next call reaches no cloud", async () => {
  world = await startTestWorld({ wrapStore: failing });
  expect((await chat(false)).status).toBe(200);
  failure = LOST;

  const unsettled = await chat(false);

  expect(unsettled.status).toBe(503);
  expect(await unsettled.json()).toMatchObject({ error: { code: "ledger_unavailable" } });
  const { length: before } = (await world.meters()).azure;
  const refused = await chat(false);
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).not.toBeNull();
  expect((await world.meters()).azure).toHaveLength(before);
  expect((await fetch(`${world.urls.admin}/readyz`)).status).toBe(503);
});

test("a gateway whose ledger was away opens by itself once the ledger answers", async () => {
  world = await startTestWorld({ wrapStore: failing });
  failure = LOST;
  expect((await chat(false)).status).toBe(503);
  const ready = async (): Promise<number> => (await fetch(`${world?.urls.admin}/readyz`)).status;
  expect(await ready()).toBe(503);

  failure = null;

  await expect.poll(ready).toBe(200);
  expect((await chat(false)).status).toBe(200);
});

test("metrics tell of an outage with the shares as they were last known, and the status says why there is none", async () => {
  world = await startTestWorld({ wrapStore: failing, shares: "amended-2026-04-27" });
  expect((await chat(false)).status).toBe(200);
  const shareOfMicrosoft = async (): Promise<number> => {
    const page = await fetch(`${world?.urls.admin}/metrics`);
    expect(page.status).toBe(200);
    return sumOf(await page.text(), "clauseway_revenue_share_usd_total", `beneficiary="microsoft"`);
  };
  const before = await shareOfMicrosoft();
  expect(before).toBeGreaterThan(0);
  failure = LOST;

  expect(await shareOfMicrosoft()).toBe(before);
  const status = await fetch(`${world.urls.admin}/status`);
  expect(status.status).toBe(503);
  expect(await status.json()).toEqual({ code: "ledger_unavailable", message: "the ledger cannot write" });
});

test("a stream that cannot be settled never gets its end", async () => {
  world = await startTestWorld({ wrapStore: failing });
  failure = LOST;

  const response = await chat(true);

  let text = "";
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk as Uint8Array).toString();
  })();
  await expect(reading).rejects.toThrow();
  expect(text).toContain("data: ");
  expect(text).not.toContain("[DONE]");
});

test("a call that the ledger refuses for its content is not answered, and others go on", async () => {
  world = await startTestWorld({ wrapStore: failing });
  failure = new LedgerConflictError("req_x", "answer");
  const refused = await chat(false);
  expect(refused.status).toBe(503);
  failure = null;
  expect((await chat(false)).status).toBe(200);

  // It ran at its provider, so it is found as an orphan.
  const reader = openSqliteReader({ file: world.ledgerFile });
  const orphans = await reader.orphans(Number.MAX_SAFE_INTEGER);
  await reader.close();
  expect(orphans.map(({ requestId }) => requestId)).toEqual([refused.headers.get("x-clauseway-request-id")]);
});

test("a call that was noted while it ran, and then could not be settled, is noted once more: its first note may have gone with it", async () => {
  const faults = await startFaultWorld({ wrapStore: failing });
  try {
    const { promise: asked, resolve: onAsked } = Promise.withResolvers<UpstreamCall>();
    faults.azure.answer(onAsked);
    const answered = sendChat(faults.gateway);
    const held = await asked;
    await expect.poll(() => notes).toHaveLength(1);
    failure = LOST;
    answerJson(COMPLETION)(held);
    const response = await answered;
    expect(response.status).toBe(503);
    const id = response.headers.get("x-clauseway-request-id");
    expect(notes).toEqual([id, id]);
  } finally {
    await faults.close();
  }
});

test("a call that was answered and not settled is counted as one that metering must cover", async () => {
  world = await startTestWorld({ wrapStore: failing });
  expect((await chat(false)).status).toBe(200);
  failure = LOST;
  expect((await chat(false)).status).toBe(503);
  // Refused at the door: nothing is owed for it.
  expect((await chat(false)).status).toBe(503);
  const page = await (await fetch(`${world.urls.admin}/metrics`)).text();
  expect(sumOf(page, "clauseway_billable_requests_total")).toBe(2);
  expect(sumOf(page, "clauseway_metered_requests_total")).toBe(1);
});
