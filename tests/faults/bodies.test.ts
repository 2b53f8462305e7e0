/** Bodies that must not be guessed at: an OpenAI error with status, code and param, no upstream call, no ledger row. */

import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chat, errorOf, startFaultWorld, type FaultWorld } from "../support/fault-world.ts";
import { chatRequest, connectRaw, PARTNER_KEY, request, sendRaw } from "../support/raw-client.ts";
import { answerJson } from "../support/raw-upstream.ts";

let faults: FaultWorld;

beforeAll(async () => {
  faults = await startFaultWorld();
});
afterAll(() => faults.close());
beforeEach(() => faults.reset());

interface Expected {
  readonly status: number;
  readonly code: string;
  readonly param?: string | null;
}

/** The call is refused as expected, in the shape of the API, with our ids, and leaves nothing behind. */
async function expectRefusal(response: Response, { status, code, param = null }: Expected): Promise<void> {
  const error = await errorOf(response);
  expect({ status: response.status, code: error["code"], param: error["param"] }).toEqual({
    status,
    code,
    param,
  });
  expect(error["type"]).toBe("invalid_request_error");
  expect(error["message"]).toMatch(/./);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("x-request-id")).toMatch(/^req_[0-9a-f]{32}$/);
  expect(response.headers.get("x-clauseway-clause")).toBe("none");
  await faults.expectUntouched();
}

const MALFORMED: Expected = { status: 400, code: "malformed_request" };
const MESSAGES = '"messages":[{"role":"user","content":"hi"}]';

test.each([
  ["model", `{"model":"gpt-5.4","model":"gpt-oss-120b",${MESSAGES}}`],
  ["store", `{"model":"gpt-5.4","store":true,"store":false,${MESSAGES}}`],
  ["model", `{"model":"gpt-5.4","mod\\u0065l":"gpt-oss-120b",${MESSAGES}}`],
  ["messages[0].content", '{"model":"gpt-5.4","messages":[{"content":"a","role":"user","content":"b"}]}'],
])("D1: the key `%s` twice is refused", async (param, body) =>
  expectRefusal(await chat(faults.gateway, { body }), { status: 400, code: "duplicate_key", param }),
);

describe("D2: prototype keys", () => {
  test.each([
    ["at the top", `{"__proto__":{"x":1},"model":"gpt-5.4",${MESSAGES}}`],
    ["deep inside", `{"model":"gpt-5.4","metadata":{"a":{"__proto__":{"x":1}}},${MESSAGES}}`],
  ])("`__proto__` %s is refused", async (_where, body) =>
    expectRefusal(await chat(faults.gateway, { body }), MALFORMED),
  );

  test("`constructor.prototype` is data like any other, and pollutes nothing", async () => {
    const body = `{"model":"gpt-5.4","metadata":{"constructor":{"prototype":{"polluted":"yes"}}},${MESSAGES}}`;
    const response = await chat(faults.gateway, { body });
    await response.arrayBuffer();
    expect(response.status).toBe(200);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(faults.azure.calls[0]?.body).toContain('"constructor":{"prototype"');
  });
});

describe("D3: bodies made to exhaust", () => {
  test("10,000 levels are refused", async () =>
    expectRefusal(
      await chat(faults.gateway, {
        body: `{"model":"gpt-5.4","messages":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
      }),
      MALFORMED,
    ));

  test("300,000 keys are refused", async () => {
    const keys = Array.from({ length: 300_000 }, (_, at) => `"${at.toString(36)}":1`).join(",");
    await expectRefusal(
      await chat(faults.gateway, { body: `{"model":"gpt-5.4",${MESSAGES},${keys}}` }),
      MALFORMED,
    );
  });

  test("10 MiB are refused with the size that is accepted, and the sender gets to read it", async () => {
    const body = `{"model":"gpt-5.4","messages":[{"role":"user","content":"${"a".repeat(10 * 1_048_576)}"}]}`;
    await expectRefusal(await chat(faults.gateway, { body }), { status: 413, code: "body_too_large" });
  });

  test("10 MiB in chunks, without a length, are refused too", async () => {
    const piece = new TextEncoder().encode("a".repeat(1_048_576));
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        if (sent > 10) controller.close();
        else controller.enqueue(piece);
      },
    });
    const response = await fetch(`${faults.gateway}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${PARTNER_KEY}`, "content-type": "application/json" },
      body,
      duplex: "half",
    });
    await expectRefusal(response, { status: 413, code: "body_too_large" });
  });
});

test.each([
  "GPT-5.4",
  "gpt-5.4 ",
  " gpt-5.4",
  "gpt-5.4\n",
  "gpt-5.\u0664",
  "gрt-5.4",
  "azure/gpt-5.4",
  "aws/gpt-5.4",
  "gpt-99",
  "x".repeat(4_096),
  "__proto__",
  "constructor",
])("D6: the model `%s` is unknown", async (model) => {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "hi" }] });
  await expectRefusal(await chat(faults.gateway, { body }), {
    status: 404,
    code: "model_not_found",
    param: "model",
  });
});

test.each([
  [
    "chat with an embedding model",
    "chat/completions",
    { model: "text-embedding-3-small", messages: [{ role: "user", content: "hi" }] },
  ],
  ["embeddings from a chat model", "embeddings", { model: "gpt-5.4", input: "hi" }],
])("%s is the caller's mistake, seen before any cloud", async (_case, path, body) => {
  const response = await fetch(`${faults.gateway}/v1/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${PARTNER_KEY}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  await expectRefusal(response, { status: 400, code: "unsupported_parameter", param: "model" });
});

test("D6: a model that callers invent never becomes a metric label", async () => {
  const body = JSON.stringify({ model: "canary-model", messages: [{ role: "user", content: "hi" }] });
  await (await chat(faults.gateway, { body })).arrayBuffer();
  const page = await (await fetch(`${faults.world.urls.admin}/metrics`)).text();
  expect(page).not.toContain("canary-model");
});

describe("D7 and D8: what is evidence of a session", () => {
  const respond = (body: object, key = PARTNER_KEY): Promise<Response> =>
    fetch(`${faults.gateway}/v1/responses`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-5.4", input: "hi", ...body }),
    });
  const stored = (id: string): object => ({
    id,
    object: "response",
    status: "completed",
    model: "gpt-5.4",
    output: [],
    usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  });

  test("D7: `store: true` alone leaves a call stateless, on Azure", async () => {
    faults.azure.answer(answerJson(stored("resp_d7")));
    const response = await respond({ store: true });
    await response.arrayBuffer();
    expect(response.headers.get("x-clauseway-class")).toBe("stateless");
    expect(response.headers.get("x-clauseway-provider")).toBe("azure");
    expect(faults.aws.connects()).toBe(0);
  });

  test("D8: a forged previous_response_id is not found, and no evidence of anything", async () => {
    const response = await respond({ previous_response_id: "resp_forged" });
    expect(response.headers.get("x-clauseway-class")).toBe("none");
    await expectRefusal(response, {
      status: 400,
      code: "previous_response_not_found",
      param: "previous_response_id",
    });
  });

  test("D8: another partner's previous_response_id is not found, in the same words as a forged one", async () => {
    faults.azure.answer(answerJson(stored("resp_mine")));
    expect((await respond({ store: true })).status).toBe(200);
    await faults.reset();
    const foreign = await respond({ previous_response_id: "resp_mine" }, "fake-partner-amazon");
    const forged = await respond({ previous_response_id: "resp_none" }, "fake-partner-amazon");
    const [said, saidOfForged] = [await foreign.clone().text(), await forged.text()];
    expect(said.replaceAll("resp_mine", "ID")).toBe(saidOfForged.replaceAll("resp_none", "ID"));
    await expectRefusal(foreign, {
      status: 400,
      code: "previous_response_not_found",
      param: "previous_response_id",
    });
  });

  test("D8: its owner can continue it, so the id itself is good", async () => {
    faults.azure.answer(answerJson(stored("resp_owned")));
    expect((await respond({ store: true })).status).toBe(200);
    await faults.reset();
    const response = await respond({ previous_response_id: "resp_owned" });
    await response.arrayBuffer();
    expect(response.headers.get("x-clauseway-class")).toBe("stateful");
    // The last step of the hand-over: the old holder lets go.
    await expect.poll(() => faults.azure.calls.at(-1)?.method).toBe("DELETE");
  });

  test.each([
    ["a conversation", { conversation: "conv_forged" }, "conversation"],
    ["an item", { input: [{ type: "item_reference", id: "msg_forged" }] }, "input[0].id"],
    ["a file as previous response", { previous_response_id: "file-1" }, "previous_response_id"],
  ])("D8: %s that nobody keeps is not found", async (_case, body, param) => {
    const response = await respond(body);
    const error = await errorOf(response);
    expect({ status: response.status, param: error["param"] }).toEqual({ status: 400, param });
    await faults.expectUntouched();
  });

  test("look-alikes in metadata, tool schemas and nulls are no evidence", async () => {
    faults.azure.answer(answerJson(stored("resp_look")));
    const response = await respond({
      previous_response_id: null,
      conversation: null,
      metadata: { previous_response_id: "resp_1" },
      tools: [
        { type: "function", name: "f", parameters: { properties: { conversation: { type: "string" } } } },
      ],
    });
    await response.arrayBuffer();
    expect(response.headers.get("x-clauseway-class")).toBe("stateless");
    expect(response.headers.get("x-clauseway-provider")).toBe("azure");
  });
});

describe("D11: what is not plain JSON", () => {
  const unsupported: Expected = { status: 415, code: "unsupported_media_type" };
  const zipped = gzipSync(Buffer.alloc(1_048_576, " "));

  test.each([
    ["gzip", { "content-encoding": "gzip", "content-type": "application/json" }],
    ["double gzip", { "content-encoding": "gzip, gzip", "content-type": "application/json" }],
    ["a charset of its own type", { "content-type": "text/plain" }],
    ["multipart", { "content-type": "multipart/form-data; boundary=b" }],
    ["a JSON look-alike", { "content-type": "application/jsonp" }],
  ])("%s is refused", async (_case, headers) => {
    const response = await fetch(`${faults.gateway}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${PARTNER_KEY}`, ...headers },
      body: zipped,
    });
    await expectRefusal(response, unsupported);
  });

  test("no content type is refused", async () => {
    const answer = await sendRaw(
      faults.gateway,
      chatRequest().replace("content-type: application/json\r\n", ""),
    );
    expect(answer.status).toBe(415);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: "unsupported_media_type" } });
    await faults.expectUntouched();
  });
});

test.each([
  ["an empty body", ""],
  ["truncated JSON", `{"model":"gpt-5.4",${MESSAGES}`],
  ["an array", "[]"],
  ["a string", '"hi"'],
  ["null", "null"],
  ["a number", "1"],
  ["two objects", "{}{}"],
  ["a comment", `{"model":"gpt-5.4"/**/,${MESSAGES}}`],
  ["NaN", `{"model":"gpt-5.4","temperature":NaN,${MESSAGES}}`],
])("D12: %s is refused", async (_case, body) =>
  expectRefusal(await chat(faults.gateway, { body }), MALFORMED),
);

test("D12: a body that is not UTF-8 is refused", async () => {
  const response = await fetch(`${faults.gateway}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${PARTNER_KEY}`, "content-type": "application/json" },
    body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  });
  await expectRefusal(response, MALFORMED);
});

describe("wrong shapes", () => {
  test.each<[string, object, string]>([
    ["no model", { messages: [] }, "model"],
    ["a model that is a number", { model: 5, messages: [] }, "model"],
    [
      "a stream that is a word",
      { model: "gpt-5.4", messages: [{ role: "user", content: "a" }], stream: "yes" },
      "stream",
    ],
    ["no messages", { model: "gpt-5.4" }, "messages"],
    ["messages that are an object", { model: "gpt-5.4", messages: {} }, "messages"],
  ])("%s is refused by name", async (_case, body, param) =>
    expectRefusal(await chat(faults.gateway, { body: JSON.stringify(body) }), { ...MALFORMED, param }),
  );
});

describe("G7: more than the caps", () => {
  const messages = [{ role: "user", content: "hi" }];
  const exceeded = { status: 400, code: "limit_exceeded" };

  test.each<[string, object, string]>([
    ["max_completion_tokens", { max_completion_tokens: 1_000_000_000 }, "max_completion_tokens"],
    ["max_completion_tokens one over", { max_completion_tokens: 128_001 }, "max_completion_tokens"],
    ["n", { n: 128 }, "n"],
    ["n one over", { n: 9 }, "n"],
  ])("%s is refused", async (_case, extra, param) =>
    expectRefusal(
      await chat(faults.gateway, { body: JSON.stringify({ model: "gpt-5.4", messages, ...extra }) }),
      {
        ...exceeded,
        param,
      },
    ),
  );

  test.each(["0", "-1", "1.5", '"8"', "1e400"])("n of %s is refused", async (n) => {
    const body = `{"model":"gpt-5.4",${MESSAGES},"n":${n}}`;
    await expectRefusal(await chat(faults.gateway, { body }), { ...MALFORMED, param: "n" });
  });

  test("the caps themselves are allowed", async () => {
    const body = JSON.stringify({ model: "gpt-5.4", messages, max_completion_tokens: 128_000, n: 8 });
    expect((await chat(faults.gateway, { body })).status).toBe(200);
  });

  test("max_output_tokens of a response is capped under its own name", async () => {
    const body = JSON.stringify({ model: "gpt-5.4", input: "hi", max_output_tokens: 128_001 });
    await expectRefusal(await chat(faults.gateway, { path: "/v1/responses", body }), {
      ...exceeded,
      param: "max_output_tokens",
    });
  });

  test.each<[string, unknown]>([
    ["too many inputs", Array.from({ length: 2_049 }, () => "a")],
    ["too many characters", "a".repeat(1_200_001)],
    ["too many tokens", Array.from({ length: 20 }, () => Array.from({ length: 15_001 }, () => 1))],
  ])("embeddings of %s are refused", async (_case, input) => {
    const body = JSON.stringify({ model: "text-embedding-3-small", input });
    await expectRefusal(await chat(faults.gateway, { path: "/v1/embeddings", body }), {
      ...exceeded,
      param: "input",
    });
  });

  test("embeddings of nothing are refused", async () => {
    const body = JSON.stringify({ model: "text-embedding-3-small", input: [] });
    await expectRefusal(await chat(faults.gateway, { path: "/v1/embeddings", body }), {
      ...MALFORMED,
      param: "input",
    });
  });
});

describe("who calls", () => {
  test.each<[string, Record<string, string>]>([
    ["no key", {}],
    ["a wrong key", { authorization: "Bearer wrong" }],
    ["a provider's key", { "api-key": "fake-azure-key" }],
    ["basic authentication", { authorization: "Basic ZmFrZS1wYXJ0bmVyLWRpcmVjdA==" }],
    ["an empty bearer", { authorization: "Bearer " }],
    ["a customer's key of the direct seller", { authorization: "Bearer fake-customer-direct" }],
  ])("%s is 401", async (_case, headers) => {
    const response = await fetch(`${faults.gateway}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: `{"model":"gpt-5.4",${MESSAGES}}`,
    });
    expect(await response.clone().text()).not.toMatch(/wrong|fake-/);
    await expectRefusal(response, { status: 401, code: "invalid_api_key" });
  });

  test("D10: headers that claim a partner change nothing", async () => {
    const response = await chat(faults.gateway, {
      headers: { "x-partner": "first-party", "openai-project": "amazon", "x-clauseway-partner": "none" },
    });
    await response.arrayBuffer();
    expect(faults.azure.calls[0]?.headerLines).toContain("openai-project: direct");
  });
});

test("an unknown path is 404 in the shape of the API", async () => {
  const response = await fetch(`${faults.gateway}/v1/assistants`, {
    headers: { authorization: `Bearer ${PARTNER_KEY}` },
  });
  await expectRefusal(response, { status: 404, code: "unknown_path" });
});

describe("E2: a body that does not arrive", () => {
  test("one that breaks off reaches nobody", async () => {
    const before = await faults.metric("clauseway_requests_total");
    const socket = await connectRaw(faults.gateway);
    socket.write(chatRequest().slice(0, -10));
    socket.end();
    await expect.poll(() => faults.metric("clauseway_requests_total")).toBe(before + 1);
    await faults.expectUntouched();
  });

  test("one that stops is 408 at the limit", async () => {
    const slow = await startFaultWorld({ limits: { bodyTimeoutMs: 60 } });
    try {
      const lines = [
        "host: g",
        `authorization: Bearer ${PARTNER_KEY}`,
        "content-type: application/json",
        "content-length: 99",
      ];
      const answer = await sendRaw(slow.gateway, request("POST /v1/chat/completions HTTP/1.1", lines, "{"));
      expect(answer.status).toBe(408);
      expect(answer.headers["connection"]).toBe("close");
      await slow.expectUntouched();
    } finally {
      await slow.close();
    }
  });
});

describe("uploads", () => {
  test("one that announces more than the limit is refused before anything is sent", async () => {
    const lines = [
      "host: g",
      `authorization: Bearer ${PARTNER_KEY}`,
      "content-type: multipart/form-data; boundary=b",
      "content-length: 99999999999",
    ];
    const answer = await sendRaw(faults.gateway, request("POST /v1/files HTTP/1.1", lines, "--b"));
    expect(answer.status).toBe(413);
    await faults.expectUntouched();
  });

  test.each(["application/json", "text/plain"])("one of type %s is refused", async (type) => {
    const response = await fetch(`${faults.gateway}/v1/files`, {
      method: "POST",
      headers: { authorization: `Bearer ${PARTNER_KEY}`, "content-type": type },
      body: "{}",
    });
    await expectRefusal(response, { status: 415, code: "unsupported_media_type" });
  });
});
