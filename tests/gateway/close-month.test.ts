/** Closing a month through the gateway that writes the ledger: over its admin listener, or by a command that finds it there. */

import { dirname } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gatewayClient } from "../support/clients.ts";
import { runCli, type CliResult } from "../support/run-cli.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

// The commands are processes of their own, and a busy machine starts them slowly.

let world: TestWorld;
beforeAll(async () => {
  world = await startTestWorld();
  await gatewayClient(world, "direct").chat.completions.create({
    model: "gpt-5.4",
    messages: [{ role: "user", content: "hello" }],
  });
});
afterAll(() => world.close());

test("a page of another site cannot close a month, and nothing but a POST does", async () => {
  expect(
    await ask("2026-03", { method: "POST", headers: { origin: "http://elsewhere.example" } }),
  ).toMatchObject({
    status: 403,
    body: { code: "foreign_page" },
  });
  expect(await ask("2026-03", { method: "GET" })).toMatchObject({
    status: 405,
    body: { code: "method_not_allowed" },
  });
  expect((await printed("period", "list")).stdout).toMatch(/2026-03 +open/);
});

test("what is no month is told", async () => {
  expect(await ask("march", { method: "POST" })).toMatchObject({
    status: 400,
    body: { code: "invalid_period", message: "a period is a month such as 2026-03, got `march`" },
  });
});

test("a month that is still ahead of one with calls is a conflict with a code", async () => {
  expect(await ask("2026-04", { method: "POST" })).toMatchObject({
    status: 409,
    body: { code: "LEDGER_PERIOD_ORDER" },
  });
});

test("the command asks the gateway where that holds the ledger, and calls go on in the next month", async () => {
  const closed = await printed("period", "close", "2026-03", "--json");
  expect(JSON.parse(closed.stdout)).toMatchObject({ period: "2026-03", cutoffSeq: "1" });
  await gatewayClient(world, "direct").chat.completions.create({
    model: "gpt-5.4",
    messages: [{ role: "user", content: "again" }],
  });
  const { stdout } = await printed("period", "list");
  expect(stdout).toMatch(/2026-03 +closed +1 /);
  expect(stdout).toMatch(/2026-04 +open +1 /);
  expect((await printed("statement", "--period", "2026-04")).stdout).toMatch(
    /of 2026-03, which was over: 1 call/,
  );
});

test("a month that is closed stays closed, by whatever way it is asked", async () => {
  expect(await ask("2026-03", { method: "POST" })).toMatchObject({
    status: 409,
    body: { code: "LEDGER_PERIOD_CLOSED" },
  });
  const { exitCode, stderr } = await run("period", "close", "2026-03", "--admin", world.urls.admin);
  expect(stderr).toMatch(/the gateway did not close 2026-03: `2026-03` is closed/);
  expect(exitCode).toBe(2);
});

test("the books replay while the gateway runs", async () => {
  expect((await printed("ledger", "replay", "--verify")).stdout).toMatch(/^replayed 2 calls in 2 months: /);
});

async function ask(
  period: string,
  init: RequestInit,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${world.urls.admin}/periods/${period}/close`, init);
  return { status: response.status, body: await response.json() };
}

function run(...words: readonly string[]): Promise<CliResult> {
  return runCli([...words], {
    CLAUSEWAY_DATA_DIR: dirname(world.ledgerFile),
    CLAUSEWAY_ADMIN_PORT: new URL(world.urls.admin).port,
  });
}

async function printed(...words: readonly string[]): Promise<CliResult> {
  const result = await run(...words);
  expect({ exitCode: result.exitCode, stderr: result.stderr }).toEqual({ exitCode: 0, stderr: "" });
  return result;
}
