import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { connect, type AddressInfo } from "node:net";
import OpenAI, { APIUserAbortError, toFile } from "openai";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunningServer } from "../../src/http/listener.ts";
import { startDirect } from "../../src/partners/direct/start.ts";
import {
  answerJson,
  deltaChunk,
  startFakeGateway,
  startStream,
  type FakeGateway,
  type GatewayCall,
} from "../support/fake-gateway.ts";

const CUSTOMER_KEY = "fake-customer-direct";

let gateway: FakeGateway;
let direct: RunningServer;
let faults: unknown[];

beforeEach(async () => {
  faults = [];
  gateway = await startFakeGateway();
  direct = await startDirectFor(gateway.url);
});

afterEach(async () => {
  await direct.close(0);
  await gateway.close();
  expect(faults).toEqual([]);
});

function startDirectFor(gatewayUrl: string): Promise<RunningServer> {
  return startDirect({
    host: "127.0.0.1",
    port: 0,
    gatewayUrl,
    gatewayKey: "fake-partner-direct",
    customerKey: CUSTOMER_KEY,
    onFault: (error) => faults.push(error),
  });
}

function client(apiKey = CUSTOMER_KEY, baseURL = `${direct.url}/v1`): OpenAI {
  return new OpenAI({ apiKey, baseURL, maxRetries: 0 });
}

const hi = { model: "gpt-x", messages: [{ role: "user" as const, content: "hi" }] };
const auth = { authorization: `Bearer ${CUSTOMER_KEY}` };
const AUTH_LINE = `authorization: Bearer ${CUSTOMER_KEY}`;

/** Resolves once a quantity has not moved for twenty looks in a row. */
async function untilSteady(look: () => number): Promise<void> {
  let steady = 0;
  let last = look();
  await expect
    .poll(
      () => {
        const now = look();
        steady = now === last ? steady + 1 : 0;
        last = now;
        return steady;
      },
      { interval: 10, timeout: 10_000 },
    )
    .toBeGreaterThanOrEqual(20);
}

/** Sends bytes as they stand and returns all that comes back until the connection closes. */
async function sendRaw(text: string): Promise<string> {
  const socket = connect(Number(new URL(direct.url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write(text);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

test("forwards a call under its own credential and says where it ran", async () => {
  const { data, response } = await client().chat.completions.create(hi).withResponse();
  expect(data.choices[0]?.message.content).toBe("hello");
  expect(response.headers.get("x-request-id")).toBe("req_fake");
  expect(response.headers.get("x-clauseway-clause")).toBe("C1");
  const [call] = gateway.calls;
  expect(call?.headers.authorization).toBe("Bearer fake-partner-direct");
  expect(JSON.parse(call?.body ?? "")).toEqual(hi);
});

test("streams", async () => {
  const stream = await client().chat.completions.create({ ...hi, stream: true });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  expect(text).toBe("hello");
});

test("passes the first chunk on while the gateway is still at work", async () => {
  const asked = Promise.withResolvers<() => void>();
  gateway.respond((response) => {
    startStream(response, [deltaChunk({ content: "first" })]);
    asked.resolve(() => response.end("data: [DONE]\n\n"));
  });
  const stream = await client().chat.completions.create({ ...hi, stream: true });
  const finish = await asked.promise;
  const seen: string[] = [];
  for await (const chunk of stream) {
    seen.push(chunk.choices[0]?.delta.content ?? "");
    finish();
  }
  expect(seen).toEqual(["first"]);
});

test("a gateway stream that is cut never ends cleanly", async () => {
  gateway.respond((response) => {
    startStream(response, [deltaChunk({ content: "half" })]);
    response.write("", () => response.destroy());
  });
  const stream = await client().chat.completions.create({ ...hi, stream: true });
  const read = async (): Promise<void> => {
    for await (const chunk of stream) expect(chunk).toBeDefined();
  };
  await expect(read()).rejects.toThrow();
});

test("an answer shorter than its length never looks whole", async () => {
  gateway.respond((response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": 100 });
    response.write('{"id":', () => response.destroy());
  });
  await expect(client().chat.completions.create(hi)).rejects.toThrow();
});

test("a customer that leaves cancels the gateway call", async () => {
  const asked = Promise.withResolvers<GatewayCall>();
  gateway.respond((response, call) => {
    startStream(response, [deltaChunk({ content: "one" })]);
    asked.resolve(call);
  });
  const stream = await client().chat.completions.create({ ...hi, stream: true });
  for await (const chunk of stream) {
    expect(chunk.choices).toHaveLength(1);
    break;
  }
  const call = await asked.promise;
  await call.aborted;
});

test("a customer that leaves before the answer cancels the gateway call", async () => {
  const asked = Promise.withResolvers<GatewayCall>();
  gateway.respond((_response, call) => asked.resolve(call));
  const leaving = new AbortController();
  const sent = client()
    .chat.completions.create(hi, { signal: leaving.signal })
    .catch((error: unknown) => error);
  const call = await asked.promise;
  leaving.abort();
  await call.aborted;
  expect(await sent).toBeInstanceOf(APIUserAbortError);
});

test("uploads pass through", async () => {
  gateway.respond((response) => answerJson(response, 200, { id: "file-1", object: "file" }));
  const file = await toFile(Buffer.from('{"a":1}\n'), "train.jsonl");
  const created = await client().files.create({ file, purpose: "fine-tune" });
  expect(created.id).toBe("file-1");
  expect(gateway.calls[0]?.headers["content-type"]).toContain("multipart/form-data");
  expect(gateway.calls[0]?.body).toContain('{"a":1}');
});

test("an upload is not read faster than the gateway takes it", async () => {
  const stalled = Promise.withResolvers<IncomingMessage>();
  let received = 0;
  const slow = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => {
      if (received === 0) stalled.resolve(request.pause());
      received += chunk.length;
    });
    request.on("end", () => response.end("{}"));
  });
  slow.listen(0, "127.0.0.1");
  await once(slow, "listening");
  const seller = await startDirectFor(`http://127.0.0.1:${(slow.address() as AddressInfo).port}`);
  const socket = connect(Number(new URL(seller.url).port), "127.0.0.1");
  const size = 64 * 1_048_576;
  socket.write(`POST /v1/files HTTP/1.1\r\nhost: a\r\n${AUTH_LINE}\r\ncontent-length: ${size}\r\n\r\n`);
  socket.write(Buffer.alloc(size / 2));
  socket.write(Buffer.alloc(size / 2));
  const upload = await stalled.promise;
  // A seller that keeps the body in memory would take the second half; the kernel's buffers hold a few MiB.
  await untilSteady(() => socket.writableLength);
  expect(socket.writableLength).toBeGreaterThanOrEqual(size / 2);
  upload.resume();
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toContain("HTTP/1.1 200");
  expect(received).toBe(size);
  socket.destroy();
  await seller.close(0);
  slow.closeAllConnections();
  slow.close();
});

test("a refusal that comes before the body is read reaches the customer", async () => {
  const early = createServer((request, response) => {
    response.writeHead(413, { "content-type": "application/json", connection: "close" });
    response.end(
      '{"error":{"message":"too large","type":"invalid_request_error","param":null,"code":"body_too_large"}}',
    );
    request.resume();
  });
  early.listen(0, "127.0.0.1");
  await once(early, "listening");
  const seller = await startDirectFor(`http://127.0.0.1:${(early.address() as AddressInfo).port}`);
  const socket = connect(Number(new URL(seller.url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write(`POST /v1/files HTTP/1.1\r\nhost: a\r\n${AUTH_LINE}\r\ncontent-length: 1000000\r\n\r\nabc`);
  const [first] = (await once(socket, "data")) as [Buffer];
  expect(first.toString()).toContain("HTTP/1.1 413");
  socket.destroy();
  await seller.close(0);
  early.closeAllConnections();
  early.close();
});

test("passes on all but credentials and hop-by-hop fields, nominated ones included", async () => {
  await sendRaw(
    [
      "GET /v1/models HTTP/1.1",
      "host: seller",
      AUTH_LINE,
      "cookie: a=b",
      "api-key: secret",
      "proxy-authorization: Basic x",
      "x-clauseway-provider: aws",
      "x-secret-hop: 1",
      "x-kept: 2",
      "te: trailers",
      "trailer: x-late",
      "keep-alive: timeout=5",
      "expect: 100-continue",
      "connection: close, X-Secret-Hop",
      "",
      "",
    ].join("\r\n"),
  );
  const headers = gateway.calls[0]?.headers;
  expect(headers).toMatchObject({ "x-clauseway-provider": "aws", "x-kept": "2" });
  expect(headers?.authorization).toBe("Bearer fake-partner-direct");
  for (const dropped of [
    "cookie",
    "api-key",
    "proxy-authorization",
    "x-secret-hop",
    "te",
    "trailer",
    "expect",
  ]) {
    expect(headers).not.toHaveProperty(dropped);
  }
});

test("returns neither cookies nor what the gateway's connection nominates", async () => {
  gateway.respond((response) =>
    answerJson(
      response,
      200,
      {},
      { "set-cookie": "a=b", connection: "x-internal", "x-internal": "1", "x-kept": "2" },
    ),
  );
  const response = await fetch(`${direct.url}/v1/models`, { headers: auth });
  expect(response.headers.get("x-kept")).toBe("2");
  expect(response.headers.get("set-cookie")).toBeNull();
  expect(response.headers.get("x-internal")).toBeNull();
});

test("forwards the raw path as it stands, for the gateway to judge", async () => {
  gateway.respond((response) =>
    answerJson(response, 404, { error: { message: "unknown path", code: "unknown_path" } }),
  );
  await sendRaw(
    `GET /v1/a/../%2e%2e/b?x=%20 HTTP/1.1\r\nhost: a\r\n${AUTH_LINE}\r\nconnection: close\r\n\r\n`,
  );
  expect(gateway.calls[0]?.path).toBe("/v1/a/../%2e%2e/b?x=%20");
});

test.each([
  ["an absolute-form target", "GET http://evil/v1/models HTTP/1.1", 404],
  ["a double slash", "GET //evil/v1/models HTTP/1.1", 404],
  ["a path outside /v1", "GET /admin HTTP/1.1", 404],
])("refuses %s without a gateway call", async (_case, line, status) => {
  const answer = await sendRaw(`${line}\r\nhost: a\r\n${AUTH_LINE}\r\nconnection: close\r\n\r\n`);
  expect(answer).toContain(`HTTP/1.1 ${status}`);
  expect(answer).toContain('"unknown_path"');
  expect(gateway.calls).toHaveLength(0);
});

test.each(["DELETE", "OPTIONS", "GET"])("a body hidden in a %s opens no second request", async (method) => {
  const hidden = "GET /v1/secret HTTP/1.1\r\nhost: a\r\n\r\n";
  const answer = await sendRaw(
    `${method} /v1/files/f HTTP/1.1\r\nhost: a\r\n${AUTH_LINE}\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
  );
  expect(answer).toContain("HTTP/1.1 400");
  expect(gateway.calls).toHaveLength(0);
});

test("two authorization fields are refused", async () => {
  const answer = await sendRaw(
    `GET /v1/models HTTP/1.1\r\nhost: a\r\n${AUTH_LINE}\r\nauthorization: Bearer other\r\nconnection: close\r\n\r\n`,
  );
  expect(answer).toContain("HTTP/1.1 400");
  expect(gateway.calls).toHaveLength(0);
});

test.each(["wrong", "fake-partner-direct"])("the key %s is refused in the OpenAI shape", async (key) => {
  const sent = client(key).chat.completions.create(hi);
  await expect(sent).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });
  expect(gateway.calls).toHaveLength(0);
});

test("an unreachable gateway is a 502 in the OpenAI shape", async () => {
  const lonely = await startDirectFor("http://127.0.0.1:1");
  const sent = client(CUSTOMER_KEY, `${lonely.url}/v1`).chat.completions.create(hi);
  await expect(sent).rejects.toMatchObject({ status: 502, code: "upstream_error" });
  await lonely.close(0);
});

test.each(["/livez", "/readyz"])("answers %s without a credential", async (path) => {
  expect((await fetch(`${direct.url}${path}`)).status).toBe(200);
});
