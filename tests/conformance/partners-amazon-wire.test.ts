import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunningServer } from "../../src/http/listener.ts";
import { BEDROCK_KEY, startAmazonFor } from "../support/amazon.ts";
import { answerJson, startFakeGateway, type FakeGateway } from "../support/fake-gateway.ts";
import { signedFetch } from "../support/sign.ts";

let gateway: FakeGateway;
let amazon: RunningServer;
let faults: unknown[];

beforeEach(async () => {
  faults = [];
  gateway = await startFakeGateway();
  amazon = await startAmazonFor(gateway.url, faults);
});

afterEach(async () => {
  await amazon.close(0);
  await gateway.close();
  expect(faults).toEqual([]);
});

const CONVERSE = "/model/openai.gpt-x-v1%3A0/converse";
const HI = JSON.stringify({ messages: [{ role: "user", content: [{ text: "hi" }] }] });
const bearer = { authorization: `Bearer ${BEDROCK_KEY}` };

async function expectAwsError(response: Response, status: number, name: string): Promise<string> {
  expect(response.status).toBe(status);
  expect(response.headers.get("x-amzn-errortype")).toBe(name);
  expect(response.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
  expect(gateway.calls).toHaveLength(0);
  const { message } = (await response.json()) as { message: string };
  return message;
}

function post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${amazon.url}${path}`, { method: "POST", headers: { ...bearer, ...headers }, body });
}

test("says where a call ran, and passes a caller's claims on to the gateway's guard", async () => {
  const response = await post(CONVERSE, HI, { "x-clauseway-provider": "aws" });
  expect(response.status).toBe(200);
  expect(response.headers.get("x-clauseway-clause")).toBe("C1");
  expect(response.headers.get("x-request-id")).toBe("req_fake");
  expect(gateway.calls[0]?.headers["x-clauseway-provider"]).toBe("aws");
});

test("keeps the clause of a refusal", async () => {
  gateway.respond((response) =>
    answerJson(response, 403, { error: { message: "no", code: "agreement_denied" } }),
  );
  const response = await post(CONVERSE, HI);
  expect(response.headers.get("x-amzn-errortype")).toBe("AccessDeniedException");
  expect(response.headers.get("x-clauseway-clause")).toBe("C1");
});

test.each([
  ["truncated JSON", '{"messages":'],
  ["an empty body", ""],
  ["an array", "[]"],
  ["null", "null"],
  ["a key that stands twice", '{"messages":[],"messages":[]}'],
  ["deep nesting", `{"messages":${"[".repeat(10_000)}${"]".repeat(10_000)}}`],
  ["a prototype key", '{"messages":[],"__proto__":{}}'],
])("refuses %s as a ValidationException", async (_case, body) => {
  await expectAwsError(await post(CONVERSE, body), 400, "ValidationException");
});

test("refuses an unknown model", async () => {
  const message = await expectAwsError(
    await post("/model/aws%2Fgpt-x/converse", HI),
    400,
    "ValidationException",
  );
  expect(message).toContain("`aws/gpt-x`");
});

test("refuses a body over 4 MiB once it has read it away", async () => {
  const response = await post(CONVERSE, `"${"x".repeat(5 * 1_048_576)}"`);
  await expectAwsError(response, 413, "RequestEntityTooLargeException");
});

test.each([
  ["/model/openai.gpt-x-v1%3A0", 404, "UnknownOperationException"],
  ["/model/openai.gpt-x-v1%3A0/train", 404, "UnknownOperationException"],
  ["/model/openai.gpt-x-v1%3A0/converse/", 404, "UnknownOperationException"],
  ["/model/%E0%A4%A/converse", 404, "UnknownOperationException"],
  ["/v1/chat/completions", 404, "UnknownOperationException"],
  ["//model/openai.gpt-x-v1%3A0/converse", 404, "UnknownOperationException"],
  ["/", 404, "UnknownOperationException"],
])("refuses the path %s", async (path, status, name) => {
  await expectAwsError(await post(path, HI), status, name);
});

test("refuses a wrong method", async () => {
  const response = await fetch(`${amazon.url}${CONVERSE}`, { method: "PUT", headers: bearer, body: HI });
  expect(response.headers.get("allow")).toBe("POST");
  await expectAwsError(response, 405, "MethodNotAllowedException");
});

describe("signatures", () => {
  const json = { "content-type": "application/json" };

  test("one over the double-encoded path and the body is accepted", async () => {
    const response = await signedFetch(`${amazon.url}${CONVERSE}`, { headers: json, body: HI });
    expect(response.status).toBe(200);
  });

  test("none is refused", async () => {
    const response = await fetch(`${amazon.url}${CONVERSE}`, { method: "POST", body: HI });
    await expectAwsError(response, 403, "MissingAuthenticationTokenException");
  });

  test.each(["AWS4-HMAC-SHA256 Credential=x", "Basic abc", "AWS4-HMAC-SHA256"])(
    "one that cannot be read is refused: %s",
    async (authorization) => {
      const response = await fetch(`${amazon.url}${CONVERSE}`, {
        method: "POST",
        headers: { authorization },
        body: HI,
      });
      await expectAwsError(response, 400, "IncompleteSignatureException");
    },
  );

  test.each([
    [-301_000, "Signature expired"],
    [301_000, "Signature not yet current"],
  ])("one made %i ms from now is refused", async (offsetMs, words) => {
    const date = new Date(Date.now() + offsetMs);
    const response = await signedFetch(`${amazon.url}${CONVERSE}`, { headers: json, body: HI }, { date });
    expect(await expectAwsError(response, 403, "InvalidSignatureException")).toContain(words);
  });

  test("one for another service is refused", async () => {
    const signing = { service: "s3" };
    const response = await signedFetch(`${amazon.url}${CONVERSE}`, { headers: json, body: HI }, signing);
    await expectAwsError(response, 403, "InvalidSignatureException");
  });

  test("a body changed after signing is refused", async () => {
    const url = `${amazon.url}${CONVERSE}`;
    const response = await signedFetch(url, { headers: json, body: HI }, {}, (body) =>
      body.replace("hi", "ho"),
    );
    await expectAwsError(response, 403, "InvalidSignatureException");
  });
});

test.each(["/livez", "/readyz"])("answers %s without a credential", async (path) => {
  const response = await fetch(`${amazon.url}${path}`);
  expect([response.status, await response.text()]).toEqual([200, "ok\n"]);
});

test("answers HTTP/2 health checks, and tells the protocols apart byte by byte", async () => {
  const session = connectHttp2(amazon.url);
  const stream = session.request({ ":path": "/livez" });
  const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
  expect(headers[":status"]).toBe(200);
  stream.resume();
  session.close();

  const socket = connect(Number(new URL(amazon.url).port), "127.0.0.1");
  socket.setNoDelay(true);
  for (const byte of "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n") {
    socket.write(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toContain("HTTP/1.1 404");
});

test("one HTTP/1.1 connection takes call after call", async () => {
  const socket = connect(Number(new URL(amazon.url).port), "127.0.0.1");
  const head = `POST ${CONVERSE} HTTP/1.1\r\nhost: a\r\nauthorization: ${bearer.authorization}\r\n`;
  const call = `${head}content-length: ${HI.length}\r\n`;
  socket.write(`${call}\r\n${HI}`);
  const [first] = (await once(socket, "data")) as [Buffer];
  expect(first.toString()).toContain("HTTP/1.1 200");
  socket.write(`${call}connection: close\r\n\r\n${HI}`);
  const [second] = (await once(socket, "data")) as [Buffer];
  expect(second.toString()).toContain("HTTP/1.1 200");
  socket.destroy();
  expect(gateway.calls).toHaveLength(2);
});

test("an oversized body over HTTP/2 is refused too", async () => {
  const session = connectHttp2(amazon.url);
  const stream = session.request({ ":method": "POST", ":path": CONVERSE, ...bearer });
  stream.end(Buffer.alloc(5 * 1_048_576, "x"));
  const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
  expect(headers[":status"]).toBe(413);
  stream.resume();
  session.close();
});

test("noise instead of a protocol ends only its own connection", async () => {
  for (const noise of ["PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", "PRI nonsense nonsense nonsense!", "\0\0\0\0"]) {
    const socket = connect(Number(new URL(amazon.url).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.end(noise);
    socket.resume();
    await once(socket, "close");
  }
  expect((await post(CONVERSE, HI)).status).toBe(200);
});
