/** Clouds that break: failover inside the provider only, nothing truncated passes for whole, every placed call has one row. */

import { afterEach, describe, expect, test } from "vitest";
import { createLogger } from "../../src/telemetry/logger.ts";
import {
  chat,
  errorOf,
  oneRegion,
  startFaultWorld,
  withAzureRegions,
  type FaultWorld,
} from "../support/fault-world.ts";
import { readLedgerRows, type LedgerRow } from "../support/ledger-rows.ts";
import { chatRequest, sendRaw } from "../support/raw-client.ts";
import {
  answerJson,
  chunk,
  COMPLETION,
  deltaEvent,
  DONE_EVENT,
  head,
  LAST_CHUNK,
  SSE_HEAD,
  usageEvent,
  type Answer,
  type UpstreamCall,
} from "../support/raw-upstream.ts";

let open: FaultWorld | null = null;

/** One world a test, since breakers remember. */
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

/** The only row of the ledger. */
function onlyRow(faults: FaultWorld): LedgerRow {
  const rows = readLedgerRows(faults.world.ledgerFile);
  expect(rows).toHaveLength(1);
  return rows[0] as LedgerRow;
}

/** An answer that is written and then cut off. */
function breakOff(text: string, how: "end" | "destroy" = "end"): Answer {
  return ({ socket }) => {
    if (how === "end") socket.end(text);
    else socket.write(text, () => socket.resetAndDestroy());
  };
}

/** Nobody listens on port 1; the port of a server that was closed may be given to another at once. */
const NOBODY = "http://127.0.0.1:1/openai/v1";

describe("F1: one region down", () => {
  test("the other region of the same provider serves every call", async () => {
    const faults = await startWorld({
      change: (configuration) =>
        withAzureRegions(configuration, ([first, ...rest]) => [
          { region: first?.region ?? "", baseUrl: NOBODY },
          ...rest,
        ]),
    });
    for (let at = 0; at < 20; at += 1) {
      const response = await chat(faults.gateway);
      await response.arrayBuffer();
      expect(response.status).toBe(200);
      expect(response.headers.get("x-clauseway-region")).toBe("swedencentral");
    }
    const rows = readLedgerRows(faults.world.ledgerFile);
    expect(rows.map(({ provider, region, outcome }) => `${provider}/${region} ${outcome}`)).toEqual(
      Array.from({ length: 20 }, () => "azure/swedencentral ok"),
    );
    expect(faults.aws.connects() + faults.stargate.connects()).toBe(0);
    // Each call that met the dead region was sent twice, and stands in the ledger once.
    expect(new Set(rows.map(({ attempts }) => attempts))).toEqual(new Set([1, 2]));
    // The dead region was asked, so the calls above did fail over.
    expect(await faults.metric("clauseway_upstream_state", 'upstream="azure/eastus2",state="down"')).toBe(1);
  });
});

describe("F9: Azure down, the runtime on AWS healthy", () => {
  test("a stateless call is 503 under clause C1, and AWS is never even connected to", async () => {
    const faults = await startWorld({
      change: (configuration) =>
        withAzureRegions(configuration, (regions) =>
          regions.map(({ region }) => ({ region, baseUrl: NOBODY })),
        ),
    });
    for (let at = 0; at < 10; at += 1) {
      const response = await chat(faults.gateway);
      const error = await errorOf(response);
      expect({ status: response.status, code: error["code"], clause: error["clause"] }).toEqual({
        status: 503,
        code: "provider_unavailable",
        clause: "C1",
      });
      expect(response.headers.get("x-clauseway-clause")).toBe("C1");
      expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
      expect(error["message"]).toContain("azure");
    }
    expect(faults.aws.connects()).toBe(0);
    expect(faults.stargate.connects()).toBe(0);
    const rows = readLedgerRows(faults.world.ledgerFile);
    expect(
      new Set(rows.map(({ provider, outcome, charge_kind }) => `${provider} ${outcome} ${charge_kind}`)),
    ).toEqual(new Set(["azure upstream_error free"]));
  });

  test("a call that the agreement allows on AWS is still served there", async () => {
    const faults = await startWorld();
    await faults.azure.close();
    const response = await chat(faults.gateway, {
      body: STREAM.replace("gpt-5.4", "gpt-oss-120b").replace("true", "false"),
    });
    await response.arrayBuffer();
    expect(response.headers.get("x-clauseway-provider")).toBe("aws");
    expect(faults.aws.connects()).toBe(1);
  });
});

describe("F2: an upstream that accepts and says nothing", () => {
  test.each([
    ["a stream", STREAM, { firstByteTimeoutMs: 100 }],
    ["a whole answer", STREAM.replace("true", "false"), { totalTimeoutMs: 100 }],
  ])("is 504 for %s, asked once, and let go", async (_case, body, limits) => {
    const faults = await startWorld({ limits });
    faults.azure.answer(() => undefined);
    const response = await chat(faults.gateway, { body });
    const error = await errorOf(response);
    expect({ status: response.status, code: error["code"] }).toEqual({
      status: 504,
      code: "upstream_timeout",
    });
    expect(faults.azure.calls).toHaveLength(1);
    await faults.azure.calls[0]?.closed;
    // It may have run: visible as unpriced, neither guessed nor free.
    expect(onlyRow(faults)).toMatchObject({ outcome: "timeout", charge_kind: "unpriced" });
    expect(faults.aws.connects()).toBe(0);
  });
});

describe("F3: a whole answer that breaks off", () => {
  const body = JSON.stringify(COMPLETION);
  const chunked = head(200, ["content-type: application/json", "transfer-encoding: chunked"]);
  test.each([
    [
      "before its length",
      breakOff(
        head(200, ["content-type: application/json", `content-length: ${body.length}`]) + body.slice(0, -20),
      ),
    ],
    ["in a chunk", breakOff(`${chunked}${body.length.toString(16)}\r\n${body.slice(0, 30)}`)],
    ["without the last chunk", breakOff(chunked + chunk(body))],
    ["by a reset", breakOff(chunked + chunk(body), "destroy")],
  ])("%s is 502, never a short 200", async (_case, answer) => {
    const faults = await startWorld();
    faults.azure.answer(answer);
    const response = await chat(faults.gateway);
    const error = await errorOf(response);
    expect(response.status).toBe(502);
    expect(["upstream_truncated", "upstream_error"]).toContain(error["code"]);
    expect(faults.azure.calls).toHaveLength(1);
    expect(onlyRow(faults)).toMatchObject({ outcome: "upstream_error", charge_kind: "unpriced" });
  });
});

describe("F3: a stream that breaks off", () => {
  const said = chunk(deltaEvent("Hel")) + chunk(deltaEvent("lo wor"));
  const done = chunk(usageEvent({ prompt_tokens: 5, completion_tokens: 3 })) + chunk(DONE_EVENT);
  test.each([
    ["between two events", breakOff(SSE_HEAD + said)],
    ["inside a chunk", breakOff(`${SSE_HEAD}${said}ff\r\ndata: {"cho`)],
    ["inside an event", breakOff(`${SSE_HEAD}${said}${chunk('data: {"choices":[')}${LAST_CHUNK}`)],
    ["with a proper end but without [DONE]", breakOff(SSE_HEAD + said + LAST_CHUNK)],
    ["by a reset", breakOff(SSE_HEAD + said, "destroy")],
    [
      "framed by the end of the connection",
      breakOff(
        head(200, ["content-type: text/event-stream", "connection: close"]) +
          deltaEvent("Hel") +
          deltaEvent("lo wor"),
      ),
    ],
  ])("%s is destroyed and settled by estimate", async (_case, answer) => {
    const faults = await startWorld();
    faults.azure.answer(answer);
    const got = await sendRaw(faults.gateway, chatRequest([], STREAM));
    expect(got.status).toBe(200);
    expect(got.body).toContain('"content":"Hel"');
    expect(got.body).not.toContain("[DONE]");
    expect(got.body).not.toMatch(/0\r\n\r\n$/);
    const row = onlyRow(faults);
    expect(row).toMatchObject({
      outcome: "upstream_error",
      usage_source: "estimated",
      charge_kind: "rated",
      streamed: 1,
    });
    expect(row.input_tokens).toBe(2);
    expect(row.output_tokens).toBe(2);
    expect(row.charge_pico_usd).toBeGreaterThan(0);
  });

  test("after its report, but without the last chunk, is destroyed and settled by the report", async () => {
    const faults = await startWorld();
    faults.azure.answer(breakOff(SSE_HEAD + said + done));
    const got = await sendRaw(faults.gateway, chatRequest([], STREAM));
    expect(got.body).not.toMatch(/0\r\n\r\n$/);
    expect(onlyRow(faults)).toMatchObject({ usage_source: "reported", input_tokens: 5, output_tokens: 3 });
  });

  test("an ordinary client sees an error, not an end", async () => {
    const faults = await startWorld();
    faults.azure.answer(breakOff(SSE_HEAD + said));
    const response = await chat(faults.gateway, { body: STREAM });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  test("a Responses stream without its final event is destroyed, and its id is not kept", async () => {
    const faults = await startWorld();
    const created = {
      type: "response.created",
      response: { id: "resp_cut", object: "response", status: "in_progress", output: [], usage: null },
    };
    const delta = { type: "response.output_text.delta", delta: "Hello" };
    const events = [created, delta].map((event) =>
      chunk(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
    );
    faults.azure.answer(breakOff(SSE_HEAD + events.join("") + LAST_CHUNK));
    const body = JSON.stringify({ model: "gpt-5.4", input: "hello there", stream: true });
    const got = await sendRaw(
      faults.gateway,
      chatRequest([], body).replace("/v1/chat/completions", "/v1/responses"),
    );
    expect(got.body).toContain("Hello");
    expect(got.body).not.toMatch(/0\r\n\r\n$/);
    expect(onlyRow(faults)).toMatchObject({
      outcome: "upstream_error",
      usage_source: "estimated",
      output_tokens: 1,
    });
    const next = await chat(faults.gateway, {
      path: "/v1/responses",
      body: '{"model":"gpt-5.4","input":"a","previous_response_id":"resp_cut"}',
    });
    expect((await errorOf(next))["code"]).toBe("previous_response_not_found");
  });
});

test("F4: a stream that stalls is destroyed at the limit, both ways, and settled as a timeout by estimate", async () => {
  const faults = await startWorld({ limits: { idleTimeoutMs: 150 } });
  faults.azure.answer(({ socket }) => socket.write(SSE_HEAD + chunk(deltaEvent("Hello"))));
  const got = await sendRaw(faults.gateway, chatRequest([], STREAM));
  expect(got.body).toContain("Hello");
  expect(got.body).not.toMatch(/0\r\n\r\n$/);
  await faults.azure.calls[0]?.closed;
  expect(onlyRow(faults)).toMatchObject({ outcome: "timeout", usage_source: "estimated", output_tokens: 1 });
});

describe("F6: what a stream says about usage", () => {
  const streamOf = (...events: readonly string[]): Answer => {
    const text = SSE_HEAD + [deltaEvent("Hello"), ...events, DONE_EVENT].map(chunk).join("") + LAST_CHUNK;
    return ({ socket }) => socket.write(text);
  };
  const settled = async (answer: Answer): Promise<LedgerRow> => {
    const faults = await startWorld();
    faults.azure.answer(answer);
    const got = await sendRaw(faults.gateway, chatRequest([], STREAM));
    expect(got.body).toMatch(/data: \[DONE\]\n\n\r\n0\r\n\r\n$/);
    // The caller did not ask for usage, so it sees none.
    expect(got.body).not.toContain("usage");
    const row = onlyRow(faults);
    expect(row.outcome).toBe("ok");
    return row;
  };

  test("nothing: estimated, and marked so", async () => {
    expect(await settled(streamOf())).toMatchObject({
      usage_source: "estimated",
      input_tokens: 2,
      output_tokens: 1,
      charge_kind: "rated",
    });
  });

  test("zero: stays zero", async () => {
    const row = await settled(streamOf(usageEvent({ prompt_tokens: 0, completion_tokens: 0 })));
    expect(row).toMatchObject({
      usage_source: "reported",
      input_tokens: 0,
      output_tokens: 0,
      charge_pico_usd: 0,
    });
  });

  test("twice: the last counts, once", async () => {
    const row = await settled(
      streamOf(
        usageEvent({ prompt_tokens: 5, completion_tokens: 1 }),
        usageEvent({ prompt_tokens: 5, completion_tokens: 2 }),
      ),
    );
    expect(row).toMatchObject({ usage_source: "reported", input_tokens: 5, output_tokens: 2 });
  });

  test("with spaces, as some servers write JSON", async () => {
    const row = await settled(
      streamOf('data: {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}\n\n'),
    );
    expect(row).toMatchObject({ usage_source: "reported", input_tokens: 5, output_tokens: 2 });
  });

  test.each<[string, object]>([
    ["negative", { prompt_tokens: 5, completion_tokens: -2 }],
    ["a fraction", { prompt_tokens: 1.5, completion_tokens: 2 }],
    ["text", { prompt_tokens: "5", completion_tokens: 2 }],
    ["beyond 2^53", { prompt_tokens: 1e300, completion_tokens: 2 }],
    [
      "more cached than there was",
      { prompt_tokens: 5, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 6 } },
    ],
  ])("%s: shown as unpriced, never charged", async (_case, usage) => {
    const row = await settled(streamOf(usageEvent(usage)));
    expect(row.charge_kind).toBe("unpriced");
    expect(row.unpriced_reason).toMatch(/./);
    expect(row.charge_pico_usd).toBeNull();
  });

  test.each(['"ten"', "[1]", "-1", '{"prompt_tokens":10,}'])(
    "%s, which is no report: in suspense, neither estimated nor shown to who did not ask",
    async (usage) => {
      const row = await settled(streamOf(`data: {"choices":[],"usage":${usage}}\n\n`));
      expect(row).toMatchObject({
        usage_source: "reported",
        input_tokens: null,
        output_tokens: null,
        charge_kind: "unpriced",
        unpriced_reason: "disputed: usage is no object",
      });
    },
  );
});

test("F7: an event without an end is cut at the limit", async () => {
  const faults = await startWorld();
  faults.azure.answer(({ socket }) => {
    socket.write(SSE_HEAD + chunk(deltaEvent("Hello")));
    socket.write(chunk(`data: ${"a".repeat(2 * 1_048_576)}`));
  });
  const got = await sendRaw(faults.gateway, chatRequest([], STREAM));
  expect(got.body.length).toBeLessThan(1_048_576);
  expect(got.body).not.toMatch(/0\r\n\r\n$/);
  await faults.azure.calls[0]?.closed;
  expect(onlyRow(faults).outcome).toBe("upstream_error");
});

describe("F8: Retry-After", () => {
  test.each([
    ["7", "7"],
    ["1000000000", "60"],
    ["garbage", "1"],
    ["Wed, 21 Oct 2026 07:28:00 GMT", "1"],
  ])("of `%s` is passed on as %s, and the upstream is asked once", async (given, told) => {
    const faults = await startWorld();
    faults.azure.answer(
      answerJson({ error: { message: "slow down", code: "429" } }, 429, [`retry-after: ${given}`]),
    );
    const response = await chat(faults.gateway);
    expect({ status: response.status, retryAfter: response.headers.get("retry-after") }).toEqual({
      status: 429,
      retryAfter: told,
    });
    expect((await errorOf(response))["code"]).toBe("rate_limit_exceeded");
    expect(faults.azure.calls).toHaveLength(1);
    expect(onlyRow(faults)).toMatchObject({ outcome: "rate_limited", http_status: 429, charge_kind: "free" });
  });
});

describe("F10: a kept-alive connection that the upstream has closed", () => {
  /** Answers the first call; the second, on the same connection, meets `fate`; later ones are answered again. */
  async function reuse(
    fate: (call: UpstreamCall) => void,
    options: Parameters<typeof startWorld>[0] = {},
  ): Promise<{ faults: FaultWorld; response: Response }> {
    const faults = await startWorld({ change: oneRegion, ...options });
    let seen = 0;
    faults.azure.answer((call) => {
      seen += 1;
      if (seen === 2) fate(call);
      else answerJson(COMPLETION)(call);
    });
    await (await chat(faults.gateway)).arrayBuffer();
    const response = await chat(faults.gateway);
    expect(faults.azure.calls[1]?.socket).toBe(faults.azure.calls[0]?.socket);
    return { faults, response };
  }

  test.each<[string, (call: UpstreamCall) => void]>([
    ["closed", ({ socket }) => void socket.end()],
    ["reset", ({ socket }) => void socket.resetAndDestroy()],
  ])("when %s: one retry on a fresh connection", async (_case, fate) => {
    const { faults, response } = await reuse(fate);
    await response.arrayBuffer();
    expect(response.status).toBe(200);
    expect(faults.azure.calls).toHaveLength(3);
    expect(faults.azure.connects()).toBe(2);
    const rows = readLedgerRows(faults.world.ledgerFile);
    expect(rows.map(({ outcome, attempts }) => `${outcome} ${attempts}`)).toEqual(["ok 1", "ok 2"]);
    // Sent twice, charged once.
    expect(rows[1]?.charge_pico_usd).toBe(rows[0]?.charge_pico_usd);
  });

  test("a call that was sent again may have run twice, and its log line says so", async () => {
    const lines: Record<string, unknown>[] = [];
    const destination = {
      write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]),
    };
    const logger = createLogger({ level: "info", version: "0.1.0", destination });
    const { response } = await reuse(({ socket }) => void socket.resetAndDestroy(), { logger });
    await response.arrayBuffer();
    const finished = (): (typeof lines)[number][] => lines.filter(({ msg }) => msg === "call finished");
    await expect.poll(() => finished().length).toBe(2);
    expect(finished().map((line) => line["resent_after_reset"])).toEqual([undefined, true]);
  });

  test("that was silent for a while before may have run the call: no retry, and unpriced", async () => {
    const { faults, response } = await reuse(({ socket }) => void setTimeout(() => socket.end(), 300));
    expect(response.status).toBe(502);
    expect(faults.azure.calls).toHaveLength(2);
    const row = readLedgerRows(faults.world.ledgerFile).at(-1);
    expect(row).toMatchObject({ outcome: "upstream_error", attempts: 1, charge_kind: "unpriced" });
  });

  test("once a byte of the answer has come, there is no retry", async () => {
    const { faults, response } = await reuse(
      ({ socket }) => void socket.end("HTTP/1.1 200 OK\r\ncontent-ty"),
    );
    expect(response.status).toBe(502);
    expect(faults.azure.calls).toHaveLength(2);
  });

  test.each<[string, Answer]>([
    ["nothing", ({ socket }) => void socket.end()],
    ["a reset", ({ socket }) => void socket.resetAndDestroy()],
    ["half a head", ({ socket }) => void socket.end("HTTP/1.1 200 OK\r\ncontent-ty")],
    ["no HTTP", ({ socket }) => void socket.end("SSH-2.0-OpenSSH_9.9\r\n\r\n")],
  ])("on a fresh connection %s is 502 without a retry", async (_case, answer) => {
    const faults = await startWorld();
    faults.azure.answer(answer);
    const response = await chat(faults.gateway);
    expect({ status: response.status, code: (await errorOf(response))["code"] }).toEqual({
      status: 502,
      code: "upstream_error",
    });
    expect(faults.azure.calls).toHaveLength(1);
    expect(onlyRow(faults).outcome).toBe("upstream_error");
  });
});

describe("F15: what an upstream's error gives away", () => {
  const secret = (faults: FaultWorld): string =>
    `key fake-azure-key refused at ${new URL(faults.azure.url).host}`;

  test.each([400, 401, 403, 404, 409, 422, 429, 500, 502, 503])(
    "a %s shows neither our key nor the cloud's address",
    async (status) => {
      const faults = await startWorld();
      const message = secret(faults);
      faults.azure.answer(
        answerJson({ error: { message, code: message, param: message, type: message } }, status),
      );
      const response = await chat(faults.gateway);
      const text = await response.text();
      expect(text).not.toContain("fake-azure-key");
      expect(text).not.toContain(new URL(faults.azure.url).host);
      expect(JSON.parse(text)).toMatchObject({
        error: { message: expect.any(String), type: expect.any(String) },
      });
      expect(response.status).toBeGreaterThanOrEqual(400);
    },
  );

  test("our own credential refused is our fault: 502, in the answer and in the ledger", async () => {
    const faults = await startWorld();
    faults.azure.answer(answerJson({ error: { code: "401", message: "Access denied" } }, 401));
    const response = await chat(faults.gateway);
    expect({ status: response.status, code: (await errorOf(response))["code"] }).toEqual({
      status: 502,
      code: "upstream_error",
    });
    expect(onlyRow(faults).outcome).toBe("upstream_error");
  });

  test("an error inside a stream shows neither", async () => {
    const faults = await startWorld();
    const error = `data: ${JSON.stringify({ error: { message: secret(faults), type: "server_error", code: null, param: null } })}\n\n`;
    faults.azure.answer(({ socket }) =>
      socket.write(SSE_HEAD + chunk(deltaEvent("Hi")) + chunk(error) + LAST_CHUNK),
    );
    const got = await sendRaw(faults.gateway, chatRequest([], STREAM));
    expect(got.body).toContain('"error"');
    expect(got.body).not.toContain("fake-azure-key");
    expect(got.body).not.toContain(new URL(faults.azure.url).host);
    expect(onlyRow(faults).outcome).toBe("upstream_error");
  });

  test("a failed response at the end of a stream shows neither", async () => {
    const faults = await startWorld();
    const failed = {
      type: "response.failed",
      response: {
        id: "resp_f",
        object: "response",
        status: "failed",
        error: { code: "server_error", message: secret(faults) },
        output: [],
        usage: null,
      },
    };
    const event = `event: response.failed\ndata: ${JSON.stringify(failed)}\n\n`;
    faults.azure.answer(({ socket }) => socket.write(SSE_HEAD + chunk(event) + LAST_CHUNK));
    const body = JSON.stringify({ model: "gpt-5.4", input: "hi", stream: true });
    const got = await sendRaw(
      faults.gateway,
      chatRequest([], body).replace("/v1/chat/completions", "/v1/responses"),
    );
    expect(got.body).toContain("response.failed");
    expect(got.body).not.toContain("fake-azure-key");
    expect(got.body).not.toContain(new URL(faults.azure.url).host);
    expect(onlyRow(faults).outcome).toBe("upstream_error");
  });

  test("an error page is no answer", async () => {
    const faults = await startWorld();
    const page = `<html>${secret(faults)}</html>`;
    faults.azure.answer(({ socket }) =>
      socket.write(head(502, ["content-type: text/html", `content-length: ${page.length}`]) + page),
    );
    const response = await chat(faults.gateway);
    expect(response.status).toBe(502);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).not.toMatch(/html|fake-azure-key/);
  });

  test("a redirect is not followed and not passed on", async () => {
    const faults = await startWorld();
    faults.azure.answer(({ socket }) =>
      socket.write(head(307, [`location: ${faults.aws.url}/v1/chat/completions`, "content-length: 0"])),
    );
    const response = await chat(faults.gateway);
    expect({ status: response.status, code: (await errorOf(response))["code"] }).toEqual({
      status: 502,
      code: "upstream_error",
    });
    expect(response.headers.get("location")).toBeNull();
    expect(faults.aws.connects()).toBe(0);
  });
});
