/** Bad input at mock Azure itself: errors in Azure's shape, nothing metered as served, and it goes on serving. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sendRaw, request } from "../support/raw-client.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

let world: TestWorld;
let base: string;

beforeAll(async () => {
  world = await startTestWorld();
  base = `${world.urls.azure}/eastus2/openai/v1`;
});
afterAll(() => world.close());

const KEY = "fake-azure-direct";
const MESSAGES = '"messages":[{"role":"user","content":"hi"}]';

function call(
  path: string,
  body: string,
  headers: Record<string, string> = { "api-key": KEY, "content-type": "application/json" },
): Promise<Response> {
  return fetch(`${base}${path}`, { method: "POST", headers, body });
}

/** `{"error":{"code","message"}}` with the request's own id; no tokens were metered, and a good call is served after it. */
async function expectAzureError(response: Response, status: number, code: string): Promise<void> {
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  expect({ status: response.status, code: error["code"] }).toEqual({ status, code });
  expect(error["message"]).toMatch(/./);
  expect(response.headers.get("apim-request-id")).toMatch(/./);
  expect(response.headers.get("x-ms-region")).toBe("East US 2");
  const { azure } = await world.meters();
  expect(azure.filter((row) => row.status >= 400 && row.outputTokens)).toEqual([]);
  const alive = await call("/chat/completions", `{"model":"gpt-5.4","max_completion_tokens":3,${MESSAGES}}`);
  expect(alive.status).toBe(200);
  await alive.arrayBuffer();
}

test.each([
  ["truncated JSON", '{"model":'],
  ["an array", "[]"],
  ["null", "null"],
])("D12: %s", async (_case, body) =>
  expectAzureError(await call("/chat/completions", body), 400, "invalid_json"),
);

test("D12: an empty body names what is missing", async () => {
  const response = await call("/chat/completions", "");
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(await response.json()).toMatchObject({
    error: { code: expect.any(String), message: expect.any(String) },
  });
});

test("a body over 4 MiB", async () =>
  expectAzureError(
    await call("/chat/completions", `{"model":"${"a".repeat(5_000_000)}"}`),
    413,
    "request_too_large",
  ));

test("an unknown deployment", async () =>
  expectAzureError(
    await call("/chat/completions", `{"model":"gpt-99",${MESSAGES}}`),
    404,
    "DeploymentNotFound",
  ));

test("an unknown path", async () => expectAzureError(await call("/assistants", "{}"), 404, "404"));

test("a wrong method", async () => {
  const response = await fetch(`${base}/chat/completions`, { method: "PUT", headers: { "api-key": KEY } });
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe("POST");
  expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } });
});

test.each<[string, Record<string, string>]>([
  ["no key", { "content-type": "application/json" }],
  ["a wrong key", { "content-type": "application/json", "api-key": "wrong" }],
  ["a partner's key", { "content-type": "application/json", "api-key": "fake-partner-direct" }],
])("%s", async (_case, headers) =>
  expectAzureError(await call("/chat/completions", `{"model":"gpt-5.4",${MESSAGES}}`, headers), 401, "401"),
);

describe("caps", () => {
  test("max_completion_tokens over the model's own limit", async () => {
    const response = await call(
      "/chat/completions",
      `{"model":"gpt-5.4","max_completion_tokens":1000000000,${MESSAGES}}`,
    );
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: "max_completion_tokens" } });
  });

  test("n over 128", async () => {
    const response = await call("/chat/completions", `{"model":"gpt-5.4","n":129,${MESSAGES}}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: "n" } });
  });

  test("more than 2,048 inputs to embed", async () => {
    const body = JSON.stringify({
      model: "text-embedding-3-small",
      input: Array.from({ length: 2_049 }, () => "a"),
    });
    const response = await call("/embeddings", body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: "input" } });
  });
});

test("an unknown previous_response_id", async () => {
  const body = '{"model":"gpt-5.4","input":"hi","previous_response_id":"resp_forged"}';
  await expectAzureError(await call("/responses", body), 400, "previous_response_not_found");
});

test("A1: both framings at once", async () => {
  const lines = ["host: a", `api-key: ${KEY}`, "content-length: 2", "transfer-encoding: chunked"];
  const answer = await sendRaw(
    world.urls.azure,
    request("POST /eastus2/openai/v1/chat/completions HTTP/1.1", lines, "0\r\n\r\n"),
  );
  expect(answer.status).toBe(400);
});
