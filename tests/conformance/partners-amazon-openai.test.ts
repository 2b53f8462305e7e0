import OpenAI from "openai";
import { bedrock } from "openai/providers/bedrock";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunningServer } from "../../src/http/listener.ts";
import { BEDROCK_KEY, MODEL_ID, REGION, startAmazonFor } from "../support/amazon.ts";
import {
  answerJson,
  deltaChunk,
  startFakeGateway,
  startStream,
  type FakeGateway,
} from "../support/fake-gateway.ts";
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

function clientWith(apiKey: string): OpenAI {
  const provider = bedrock({
    region: REGION,
    endpoint: "runtime",
    baseURL: `${amazon.url}/openai/v1`,
    apiKey,
  });
  return new OpenAI({ provider, maxRetries: 0 });
}

const hi = { model: MODEL_ID, messages: [{ role: "user" as const, content: "hi" }] };

test("chat completions reach the gateway under the public model name", async () => {
  const { data, response } = await clientWith(BEDROCK_KEY).chat.completions.create(hi).withResponse();
  expect(data.choices[0]?.message.content).toBe("hello");
  expect(response.headers.get("x-clauseway-provider")).toBe("azure");
  const [call] = gateway.calls;
  expect(call?.path).toBe("/v1/chat/completions");
  expect(call?.headers.authorization).toBe("Bearer fake-partner-amazon");
  expect(JSON.parse(call?.body ?? "")).toMatchObject({ model: "gpt-x" });
});

test("chat streams pass through", async () => {
  const stream = await clientWith(BEDROCK_KEY).chat.completions.create({ ...hi, stream: true });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  expect(text).toBe("hello");
});

test("responses and reads by id pass through", async () => {
  gateway.respond((response) => answerJson(response, 200, { id: "resp_1", object: "response", output: [] }));
  const client = clientWith(BEDROCK_KEY);
  await client.responses.create({ model: MODEL_ID, input: "hi", previous_response_id: "resp_0" });
  await client.responses.retrieve("resp_1");
  await client.responses.delete("resp_1");
  expect(gateway.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /v1/responses",
    "GET /v1/responses/resp_1",
    "DELETE /v1/responses/resp_1",
  ]);
  expect(JSON.parse(gateway.calls[0]?.body ?? "")).toMatchObject({ previous_response_id: "resp_0" });
});

test("a cut stream never ends cleanly", async () => {
  gateway.respond((response) => {
    startStream(response, [deltaChunk({ content: "half" })]);
    response.write("", () => response.destroy());
  });
  const stream = await clientWith(BEDROCK_KEY).chat.completions.create({ ...hi, stream: true });
  const read = async (): Promise<void> => {
    for await (const chunk of stream) expect(chunk).toBeDefined();
  };
  await expect(read()).rejects.toThrow();
});

test("a wrong key is an authentication error, a refusal by clause a permission error", async () => {
  const wrong = clientWith("wrong").chat.completions.create(hi);
  await expect(wrong).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });
  expect(gateway.calls).toHaveLength(0);
  gateway.respond((response) =>
    answerJson(response, 403, {
      error: { message: "clause C1", code: "agreement_denied", type: "agreement_error", param: null },
    }),
  );
  const denied = clientWith(BEDROCK_KEY).chat.completions.create(hi);
  await expect(denied).rejects.toMatchObject({ status: 403, code: "agreement_denied" });
});

test.each(["bedrock", "bedrock-mantle"])(
  "a signature for %s is accepted, and stays here",
  async (service) => {
    const init = { headers: { "content-type": "application/json" }, body: JSON.stringify(hi) };
    const response = await signedFetch(`${amazon.url}/openai/v1/chat/completions?a=b%20c&d`, init, {
      service,
    });
    expect(response.status).toBe(200);
    const [call] = gateway.calls;
    expect(call?.path).toBe("/v1/chat/completions?a=b%20c&d");
    expect(Object.keys(call?.headers ?? {}).filter((name) => name.startsWith("x-amz"))).toEqual([]);
  },
);

test.each([
  ["truncated JSON", '{"model":', 400, "malformed_request"],
  ["a model named twice", '{"model":"a","model":"b"}', 400, "duplicate_key"],
  ["a body over 4 MiB", `"${"x".repeat(5 * 1_048_576)}"`, 413, "body_too_large"],
])("refuses %s in the OpenAI shape, without a gateway call", async (_case, body, status, code) => {
  const response = await fetch(`${amazon.url}/openai/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${BEDROCK_KEY}`, "content-type": "application/json" },
    body,
  });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { code } });
  expect(gateway.calls).toHaveLength(0);
});
