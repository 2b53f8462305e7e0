/** What a caller's headers may do: authenticate it, frame its body, and nothing else. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chat, startFaultWorld, type FaultWorld } from "../support/fault-world.ts";
import {
  CHAT,
  chatRequest,
  connectRaw,
  PARTNER_KEY,
  parseAnswer,
  readToClose,
  readUntil,
  request,
  sendRaw,
} from "../support/raw-client.ts";
import { answerJson, COMPLETION, valueOf } from "../support/raw-upstream.ts";

let faults: FaultWorld;

beforeAll(async () => {
  faults = await startFaultWorld();
});
afterAll(() => faults.close());
beforeEach(() => faults.reset());

const PROVIDER_KEY = "fake-azure-key";

/** The header lines of the only upstream request, which went to Azure. */
function forwardedLines(): readonly string[] {
  expect(faults.upstreamCalls()).toBe(1);
  const [call] = faults.azure.calls;
  return call?.headerLines ?? [];
}

function names(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.slice(0, line.indexOf(":")));
}

/** The whole list of what an upstream may see of us; a new name here is a decision, not an accident. */
const ALLOWED = new Set([
  "host",
  "connection",
  "accept",
  "user-agent",
  "openai-project",
  "content-type",
  "content-length",
  "api-key",
  "x-ms-client-request-id",
]);

describe("requests", () => {
  test("B1 and B2: hop-by-hop headers and those that Connection names stay behind", async () => {
    const hopByHop = [
      "keep-alive: timeout=600",
      "te: trailers",
      "trailer: x-end",
      "proxy-authorization: Basic c2VjcmV0",
      "proxy-connection: keep-alive",
      "x-policy: mine",
    ];
    const bytes = chatRequest(hopByHop).replace(
      "connection: close",
      "connection: close, x-policy, authorization, api-key",
    );
    const answer = await sendRaw(faults.gateway, bytes);
    expect(answer.status).toBe(200);
    const lines = forwardedLines();
    expect(names(lines).filter((name) => !ALLOWED.has(name))).toEqual([]);
    expect(valueOf(lines, "connection")).toBe("keep-alive");
    expect(valueOf(lines, "api-key")).toBe(PROVIDER_KEY);
  });

  test("B13: a caller's credentials and cookies are verified here and go no further", async () => {
    const answer = await sendRaw(
      faults.gateway,
      chatRequest(["cookie: session=canary-cookie", "api-key: canary-api-key"]),
    );
    expect(answer.status).toBe(200);
    const lines = forwardedLines();
    expect(lines.join("\n")).not.toMatch(/canary|fake-partner/);
    expect(valueOf(lines, "authorization")).toBeNull();
    expect(valueOf(lines, "api-key")).toBe(PROVIDER_KEY);
  });

  test("B13: each provider gets its own credential", async () => {
    faults.azure.answer(
      answerJson({ object: "response", id: "resp_b13", status: "completed", output: [], usage: null }),
    );
    const first = await chat(faults.gateway, {
      path: "/v1/responses",
      body: '{"model":"gpt-5.4","input":"a"}',
    });
    expect(first.status).toBe(200);
    const listed = await fetch(`${faults.gateway}/v1/fine_tuning/jobs`, {
      headers: { authorization: `Bearer ${PARTNER_KEY}` },
    });
    await listed.arrayBuffer();
    expect(valueOf(faults.azure.calls[0]?.headerLines ?? [], "api-key")).toBe(PROVIDER_KEY);
    expect(valueOf(faults.stargate.calls[0]?.headerLines ?? [], "authorization")).toBe(
      "Bearer fake-stargate-key",
    );
  });

  test("B13: credentials in an upload's headers stay behind too", async () => {
    faults.stargate.answer(answerJson({ object: "file", id: "file-1" }));
    const form = new FormData();
    form.append("purpose", "fine-tune");
    form.append("file", new Blob(["{}\n"]), "a.jsonl");
    const response = await fetch(`${faults.gateway}/v1/files`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${PARTNER_KEY}`,
        cookie: "session=canary-cookie",
        "x-clauseway-provider": "azure",
        "x-forwarded-for": "203.0.113.9",
      },
      body: form,
    });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    const lines = faults.stargate.calls[0]?.headerLines ?? [];
    expect(lines.join("\n")).not.toMatch(/canary|fake-partner|clauseway-provider|203\.0\.113\.9/);
    expect(valueOf(lines, "authorization")).toBe("Bearer fake-stargate-key");
  });

  test("B10: a caller's word about where it comes from is not passed on", async () => {
    const spoofed = [
      "x-forwarded-for: 203.0.113.9",
      "x-forwarded-host: a",
      "forwarded: for=203.0.113.9",
      "x-real-ip: 203.0.113.9",
    ];
    expect((await sendRaw(faults.gateway, chatRequest(spoofed))).status).toBe(200);
    expect(forwardedLines().join("\n")).not.toMatch(/forwarded|real-ip|203\.0\.113\.9/);
  });

  test("B12: a caller's x-clauseway headers are stripped, counted, and decide nothing", async () => {
    const before = await faults.metric("clauseway_stripped_headers_total");
    const response = await chat(faults.gateway, {
      headers: { "x-clauseway-provider": "aws", "x-clauseway-clause": "C8", "X-Clauseway-Class": "stateful" },
    });
    await response.arrayBuffer();
    expect(response.status).toBe(200);
    expect(response.headers.get("x-clauseway-provider")).toBe("azure");
    expect(response.headers.get("x-clauseway-clause")).toBe("C1");
    expect(response.headers.get("x-clauseway-class")).toBe("stateless");
    expect(forwardedLines().join("\n")).not.toContain("x-clauseway");
    await expect.poll(() => faults.metric("clauseway_stripped_headers_total")).toBe(before + 3);
  });

  test.each([
    ["host", "host: other"],
    ["authorization", `Authorization: Bearer ${PARTNER_KEY}`],
    ["content-type", "content-type: text/plain"],
  ])("B7: a second %s is refused", async (_name, line) => {
    const answer = await sendRaw(faults.gateway, chatRequest([line]));
    expect(answer.status).toBe(400);
    await faults.expectUntouched();
  });

  test("B7: two api-key headers are refused", async () => {
    const lines = ["host: g", `api-key: ${PARTNER_KEY}`, "api-key: other", "connection: close"];
    expect((await sendRaw(faults.gateway, request("GET /v1/models HTTP/1.1", lines))).status).toBe(400);
    await faults.expectUntouched();
  });

  test("a request without a host is refused", async () => {
    const lines = [`authorization: Bearer ${PARTNER_KEY}`, "connection: close"];
    expect((await sendRaw(faults.gateway, request("GET /v1/models HTTP/1.1", lines))).status).toBe(400);
    await faults.expectUntouched();
  });
});

describe("B4: a Trailer header", () => {
  test("on GET gets the normal answer", async () => {
    const lines = ["host: g", `authorization: Bearer ${PARTNER_KEY}`, "trailer: x-end", "connection: close"];
    const answer = await sendRaw(faults.gateway, request("GET /v1/models HTTP/1.1", lines));
    expect(answer.status).toBe(200);
    await faults.expectUntouched();
  });

  test("on a GET that goes upstream gets the normal answer", async () => {
    faults.stargate.answer(answerJson({ object: "list", data: [] }));
    const lines = ["host: g", `authorization: Bearer ${PARTNER_KEY}`, "trailer: x-end", "connection: close"];
    const answer = await sendRaw(faults.gateway, request("GET /v1/fine_tuning/jobs HTTP/1.1", lines));
    expect(answer.status).toBe(200);
    expect(faults.stargate.calls[0]?.headerLines.join("\n")).not.toContain("trailer");
    expect((await chat(faults.gateway)).status).toBe(200);
  });

  test("on POST, with trailers after the chunks, gets the normal answer", async () => {
    const lines = [
      "host: g",
      `authorization: Bearer ${PARTNER_KEY}`,
      "content-type: application/json",
      "transfer-encoding: chunked",
      "trailer: x-end, authorization",
      "connection: close",
    ];
    const body = `${CHAT.length.toString(16)}\r\n${CHAT}\r\n0\r\nx-end: 1\r\nauthorization: Bearer canary\r\n\r\n`;
    const answer = await sendRaw(faults.gateway, request("POST /v1/chat/completions HTTP/1.1", lines, body));
    expect(answer.status).toBe(200);
    expect(forwardedLines().join("\n")).not.toMatch(/trailer|x-end|canary/);
    expect((await chat(faults.gateway)).status).toBe(200);
  });

  test("on an upload, which http-proxy carries, gets the normal answer", async () => {
    faults.stargate.answer(answerJson({ object: "file", id: "file-1" }));
    const body = '--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n--b--\r\n';
    const lines = [
      "host: g",
      `authorization: Bearer ${PARTNER_KEY}`,
      "content-type: multipart/form-data; boundary=b",
      `content-length: ${body.length}`,
      "trailer: x-end",
      "connection: close",
    ];
    expect((await sendRaw(faults.gateway, request("POST /v1/files HTTP/1.1", lines, body))).status).toBe(200);
    expect(faults.stargate.calls[0]?.headerLines.join("\n")).not.toContain("trailer");
    expect(faults.stargate.calls[0]?.body).toBe(body);
  });
});

describe("B5: Expect: 100-continue", () => {
  const headOf = (lines: readonly string[] = [], key = PARTNER_KEY): string =>
    request("POST /v1/chat/completions HTTP/1.1", [
      "host: g",
      `authorization: Bearer ${key}`,
      "content-type: application/json",
      `content-length: ${CHAT.length}`,
      "expect: 100-continue",
      "connection: close",
      ...lines,
    ]);

  test("an allowed call gets its 100, then the same policy and the same key as without", async () => {
    const socket = await connectRaw(faults.gateway);
    socket.write(headOf(["x-clauseway-provider: aws", "cookie: canary=1"]));
    expect(await readUntil(socket, /\r\n\r\n/)).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    expect(faults.upstreamCalls()).toBe(0);
    socket.write(CHAT);
    const answer = parseAnswer(await readToClose(socket));
    expect(answer.status).toBe(200);
    expect(answer.headers["x-clauseway-provider"]).toBe("azure");
    expect(answer.headers["x-clauseway-clause"]).toBe("C1");
    const lines = forwardedLines();
    expect(names(lines).filter((name) => !ALLOWED.has(name))).toEqual([]);
    expect(lines.join("\n")).not.toMatch(/canary|fake-partner|expect/);
    expect(valueOf(lines, "api-key")).toBe(PROVIDER_KEY);
    expect(await faults.newRows()).toBe(1);
  });

  test.each([
    ["a wrong key", headOf([], "wrong-key"), 401],
    ["an unknown path", headOf().replace("/v1/chat", "/v1/chit"), 404],
    ["a body over the limit", headOf().replace(/content-length: \d+/, "content-length: 99999999"), 413],
    ["a body that is not JSON", headOf().replace("application/json", "text/plain"), 415],
  ])("%s gets its final answer without a 100", async (_case, bytes, status) => {
    const answer = await sendRaw(faults.gateway, bytes);
    expect(answer.text).not.toContain("100 Continue");
    expect(answer.status).toBe(status);
    await faults.expectUntouched();
  });

  test("a call that the agreement's vocabulary refuses gets no 200 for its 100", async () => {
    const body = CHAT.replace("gpt-5.4", "aws/gpt");
    const socket = await connectRaw(faults.gateway);
    socket.write(headOf().replace(/content-length: \d+/, `content-length: ${body.length}`));
    await readUntil(socket, /100 Continue/);
    socket.write(body);
    expect(parseAnswer(await readToClose(socket)).status).toBe(404);
    await faults.expectUntouched();
  });

  test("an upload gets its 100 after the decision, and the key of the provider", async () => {
    faults.stargate.answer(answerJson({ object: "file", id: "file-1" }));
    const body = '--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n--b--\r\n';
    const socket = await connectRaw(faults.gateway);
    const lines = [
      "host: g",
      `authorization: Bearer ${PARTNER_KEY}`,
      "content-type: multipart/form-data; boundary=b",
      `content-length: ${body.length}`,
      "expect: 100-continue",
      "connection: close",
    ];
    socket.write(request("POST /v1/files HTTP/1.1", lines));
    expect(await readUntil(socket, /\r\n\r\n/)).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    socket.write(body);
    expect(parseAnswer(await readToClose(socket)).status).toBe(200);
    const [call] = faults.stargate.calls;
    expect(valueOf(call?.headerLines ?? [], "authorization")).toBe("Bearer fake-stargate-key");
    expect(call?.headerLines.join("\n")).not.toMatch(/expect|fake-partner/);
  });

  test("an upload with a wrong key gets no 100", async () => {
    const lines = [
      "host: g",
      "authorization: Bearer wrong",
      "content-type: multipart/form-data; boundary=b",
      "content-length: 9",
      "expect: 100-continue",
    ];
    const answer = await sendRaw(faults.gateway, request("POST /v1/files HTTP/1.1", lines));
    expect(answer.text).not.toContain("100 Continue");
    expect(answer.status).toBe(401);
    await faults.expectUntouched();
  });

  test("B6: another expectation is 417", async () => {
    const answer = await sendRaw(faults.gateway, chatRequest(["expect: nonsense"]));
    expect(answer.status).toBe(417);
    await faults.expectUntouched();
  });
});

test("B3 and B14: an upstream's hop-by-hop headers, cookies and hints stay behind", async () => {
  const hints = [
    "connection: keep-alive, x-int",
    "keep-alive: timeout=5",
    "x-int: 1",
    "set-cookie: canary=1",
    "server: canary",
    "x-ms-region: canary",
    "x-clauseway-provider: canary",
    "openai-version: 2020-10-01",
  ];
  faults.azure.answer(answerJson(COMPLETION, 200, hints));
  const response = await chat(faults.gateway);
  await response.arrayBuffer();
  expect(JSON.stringify([...response.headers])).not.toMatch(/canary|x-int/);
  expect(response.headers.get("x-clauseway-provider")).toBe("azure");
  expect(response.headers.get("openai-version")).toBe("2020-10-01");
});
