import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunningServer } from "../../src/http/listener.ts";
import { startFirstParty } from "../../src/partners/first-party/start.ts";
import { SseSplitter } from "../../src/wire/openai/sse.ts";
import { WALL_CLOCK } from "../support/amazon.ts";
import {
  answerChat,
  answerJson,
  deltaChunk,
  startFakeGateway,
  startStream,
  type FakeGateway,
  type GatewayCall,
} from "../support/fake-gateway.ts";

let gateway: FakeGateway;
let product: RunningServer;
let faults: unknown[];

beforeEach(async () => {
  faults = [];
  gateway = await startFakeGateway();
  product = await startFirstParty({
    host: "127.0.0.1",
    port: 0,
    gatewayUrl: gateway.url,
    gatewayKey: "fake-partner-first-party",
    defaultModel: "gpt-x",
    clock: WALL_CLOCK,
    onFault: (error) => faults.push(error),
  });
});

afterEach(async () => {
  await product.close(0);
  await gateway.close();
  expect(faults).toEqual([]);
});

interface Event {
  readonly event: string | null;
  readonly data: Record<string, unknown>;
}

interface Conversation {
  readonly events: Event[];
  /** Whether the stream ended as a whole one does. */
  readonly whole: boolean;
}

function post(body: unknown, signal: AbortSignal | null = null): Promise<Response> {
  return fetch(`${product.url}/chat`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
}

async function readEvents(response: Response): Promise<Conversation> {
  const splitter = new SseSplitter();
  const events: Event[] = [];
  try {
    for await (const bytes of response.body ?? []) {
      for (const { event, data } of splitter.push(Buffer.from(bytes))) {
        events.push({ event, data: JSON.parse(data) as Record<string, unknown> });
      }
    }
    return { events, whole: true };
  } catch {
    return { events, whole: false };
  }
}

async function say(body: unknown): Promise<Conversation> {
  const response = await post(body);
  expect(response.status).toBe(200);
  return readEvents(response);
}

function sentMessages(): unknown {
  return (JSON.parse(gateway.calls.at(-1)?.body ?? "{}") as { messages?: unknown }).messages;
}

test("two turns: the second sends the first again, and nothing else", async () => {
  const first = await say({ message: "one", max_completion_tokens: 5 });
  expect(first.events.map(({ event }) => event)).toEqual(["session", "delta", "delta", "done"]);
  expect(first.events.flatMap(({ data }) => data["text"] ?? []).join("")).toBe("hello");
  expect(first.events.at(-1)?.data).toMatchObject({
    finish_reason: "stop",
    usage: { prompt_tokens: 8, completion_tokens: 2 },
    placement: { "x-clauseway-provider": "azure", "x-clauseway-clause": "C1" },
  });
  expect(JSON.parse(gateway.calls[0]?.body ?? "")).toEqual({
    model: "gpt-x",
    messages: [{ role: "user", content: "one" }],
    max_completion_tokens: 5,
    stream: true,
    stream_options: { include_usage: true },
  });
  expect(gateway.calls[0]?.headers.authorization).toBe("Bearer fake-partner-first-party");

  const session = first.events[0]?.data["session"];
  const second = await say({ session, message: "two" });
  expect(second.events[0]?.data["session"]).toBe(session);
  expect(sentMessages()).toEqual([
    { role: "user", content: "one" },
    { role: "assistant", content: "hello" },
    { role: "user", content: "two" },
  ]);
});

test("a turn that is cut says so, breaks off, and leaves the history as it was", async () => {
  const { events } = await say({ message: "one" });
  const session = events[0]?.data["session"];
  gateway.respond((response) => {
    startStream(response, [deltaChunk({ content: "half" })]);
    response.write("", () => response.destroy());
  });
  const cut = await say({ session, message: "two" });
  expect(cut.whole).toBe(false);
  expect(cut.events.map(({ event }) => event)).toEqual(["session", "delta", "error"]);
  expect(cut.events.at(-1)?.data).toMatchObject({ code: "upstream_truncated" });

  gateway.respond(answerChat("hello"));
  await say({ session, message: "three" });
  expect(sentMessages()).toEqual([
    { role: "user", content: "one" },
    { role: "assistant", content: "hello" },
    { role: "user", content: "three" },
  ]);
});

test.each([
  [403, "agreement_denied", 403, "agreement_denied"],
  [404, "model_not_found", 404, "model_not_found"],
  [429, "rate_limit_exceeded", 429, "rate_limit_exceeded"],
  [401, "invalid_api_key", 500, "internal_error"],
])("a gateway's %s %s is a plain %s %s", async (status, code, shownStatus, shownCode) => {
  gateway.respond((response) =>
    answerJson(response, status, { error: { message: "no", code } }, { "retry-after": "2" }),
  );
  const response = await post({ message: "hi" });
  expect(response.status).toBe(shownStatus);
  expect(await response.json()).toMatchObject({ error: { code: shownCode } });
  if (status === 429) expect(response.headers.get("retry-after")).toBe("2");
  if (status === 403) expect(response.headers.get("x-clauseway-clause")).toBe("C1");
});

test("a session answers one turn at a time", async () => {
  const { events } = await say({ message: "one" });
  const session = events[0]?.data["session"];
  const asked = Promise.withResolvers<() => void>();
  gateway.respond((response, call) => asked.resolve(() => answerChat("late")(response, call)));
  const slow = say({ session, message: "two" });
  const answerNow = await asked.promise;
  const response = await post({ session, message: "three" });
  expect(response.status).toBe(409);
  answerNow();
  expect((await slow).whole).toBe(true);
});

test("a caller that leaves cancels the gateway call and frees the session", async () => {
  const { events } = await say({ message: "one" });
  const session = events[0]?.data["session"];
  const asked = Promise.withResolvers<GatewayCall>();
  gateway.respond((response, call) => {
    startStream(response, [deltaChunk({ content: "half" })]);
    asked.resolve(call);
  });
  const leaving = new AbortController();
  const reading = readEvents(await post({ session, message: "two" }, leaving.signal));
  const call = await asked.promise;
  leaving.abort();
  await call.aborted;
  expect((await reading).whole).toBe(false);
  gateway.respond(answerChat("hello"));
  await expect.poll(async () => (await post({ session, message: "three" })).status).toBe(200);
});

test.each([
  ["truncated JSON", '{"message":', 400, "malformed_request"],
  ["an empty body", "", 400, "invalid_request"],
  ["an array", "[]", 400, "invalid_request"],
  ["null", "null", 400, "malformed_request"],
  ["no message", "{}", 400, "invalid_request"],
  ["an empty message", '{"message":""}', 400, "invalid_request"],
  ["an unknown member", '{"message":"a","provider":"aws"}', 400, "invalid_request"],
  ["a token limit of zero", '{"message":"a","max_completion_tokens":0}', 400, "invalid_request"],
  ["a session nobody opened", '{"message":"a","session":"sess_x"}', 404, "session_not_found"],
  ["a body over 1 MiB", `{"message":"${"x".repeat(1_100_000)}"}`, 413, "body_too_large"],
])("refuses %s without a gateway call", async (_case, body, status, code) => {
  const response = await fetch(`${product.url}/chat`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { code } });
  expect(gateway.calls).toHaveLength(0);
});

test.each([
  ["GET", "/chat", {}, 405, "method_not_allowed"],
  ["POST", "/nowhere", {}, 404, "unknown_path"],
  ["POST", "/chat", { "content-type": "text/plain" }, 415, "unsupported_media_type"],
  [
    "POST",
    "/chat",
    { "content-type": "application/json", "content-encoding": "gzip" },
    415,
    "unsupported_media_type",
  ],
])("answers %s %s %o with %i", async (method, path, headers, status, code) => {
  const body = method === "POST" ? { body: '{"message":"a"}' } : {};
  const response = await fetch(`${product.url}${path}`, { method, headers, ...body });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { code } });
});

test.each(["/livez", "/readyz"])("answers %s", async (path) => {
  expect((await fetch(`${product.url}${path}`)).status).toBe(200);
});
