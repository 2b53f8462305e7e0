/** Bad input at the Amazon stand-in: AWS errors that its SDKs understand; what it cannot judge itself, the gateway refuses. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startFaultWorld, type FaultWorld } from "../support/fault-world.ts";
import { request, sendRaw } from "../support/raw-client.ts";
import { signedFetch } from "../support/sign.ts";

let faults: FaultWorld;
let amazon: string;

beforeAll(async () => {
  faults = await startFaultWorld();
  amazon = faults.world.urls.amazon;
});
afterAll(() => faults.close());
beforeEach(() => faults.reset());

const CONVERSE = "/model/openai.gpt-5.4-v1%3A0/converse";
const BEARER = { authorization: "Bearer fake-bedrock-key", "content-type": "application/json" };
const HI = '"messages":[{"role":"user","content":[{"text":"hi"}]}]';

function call(
  body: string | null,
  {
    path = CONVERSE,
    headers = BEARER,
    method = "POST",
  }: { path?: string; headers?: Record<string, string>; method?: string } = {},
): Promise<Response> {
  return fetch(`${amazon}${path}`, { method, headers, body });
}

/** `x-amzn-errortype`, `{"message"}`, a request id; nothing reached a cloud or the ledger. */
async function expectAwsError(response: Response, status: number, name: string): Promise<void> {
  const body = (await response.json()) as Record<string, unknown>;
  expect({ status: response.status, name: response.headers.get("x-amzn-errortype") }).toEqual({
    status,
    name,
  });
  expect(Object.keys(body)).toEqual(["message"]);
  expect(body["message"]).toMatch(/./);
  expect(response.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
  await faults.expectUntouched();
}

test.each([
  ["an empty body", ""],
  ["truncated JSON", '{"messages":'],
  ["an array", "[]"],
  ["null", "null"],
  ["D1: a key twice", `{${HI},${HI}}`],
  ["D2: a prototype key", `{${HI},"__proto__":{}}`],
  ["D3: 10,000 levels", `{"messages":${"[".repeat(10_000)}${"]".repeat(10_000)}}`],
  ["a member that Converse does not have", `{${HI},"api_base":"http://evil.example"}`],
  [
    "C4: a provider among the model's own fields",
    `{${HI},"additionalModelRequestFields":{"api_base":"http://evil.example"}}`,
  ],
  ["G7: maxTokens over the cap", `{${HI},"inferenceConfig":{"maxTokens":1000000000}}`],
  ["G7: n over the cap", `{${HI},"additionalModelRequestFields":{"n":128}}`],
])("%s is a ValidationException", async (_case, body) =>
  expectAwsError(await call(body), 400, "ValidationException"),
);

test("an unknown model is a ValidationException", async () =>
  expectAwsError(
    await call(`{${HI}}`, { path: "/model/aws%2Fgpt-5.4/converse" }),
    400,
    "ValidationException",
  ));

test("an unknown operation is an UnknownOperationException", async () =>
  expectAwsError(
    await call("{}", { path: "/model/openai.gpt-5.4/frobnicate" }),
    404,
    "UnknownOperationException",
  ));

test("a wrong method is a MethodNotAllowedException", async () =>
  expectAwsError(await call(null, { method: "GET" }), 405, "MethodNotAllowedException"));

test("a body over the limit is a RequestEntityTooLargeException", async () =>
  expectAwsError(
    await call(`{"messages":[{"role":"user","content":[{"text":"${"a".repeat(26_000_000)}"}]}]}`),
    413,
    "RequestEntityTooLargeException",
  ));

describe("who calls", () => {
  test("nobody", async () =>
    expectAwsError(
      await call(`{${HI}}`, { headers: { "content-type": "application/json" } }),
      403,
      "MissingAuthenticationTokenException",
    ));

  test("a wrong bearer key", async () =>
    expectAwsError(
      await call(`{${HI}}`, { headers: { authorization: "Bearer wrong" } }),
      403,
      "AccessDeniedException",
    ));

  test("the gateway's own credential is no key here", async () =>
    expectAwsError(
      await call(`{${HI}}`, { headers: { authorization: "Bearer fake-partner-amazon" } }),
      403,
      "AccessDeniedException",
    ));

  test("a body changed after it was signed", async () =>
    expectAwsError(
      await signedFetch(`${amazon}${CONVERSE}`, { body: `{${HI}}` }, {}, (body) => body.replace("hi", "ho")),
      403,
      "InvalidSignatureException",
    ));
});

test("A1: both framings at once are refused and closed", async () => {
  const lines = [
    "host: a",
    "authorization: Bearer fake-bedrock-key",
    "content-length: 2",
    "transfer-encoding: chunked",
  ];
  const answer = await sendRaw(amazon, request(`POST ${CONVERSE} HTTP/1.1`, lines, "0\r\n\r\n"));
  expect(answer.status).toBe(400);
  await faults.expectUntouched();
});
