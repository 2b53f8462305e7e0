/** Another configuration in the running gateway: all of it or nothing, and nothing for the calls that are under way. */

import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ReloadResult } from "../../src/gateway/reload-result.ts";
import { copyConfig, chooseFamily, type ConfigCopy } from "../support/config-copy.ts";
import { chat, startFaultWorld, type FaultWorld } from "../support/fault-world.ts";
import { readLedgerRows } from "../support/ledger-rows.ts";
import { readSeries, sumOf } from "../support/metrics-page.ts";
import {
  answerJson,
  chunk,
  deltaEvent,
  DONE_EVENT,
  LAST_CHUNK,
  SSE_HEAD,
  usageEvent,
  type UpstreamCall,
} from "../support/raw-upstream.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

const READING = "readings/default.yaml";

let config: ConfigCopy;
beforeEach(() => {
  config = copyConfig();
});
afterEach(() => config.remove());

async function reload(admin: string): Promise<{ status: number; result: ReloadResult }> {
  const response = await fetch(`${admin}/agreement/reload`, { method: "POST" });
  return { status: response.status, result: (await response.json()) as ReloadResult };
}

async function pageOf(admin: string): Promise<string> {
  return (await fetch(`${admin}/metrics`)).text();
}

/** A first turn: stateless by dependence, a session by family. */
async function firstTurn(
  gateway: string,
  { key = "fake-partner-direct", model = "gpt-5.4" } = {},
): Promise<{ status: number; provider: string | null; digest: string | null; requestId: string | null }> {
  const { status, headers } = await fetch(`${gateway}/v1/responses`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model, input: "hello" }),
  });
  return {
    status,
    provider: headers.get("x-clauseway-provider"),
    digest: headers.get("x-clauseway-digest"),
    requestId: headers.get("x-clauseway-request-id"),
  };
}

describe("a reload by the admin API", () => {
  let world: TestWorld;
  let gateway: string;
  let admin: string;
  beforeEach(async () => {
    world = await startTestWorld({ configDir: config.folder });
    ({ gateway, admin } = world.urls);
  });
  afterEach(() => world.close());

  test("decides the next call by what it read, and says so everywhere", async () => {
    const { digest: before } = world.configuration.world;
    expect(await firstTurn(gateway)).toMatchObject({ provider: "azure", digest: before.slice(0, 16) });
    chooseFamily(config);

    const { status, result } = await reload(admin);
    expect(status).toBe(200);
    expect(result).toMatchObject({
      outcome: "loaded",
      previousDigest: before,
      regime: "2026-02-27",
      reading: "default",
    });
    expect(result.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(result.digest).not.toBe(before);

    const after = await firstTurn(gateway);
    expect(after).toMatchObject({ provider: "aws", digest: result.digest.slice(0, 16) });
    expect(readLedgerRows(world.ledgerFile).map(({ digest }) => digest)).toEqual([before, result.digest]);
    expect(await (await fetch(`${admin}/agreement`)).json()).toMatchObject({ digest: result.digest });

    const page = await pageOf(admin);
    const live = [...readSeries(page)].filter(([name]) => name.startsWith("clauseway_agreement_info"));
    expect(live).toEqual([[expect.stringContaining(result.digest), 1]]);
    expect(sumOf(page, "clauseway_config_reloads_total", `outcome="loaded"`)).toBe(1);
    expect(sumOf(page, "clauseway_config_last_reload_successful")).toBe(1);
    expect(sumOf(page, "clauseway_requests_total", `provider="azure"`)).toBe(1);
    expect(sumOf(page, "clauseway_requests_total", `provider="aws"`)).toBe(1);
  });

  test("keeps the last good configuration when a file is broken, counts it, and takes the mended one", async () => {
    const { digest } = world.configuration.world;
    const started = sumOf(await pageOf(admin), "clauseway_config_last_reload_success_timestamp_seconds");
    config.edit(READING, "choose: dependence", "choose: familly");

    const { status, result } = await reload(admin);
    expect(status).toBe(422);
    expect(result).toMatchObject({
      outcome: "refused",
      digest,
      problems: [
        {
          file: expect.stringContaining("default.yaml"),
          line: expect.any(Number),
          message: expect.stringContaining("familly"),
        },
      ],
    });
    config.edit(READING, "choices:", "choices: [");
    expect((await reload(admin)).status).toBe(422);

    expect(await firstTurn(gateway)).toMatchObject({
      status: 200,
      provider: "azure",
      digest: digest.slice(0, 16),
    });
    expect(await (await fetch(`${admin}/agreement`)).json()).toMatchObject({ digest });
    const page = await pageOf(admin);
    expect(sumOf(page, "clauseway_config_reloads_total", `outcome="refused"`)).toBe(2);
    expect(sumOf(page, "clauseway_config_last_reload_successful")).toBe(0);
    expect(sumOf(page, "clauseway_config_last_reload_success_timestamp_seconds")).toBe(started);
    expect(sumOf(page, "clauseway_agreement_info", digest)).toBe(1);

    config.restore(READING);
    chooseFamily(config);
    expect((await reload(admin)).status).toBe(200);
    expect(await firstTurn(gateway)).toMatchObject({ status: 200, provider: "aws" });
    const mended = await pageOf(admin);
    expect(sumOf(mended, "clauseway_config_last_reload_successful")).toBe(1);
    expect(sumOf(mended, "clauseway_config_last_reload_success_timestamp_seconds")).toBeGreaterThan(started);
  });

  test("says when nothing changed, whatever the comments say", async () => {
    const { digest } = world.configuration.world;
    config.edit("models.yaml", "models:", "# a remark\nmodels:");
    expect((await reload(admin)).result).toMatchObject({
      outcome: "unchanged",
      digest,
      previousDigest: digest,
    });
    config.edit(
      "models.yaml",
      "models:",
      "models:\n  gpt-new: { kind: chat, family: openai, priceKey: gpt-5.4, latencyPreset: gpt-5, deployments: { azure: gpt-5.4 } }",
    );
    expect((await reload(admin)).result).toMatchObject({ outcome: "loaded", digest, previousDigest: digest });
  });

  test("sells a new model at once, and counts it by its name", async () => {
    expect(await firstTurn(gateway, { model: "gpt-new" })).toMatchObject({ status: 404 });
    config.edit(
      "models.yaml",
      "models:",
      "models:\n  gpt-new: { kind: chat, family: openai, priceKey: gpt-5.4, latencyPreset: gpt-5, deployments: { azure: gpt-5.4 } }",
    );
    await reload(admin);
    expect(await firstTurn(gateway, { model: "gpt-new" })).toMatchObject({ status: 200, provider: "azure" });
    const page = await pageOf(admin);
    expect(sumOf(page, "clauseway_output_tokens_total", `model="gpt-new"`)).toBeGreaterThan(0);
    expect(sumOf(page, "clauseway_output_tokens_total", `model="other"`)).toBe(0);
  });

  test("takes another credential of a partner", async () => {
    config.edit("partners.yaml", "fake-partner-direct", "fake-partner-direct-2");
    await reload(admin);
    expect(await firstTurn(gateway)).toMatchObject({ status: 401 });
    expect(await firstTurn(gateway, { key: "fake-partner-direct-2" })).toMatchObject({ status: 200 });
  });

  test("takes another zone of a region, and prices by it from then on", async () => {
    for (const region of ["eastus2", "swedencentral"]) {
      config.edit("providers.yaml", `${region}/openai/v1"`, `${region}/openai/v1", zone: data-zone`);
    }
    await firstTurn(gateway);
    expect(await reload(admin)).toMatchObject({ status: 200, result: { outcome: "loaded" } });
    await firstTurn(gateway);
    const charges = readLedgerRows(world.ledgerFile).map(
      ({ input_tokens, output_tokens, charge_pico_usd }) => {
        const listed = (input_tokens ?? 0) * 2_500_000 + (output_tokens ?? 0) * 15_000_000;
        return (charge_pico_usd ?? 0) / listed;
      },
    );
    expect(charges).toEqual([1, 1.1]);
  });

  test.each([
    ["another key", "fake-azure-key", "fake-azure-key-2"],
    ["another region", "eastus2:", "westus:"],
  ])("refuses %s of a provider and says that it takes a restart", async (_what, before, after) => {
    config.edit("providers.yaml", before, after);
    const { status, result } = await reload(admin);
    expect(status).toBe(422);
    expect(result).toMatchObject({
      outcome: "refused",
      message: expect.stringMatching(/azure.*restart the gateway/),
      problems: [],
    });
    expect(await firstTurn(gateway)).toMatchObject({ status: 200, provider: "azure" });
  });

  test("answers two at once, one after the other", async () => {
    const { digest: before } = world.configuration.world;
    chooseFamily(config);
    const [first, second] = await Promise.all([reload(admin), reload(admin)]);
    const results = [first.result, second.result].sort((a) => (a.outcome === "loaded" ? -1 : 1));
    expect(results[0]).toMatchObject({ outcome: "loaded", previousDigest: before });
    expect(results[1]).toMatchObject({
      outcome: "unchanged",
      previousDigest: results[0]?.digest,
      digest: results[0]?.digest,
    });
  });

  test("is not to be had by the page of another site", async () => {
    const ask = (origin: string): Promise<Response> =>
      fetch(`${admin}/agreement/reload`, { method: "POST", headers: { origin } });
    expect((await ask("https://elsewhere.example")).status).toBe(403);
    expect((await ask("null")).status).toBe(403);
    expect((await ask(admin)).status).toBe(200);
  });

  test("takes a POST only", async () => {
    const response = await fetch(`${admin}/agreement/reload`);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    expect(sumOf(await pageOf(admin), "clauseway_config_reloads_total")).toBe(0);
  });
});

describe("work that was under way at a reload", () => {
  let faults: FaultWorld;
  beforeEach(async () => {
    faults = await startFaultWorld({ configDir: config.folder });
  });
  afterEach(() => faults.close());

  test("a stream ends and is settled under the digest it started with, the next call under the new one", async () => {
    const { digest: before } = faults.world.configuration.world;
    const opened = Promise.withResolvers<UpstreamCall>();
    faults.azure.answer((call) => {
      call.socket.write(SSE_HEAD + chunk(deltaEvent("one")));
      opened.resolve(call);
    });
    const body = JSON.stringify({
      model: "gpt-5.4",
      stream: true,
      messages: [{ role: "user", content: "hello" }],
    });
    const streamed = await chat(faults.gateway, { body });
    const upstream = await opened.promise;

    chooseFamily(config);
    const { result } = await reload(faults.world.urls.admin);
    faults.azure.reset();
    const next = await chat(faults.gateway);
    expect(next.headers.get("x-clauseway-digest")).toBe(result.digest.slice(0, 16));
    await next.text();

    upstream.socket.write(
      chunk(usageEvent({ prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 })) +
        chunk(DONE_EVENT) +
        LAST_CHUNK,
    );
    expect(await streamed.text()).toMatch(/\[DONE\]\n\n$/);
    expect(streamed.headers.get("x-clauseway-digest")).toBe(before.slice(0, 16));
    const rows = readLedgerRows(faults.world.ledgerFile);
    expect(rows.map(({ digest, outcome, output_tokens }) => [digest, outcome, output_tokens])).toEqual([
      [result.digest, "ok", 2],
      [before, "ok", 2],
    ]);
  });

  test("a call whose body is still coming is decided by what was in force when it came", async () => {
    const { digest: before } = faults.world.configuration.world;
    const body = JSON.stringify({ model: "gpt-5.4", messages: [{ role: "user", content: "hello" }] });
    const { hostname, port } = new URL(faults.gateway);
    const socket = connect(Number(port), hostname);
    socket.write(
      "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer fake-partner-direct\r\nexpect: 100-continue\r\n" +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`,
    );
    let answer = "";
    const closed = new Promise<void>((resolve) => {
      socket.once("close", () => resolve());
    });
    const asked = new Promise<void>((resolve) => {
      socket.on("data", (data: Buffer) => {
        answer += data.toString();
        if (answer.includes("100 Continue")) resolve();
      });
    });
    await asked;
    chooseFamily(config);
    await reload(faults.world.urls.admin);
    socket.write(body);
    await closed;
    expect(answer).toContain(`x-clauseway-digest: ${before.slice(0, 16)}`);
    expect(readLedgerRows(faults.world.ledgerFile).map(({ digest }) => digest)).toEqual([before]);
  });

  test("a background run is settled under the digest that decided it, whenever it ends", async () => {
    const { digest: before } = faults.world.configuration.world;
    const run = { id: "resp_bg", object: "response", model: "gpt-5.4-2026-03-05", output: [] };
    faults.aws.answer(answerJson({ ...run, status: "queued" }));
    const started = await chat(faults.gateway, {
      path: "/v1/responses",
      body: JSON.stringify({ model: "gpt-5.4", input: "hello", background: true }),
    });
    expect([started.status, started.headers.get("x-clauseway-provider")]).toEqual([200, "aws"]);

    chooseFamily(config);
    const { result } = await reload(faults.world.urls.admin);
    const usage = { input_tokens: 5, output_tokens: 6, total_tokens: 11 };
    faults.aws.answer(answerJson({ ...run, status: "completed", usage }));
    await expect.poll(() => readLedgerRows(faults.world.ledgerFile).length).toBe(2);
    const [, completion] = readLedgerRows(faults.world.ledgerFile);
    expect(completion).toMatchObject({ phase: 1, digest: before, output_tokens: 6 });
    expect(result.digest).not.toBe(before);
  });
});
