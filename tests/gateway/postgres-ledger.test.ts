/** Two gateways side by side on one Postgres ledger, and the commands that read it. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { directClient, placed } from "../support/clients.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { runCli } from "../support/run-cli.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

const model = "gpt-5.4";

describe.skipIf(!hasPostgres())("gateways on one Postgres ledger", () => {
  let server: TestPostgres;
  let ledgerUrl = "";
  let one: TestWorld;
  let other: TestWorld;
  beforeAll(async () => {
    server = await startPostgres();
    ledgerUrl = server.url("gateways");
    one = await startTestWorld({ ledgerUrl });
    const { azure, aws, stargate } = one.urls;
    other = await startTestWorld({ ledgerUrl, upstreams: { azure, aws, stargate } });
  });
  afterAll(async () => {
    await other.close();
    await one.close();
    await server.close();
  });

  it("continue each other's sessions, and settle both turns in it", async () => {
    const before = await one.totals();
    const first = await placed(directClient(one).responses.create({ model, input: "my name is Ada" }));
    const next = await placed(
      directClient(other).responses.create({
        model,
        input: "what is my name?",
        previous_response_id: first.data.id,
      }),
    );
    expect(next.data.output_text).toContain("Your name is Ada.");
    await directClient(other).responses.delete(first.data.id);
    const refused = directClient(one).responses.create({
      model,
      input: "hello",
      previous_response_id: first.data.id,
    });
    await expect(refused).rejects.toMatchObject({ status: 400, code: "previous_response_not_found" });
    const { calls } = await other.totals();
    expect(calls - before.calls).toBeGreaterThanOrEqual(3);

    const explained = await runCli(["explain", "--request", next.at.requestId], {
      CLAUSEWAY_LEDGER_URL: ledgerUrl,
    });
    expect(explained).toMatchObject({ exitCode: 0, stderr: "" });
    expect(explained.stdout).toContain(next.at.requestId);
  });

  it("settle a call that asks for a tier which Postgres could not hold as text", async () => {
    const { calls } = await one.totals();
    const response = await fetch(`${one.urls.gateway}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer fake-partner-direct", "content-type": "application/json" },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "hi" }], service_tier: "a\0b" }),
    });
    expect(response.status).toBe(200);
    await response.text();
    expect((await one.totals()).calls).toBe(calls + 1);
  });

  it("is what `statement` reads, by flag or by variable", async () => {
    await directClient(one).chat.completions.create({ model, messages: [{ role: "user", content: "hi" }] });
    const byFlag = await runCli(["statement", "--ledger", ledgerUrl, "--json"]);
    const byVariable = await runCli(["statement", "--json"], { CLAUSEWAY_LEDGER_URL: ledgerUrl });
    expect(byFlag).toMatchObject({ exitCode: 0, stderr: "" });
    expect(byVariable).toEqual(byFlag);
    const { grossPicoUsd, calls } = await one.totals();
    expect(JSON.parse(byFlag.stdout)).toMatchObject({ total: { calls, grossPicoUsd: String(grossPicoUsd) } });
  });

  it("makes calls fail with 503 while it is away, also for long; a gateway that starts when it is back serves", async () => {
    const call = () =>
      directClient(other).chat.completions.create({ model, messages: [{ role: "user", content: "hi" }] });
    await call();
    await server.crash();
    await expect(call()).rejects.toMatchObject({ status: 503 });
    await expect(call()).rejects.toMatchObject({ status: 503 });
    await server.restart();
    await other.restartGateway();
    await call();
  });
});

describe("a Postgres ledger that nobody answers for", () => {
  const url = "postgres://gate:fake-very-secret@127.0.0.1:1/money";

  it.each([
    ["statement", ["statement"]],
    ["serve gateway", ["serve", "gateway"]],
    ["explain", ["explain", "--request", "req_1"]],
  ])("ends `%s` with 69 and says what to do, without the password", async (_, args) => {
    const { exitCode, stdout, stderr } = await runCli(args, { CLAUSEWAY_LEDGER_URL: url });
    expect(exitCode).toBe(69);
    expect(stderr).toMatch(/gate@127\.0\.0\.1:1\/money .* is not available .*see that Postgres runs there/);
    expect(stdout + stderr).not.toContain("fake-very-secret");
  });

  it.each([
    ["--ledger", ["statement", "--ledger", "mysql://gate:fake-very-secret@db/money"], {}],
    ["CLAUSEWAY_LEDGER_URL", ["statement"], { CLAUSEWAY_LEDGER_URL: "fake-very-secret" }],
  ])("is a mistake of usage where %s is no such URL", async (name, args, environment) => {
    const { exitCode, stderr } = await runCli(args, environment);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(new RegExp(`${name} must be a URL such as postgres://`));
    expect(stderr).not.toContain("fake-very-secret");
  });
});
