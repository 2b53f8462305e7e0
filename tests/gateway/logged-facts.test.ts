/** What the ledger remembers of a call is enough to decide it again. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { decide } from "../../src/agreement/decide.ts";
import type { LoggedCall } from "../../src/ledger/logged-call.ts";
import { openSqliteReader } from "../../src/stores/sqlite/sqlite-reader.ts";
import type { LedgerReader } from "../../src/stores/store.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

let world: TestWorld;
let reader: LedgerReader;
beforeAll(async () => {
  world = await startTestWorld();
  reader = openSqliteReader({ file: world.ledgerFile });
});
afterAll(async () => {
  await reader.close();
  await world.close();
});

async function post(path: string, body: object): Promise<string> {
  const response = await fetch(`${world.urls.gateway}${path}`, {
    method: "POST",
    headers: { authorization: "Bearer fake-partner-direct", "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-5.4", ...body }),
  });
  expect(response.status).toBe(200);
  await response.text();
  return response.headers.get("x-clauseway-request-id") ?? "";
}

async function logged(requestId: string): Promise<LoggedCall> {
  const call = await reader.findCall(requestId);
  if (!call) throw new Error(`\`${requestId}\` is not in the ledger`);
  return call;
}

test.each([
  ["a chat call", "/v1/chat/completions", { messages: [{ role: "user", content: "hello" }] }],
  ["a first turn", "/v1/responses", { input: "hello" }],
  ["a background run", "/v1/responses", { input: "hello", background: true }],
])("%s has one fact for each axis, which decide it as it was decided", async (_what, path, body) => {
  const { answer } = await logged(await post(path, body));
  const { agreement } = world.configuration.world;
  expect(Object.keys(answer.facts).sort()).toEqual(agreement.axes.map(({ name }) => name).sort());
  expect(answer.facts["workload"]).toBe(answer.workload);
  expect(decide(agreement, answer.facts)).toMatchObject({ kind: "allowed", clauses: answer.clauses });
  expect(Object.keys(answer.evidence).length).toBeGreaterThan(1);
});

test("the completion of a job says the same of it as its answer", async () => {
  const requestId = await post("/v1/responses", { input: "hello", background: true });
  await expect.poll(async () => (await reader.findCall(requestId))?.completion).toBeTruthy();
  const { answer, completion } = await logged(requestId);
  expect(completion).toMatchObject({ facts: answer.facts, evidence: answer.evidence, digest: answer.digest });
});

test("calls that show the same weigh together", async () => {
  const before = await weightOf("chat.completions.create");
  for (let call = 0; call < 3; call += 1) {
    await post("/v1/chat/completions", { messages: [{ role: "user", content: "hello" }] });
  }
  expect(await weightOf("chat.completions.create")).toEqual({ rows: 1, calls: before.calls + 3 });
});

async function weightOf(operation: string): Promise<{ readonly rows: number; readonly calls: number }> {
  const rows = (await reader.traffic()).filter((row) => row.operation === operation);
  return { rows: rows.length, calls: rows.reduce((sum, { calls }) => sum + calls, 0) };
}
