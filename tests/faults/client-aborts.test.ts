/** E3: a client that leaves. Nobody pays for tokens that nobody reads, and nothing that ran stays unmetered. */

import type { Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { Configuration } from "../../src/app/load-world.ts";
import { chat, startFaultWorld, type FaultWorld } from "../support/fault-world.ts";
import { readLedgerRows, type LedgerRow } from "../support/ledger-rows.ts";
import { chatRequest, connectRaw, PARTNER_KEY, readUntil, request } from "../support/raw-client.ts";
import {
  chunk,
  COMPLETION,
  deltaEvent,
  DONE_EVENT,
  head,
  LAST_CHUNK,
  SSE_HEAD,
  STREAM_CHUNK,
  usageEvent,
  type UpstreamCall,
} from "../support/raw-upstream.ts";

let open: FaultWorld | null = null;

async function startWorld(options: Parameters<typeof startFaultWorld>[0] = {}): Promise<FaultWorld> {
  open = await startFaultWorld(options);
  return open;
}

afterEach(async () => {
  await open?.close();
  open = null;
});

const STREAM = JSON.stringify({
  model: "gpt-5.4",
  messages: [{ role: "user", content: "hello there" }],
  stream: true,
});
const WHOLE = STREAM.replace("true", "false");

/** Sends a call and waits until the upstream has it. */
async function begin(faults: FaultWorld, bytes: string): Promise<{ client: Socket; upstream: UpstreamCall }> {
  const client = await connectRaw(faults.gateway);
  client.write(bytes);
  await expect.poll(() => faults.azure.calls.length).toBe(1);
  return { client, upstream: faults.azure.calls[0] as UpstreamCall };
}

/** The rows once there is one; a good call afterwards adds exactly its own, so none comes late. */
async function settledRow(faults: FaultWorld): Promise<LedgerRow> {
  await expect.poll(() => readLedgerRows(faults.world.ledgerFile).length).toBe(1);
  const [row] = readLedgerRows(faults.world.ledgerFile);
  await faults.reset();
  expect((await chat(faults.gateway)).status).toBe(200);
  expect(readLedgerRows(faults.world.ledgerFile)).toHaveLength(2);
  return row as LedgerRow;
}

describe("under `estimate`, the default", () => {
  test("mid-stream: the upstream is let go, one row is settled by estimate", async () => {
    const faults = await startWorld();
    faults.azure.answer(({ socket }) => socket.write(SSE_HEAD + chunk(deltaEvent("Hello"))));
    const { client, upstream } = await begin(faults, chatRequest([], STREAM));
    await readUntil(client, /Hello/);
    client.destroy();
    await upstream.closed;
    expect(await settledRow(faults)).toMatchObject({
      outcome: "aborted",
      usage_source: "estimated",
      input_tokens: 2,
      output_tokens: 1,
      charge_kind: "rated",
      provider: "azure",
    });
  });

  test.each([
    ["a stream", STREAM],
    ["a whole answer", WHOLE],
  ])(
    "before the first byte of %s: let go; what was asked is estimated, what was answered is unknown, and so is the price",
    async (_case, body) => {
      const faults = await startWorld();
      faults.azure.answer(() => undefined);
      const { client, upstream } = await begin(faults, chatRequest([], body));
      client.destroy();
      await upstream.closed;
      expect(await settledRow(faults)).toMatchObject({
        outcome: "aborted",
        usage_source: "estimated",
        input_tokens: 2,
        output_tokens: null,
        charge_kind: "unpriced",
        unpriced_reason: "usage unknown",
        charge_pico_usd: null,
      });
    },
  );

  test("before the first byte of embeddings, which have no output: settled by estimate", async () => {
    const faults = await startWorld();
    faults.azure.answer(() => undefined);
    const body = JSON.stringify({ model: "text-embedding-3-small", input: "hello there" });
    const asked = chatRequest([], body).replace("/v1/chat/completions", "/v1/embeddings");
    const { client, upstream } = await begin(faults, asked);
    client.destroy();
    await upstream.closed;
    expect(await settledRow(faults)).toMatchObject({
      outcome: "aborted",
      usage_source: "estimated",
      input_tokens: 2,
      output_tokens: 0,
      charge_pico_usd: 2 * 20_000,
    });
  });

  test("in the middle of the arguments of a tool call: these are output too", async () => {
    const faults = await startWorld();
    const delta = { tool_calls: [{ index: 0, function: { name: "look", arguments: " some words here" } }] };
    const called = { ...STREAM_CHUNK, choices: [{ index: 0, delta, finish_reason: null }], usage: null };
    faults.azure.answer(({ socket }) =>
      socket.write(SSE_HEAD + chunk(`data: ${JSON.stringify(called)}\n\n`)),
    );
    const { client, upstream } = await begin(faults, chatRequest([], STREAM));
    await readUntil(client, /some words/);
    client.destroy();
    await upstream.closed;
    expect(await settledRow(faults)).toMatchObject({
      usage_source: "estimated",
      output_tokens: 4,
      charge_kind: "rated",
    });
  });

  test("clients that leave calls on reused connections are not taken for a failing upstream", async () => {
    const faults = await startWorld();
    for (let leaver = 1; leaver <= 4; leaver += 1) {
      // A good answer first, so that the next call goes out on a connection that has served before.
      await faults.reset();
      expect((await chat(faults.gateway)).status).toBe(200);
      await faults.reset();
      faults.azure.answer(() => undefined);
      const { client, upstream } = await begin(faults, chatRequest([], WHOLE));
      client.destroy();
      await upstream.closed;
      await expect.poll(() => readLedgerRows(faults.world.ledgerFile).length).toBe(2 * leaver);
      expect(readLedgerRows(faults.world.ledgerFile).at(-1)).toMatchObject({ outcome: "aborted" });
      expect(faults.azure.calls).toHaveLength(1);
    }
    await faults.reset();
    expect((await chat(faults.gateway)).status).toBe(200);
  });

  test("in the middle of a whole answer: let go, and settled as aborted", async () => {
    const faults = await startWorld();
    const text = JSON.stringify(COMPLETION);
    let halfSent: () => void = () => undefined;
    const half = new Promise<void>((resolve) => {
      halfSent = resolve;
    });
    faults.azure.answer(({ socket }) => {
      socket.write(
        head(200, ["content-type: application/json", `content-length: ${text.length}`]) + text.slice(0, 40),
        () => halfSent(),
      );
    });
    const { client, upstream } = await begin(faults, chatRequest([], WHOLE));
    await half;
    client.destroy();
    await upstream.closed;
    expect(await settledRow(faults)).toMatchObject({
      outcome: "aborted",
      usage_source: "estimated",
      input_tokens: 2,
      output_tokens: null,
      charge_kind: "unpriced",
    });
  });

  test("in the middle of an upload: the training cluster is let go, and the row says aborted", async () => {
    const faults = await startWorld();
    let connected: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => {
      connected = resolve;
    });
    void expect
      .poll(() => faults.stargate.connects())
      .toBe(1)
      .then(connected);
    const client = await connectRaw(faults.gateway);
    const lines = [
      "host: g",
      `authorization: Bearer ${PARTNER_KEY}`,
      "content-type: multipart/form-data; boundary=b",
      "content-length: 1000000",
    ];
    client.write(request("POST /v1/files HTTP/1.1", lines, `--b\r\n${"a".repeat(100_000)}`));
    await reached;
    client.destroy();
    await expect.poll(() => faults.stargate.openConnections()).toBe(0);
    expect(await settledRow(faults)).toMatchObject({
      outcome: "aborted",
      charge_kind: "free",
      provider: "stargate",
    });
  });

  test("after the last byte: an ordinary call", async () => {
    const faults = await startWorld();
    faults.azure.answer(({ socket }) =>
      socket.write(
        SSE_HEAD +
          [deltaEvent("Hi"), usageEvent({ prompt_tokens: 5, completion_tokens: 1 }), DONE_EVENT]
            .map(chunk)
            .join("") +
          LAST_CHUNK,
      ),
    );
    const { client } = await begin(faults, chatRequest([], STREAM));
    await readUntil(client, /\[DONE\]/);
    client.destroy();
    expect(await settledRow(faults)).toMatchObject({
      outcome: "ok",
      usage_source: "reported",
      input_tokens: 5,
      output_tokens: 1,
    });
  });
});

describe("under `drain`", () => {
  const drain = (configuration: Configuration): Configuration => ({
    ...configuration,
    partners: configuration.partners.map((partner) => ({ ...partner, abort: "drain" as const })),
  });

  test("the stream is read to its end and the report is settled", async () => {
    const faults = await startWorld({ change: drain });
    faults.azure.answer(({ socket }) => socket.write(SSE_HEAD + chunk(deltaEvent("Hello"))));
    const { client, upstream } = await begin(faults, chatRequest([], STREAM));
    await readUntil(client, /Hello/);
    const before = await faults.metric("clauseway_requests_in_flight");
    client.destroy();
    await new Promise((resolve) => {
      client.once("close", resolve);
    });
    const rest = [deltaEvent(" world"), usageEvent({ prompt_tokens: 7, completion_tokens: 42 }), DONE_EVENT];
    upstream.socket.write(rest.map(chunk).join("") + LAST_CHUNK);
    expect(before).toBe(1);
    expect(await settledRow(faults)).toMatchObject({
      usage_source: "reported",
      input_tokens: 7,
      output_tokens: 42,
      charge_kind: "rated",
    });
  });

  test("an upstream without an end is let go at the policy's bound, and estimated", async () => {
    const faults = await startWorld({ change: drain, limits: { drainTimeoutMs: 100 } });
    faults.azure.answer(({ socket }) => socket.write(SSE_HEAD + chunk(deltaEvent("Hello"))));
    const { client, upstream } = await begin(faults, chatRequest([], STREAM));
    await readUntil(client, /Hello/);
    client.destroy();
    await upstream.closed;
    expect(await settledRow(faults)).toMatchObject({
      outcome: "aborted",
      usage_source: "estimated",
      output_tokens: 1,
    });
  });
});
