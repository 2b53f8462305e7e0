/** Where a call goes is the decision's to say: no request line, header, query or body field changes it. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chat, errorOf, startFaultWorld, type FaultWorld } from "../support/fault-world.ts";
import { CHAT, chatRequest, PARTNER_KEY, request, sendRaw } from "../support/raw-client.ts";

let faults: FaultWorld;

beforeAll(async () => {
  faults = await startFaultWorld();
});
afterAll(() => faults.close());
beforeEach(() => faults.reset());

const OWN_LINES = ["host: gateway", `authorization: Bearer ${PARTNER_KEY}`, "connection: close"];

async function expectAnswer(
  requestLine: string,
  statuses: readonly number[],
  lines = OWN_LINES,
): Promise<void> {
  const answer = await sendRaw(faults.gateway, request(requestLine, lines));
  expect(statuses).toContain(answer.status);
  await faults.expectUntouched();
}

test.each([
  "http://evil.example/v1/models",
  "http://127.0.0.1/v1/models",
  "https://evil.example/",
  "evil.example:443",
])("C1: the absolute target `%s` is refused", (target) => expectAnswer(`GET ${target} HTTP/1.1`, [400]));

describe("C2: a path that is not exactly one of the API's", () => {
  test.each([
    "//evil.example/v1/models",
    "/\\evil.example",
    "/v1/../v1/models",
    "/v1/%2e%2e/models",
    "/v1/chat/../models",
    "/v1/models/..",
    "/v1/models/%2e%2e",
    "/v1/models%2fgpt-5.4",
    "/v1/models/gpt-5.4%00",
    "/v1/models;x",
    "/v1/models#fragment",
    "/v1/models/",
    "/v1//models",
    "/V1/models",
    "/v1/Models",
    "/models",
    "/",
    "/v1/responses/resp_1/../../files",
    "/v1/files/..%2fresponses",
    "/admin",
    "/metrics",
    `/v1/files/${"a".repeat(2_000)}`,
  ])("`%s` is refused", (target) => expectAnswer(`GET ${target} HTTP/1.1`, [400, 404]));

  test("the forwarded path is the checked path, and a POST's query stays behind", async () => {
    const bytes = chatRequest().replace(
      "/v1/chat/completions",
      "/v1/chat/completions?api-version=1&api_base=http://evil.example",
    );
    expect((await sendRaw(faults.gateway, bytes)).status).toBe(200);
    expect(faults.azure.calls[0]?.target).toMatch(/^\/[a-z0-9]+\/openai\/v1\/chat\/completions$/);
  });
});

describe("C3: methods", () => {
  test.each([
    ["OPTIONS * HTTP/1.1", [400, 405, 501]],
    ["OPTIONS /v1/chat/completions HTTP/1.1", [405]],
    ["TRACE /v1/chat/completions HTTP/1.1", [405, 501]],
    ["PUT /v1/chat/completions HTTP/1.1", [405]],
    ["PATCH /v1/files HTTP/1.1", [405]],
    ["DELETE /v1/models HTTP/1.1", [405]],
    ["HEAD /v1/models HTTP/1.1", [405]],
    ["CONNECT evil.example:443 HTTP/1.1", [405, 501]],
    ["FROBNICATE /v1/models HTTP/1.1", [400, 405, 501]],
    ["post /v1/chat/completions HTTP/1.1", [400, 405, 501]],
  ])("`%s` is answered and closed", expectAnswer);

  test("a wrong method names the right one, in the shape of the API", async () => {
    const response = await fetch(`${faults.gateway}/v1/chat/completions`, {
      method: "PUT",
      headers: { authorization: `Bearer ${PARTNER_KEY}` },
    });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")?.split(", ").toSorted()).toEqual(["GET", "POST"]);
    expect(await errorOf(response)).toMatchObject({
      type: "invalid_request_error",
      code: "method_not_allowed",
    });
    await faults.expectUntouched();
  });
});

describe("C4: a caller cannot ask for a provider", () => {
  const EVIL = "http://evil.example/v1";
  const message = { role: "user", content: "hello" };
  const cases: readonly (readonly [string, object])[] = [
    ["api_base", { api_base: EVIL }],
    ["base_url", { base_url: EVIL }],
    ["baseURL", { baseURL: EVIL }],
    ["api_key", { api_key: "x" }],
    ["provider", { provider: "aws" }],
    ["aws_region_name", { aws_region_name: "us-east-1" }],
    ["extra_body.api_base", { extra_body: { api_base: EVIL } }],
    ["litellm_params.api_base", { litellm_params: { api_base: EVIL } }],
    ["tools[0].api_base", { tools: [{ type: "function", api_base: EVIL, function: { name: "f" } }] }],
  ];
  test.each(cases)("`%s` in the body is refused and named", async (field, extra) => {
    const body = JSON.stringify({ model: "gpt-5.4", messages: [message], ...extra });
    const response = await chat(faults.gateway, { body });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ code: "provider_request_forbidden", param: field });
    await faults.expectUntouched();
  });

  test("the same words inside metadata, texts and tool schemas are the caller's own", async () => {
    const body = JSON.stringify({
      model: "gpt-5.4",
      messages: [{ role: "user", content: `{"api_base":"${EVIL}"}` }],
      metadata: { api_base: EVIL, provider: "aws" },
      tools: [
        {
          type: "function",
          function: {
            name: "f",
            parameters: { type: "object", properties: { api_base: { type: "string" } } },
          },
        },
      ],
    });
    const response = await chat(faults.gateway, { body });
    await response.arrayBuffer();
    expect(response.status).toBe(200);
    expect(response.headers.get("x-clauseway-provider")).toBe("azure");
    expect(faults.aws.connects()).toBe(0);
  });

  test("headers and query that ask for a provider change nothing", async () => {
    const response = await chat(faults.gateway, {
      path: "/v1/chat/completions?provider=aws&api_base=http://evil.example",
      headers: {
        "x-api-base": EVIL,
        "x-provider": "aws",
        "openai-organization": "aws",
        "openai-project": "amazon",
        "helicone-target-url": EVIL,
      },
    });
    await response.arrayBuffer();
    expect(response.headers.get("x-clauseway-provider")).toBe("azure");
    expect(faults.azure.calls[0]?.headerLines).toContain("openai-project: direct");
    expect(faults.azure.calls[0]?.headerLines.join("\n")).not.toMatch(/evil|amazon/);
  });

  test("C7: a Host of another cloud changes nothing", async () => {
    const bytes = chatRequest().replace("host: gateway", "host: bedrock-runtime.us-east-1.amazonaws.com");
    const answer = await sendRaw(faults.gateway, bytes);
    expect(answer.headers["x-clauseway-provider"]).toBe("azure");
    expect(faults.azure.calls[0]?.headerLines.join("\n")).not.toContain("amazonaws");
    expect(faults.aws.connects()).toBe(0);
  });
});

describe("C8: an upgrade never becomes a tunnel", () => {
  test.each([
    [
      "a WebSocket",
      ["upgrade: websocket", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-version: 13"],
    ],
    ["h2c", ["upgrade: h2c", "http2-settings: AAMAAABkAAQAoAAAAAIAAAAA"]],
  ])("%s is refused", async (_case, lines) => {
    const own = ["host: gateway", `authorization: Bearer ${PARTNER_KEY}`, "connection: Upgrade"];
    const hidden = `GET /v1/files HTTP/1.1\r\nhost: g\r\nauthorization: Bearer ${PARTNER_KEY}\r\n\r\n`;
    const answer = await sendRaw(
      faults.gateway,
      request("GET /v1/realtime HTTP/1.1", [...own, ...lines], hidden),
    );
    expect([400, 426]).toContain(answer.status);
    expect(answer.text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    await faults.expectUntouched();
  });

  test("a call that offers an upgrade is refused as a whole", async () => {
    const bytes = chatRequest(["upgrade: h2c"], CHAT).replace("connection: close", "connection: Upgrade");
    expect([400, 426]).toContain((await sendRaw(faults.gateway, bytes)).status);
    await faults.expectUntouched();
  });
});
