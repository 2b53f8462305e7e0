import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../../../src/domain/json.ts";
import { CHAT, read, RESPONSE } from "./support.ts";

const ASKING = { api_base: "http://evil.example", provider: "aws", region: "us-east-1", base_url: "x" };

describe("fields that ask for a provider", () => {
  it.each([
    "api_base",
    "apiBase",
    "API_BASE",
    "api-base",
    "base_url",
    "baseURL",
    "api_key",
    "api_version",
    "api_type",
    "azure_endpoint",
    "azure_ad_token",
    "custom_llm_provider",
    "provider",
    "deployment_id",
    "endpoint",
    "region",
    "aws_region_name",
    "aws_access_key_id",
    "aws_bedrock_runtime_endpoint",
    "vertex_project",
    "vertex_ai_location",
    "user_config",
    "model_list",
    "fallbacks",
  ])("are found at the top level: %s", (field) => {
    expect(read("chat.completions.create", { ...CHAT, [field]: "x" }).forbidden).toEqual([field]);
  });

  it.each<[string, JsonObject]>([
    ["extra_body.api_base", { extra_body: { api_base: "x" } }],
    ["litellm_params.api_base", { litellm_params: { api_base: "x" } }],
    ["extra_body.a[0].b.api_key", { extra_body: { a: [{ b: { api_key: "x" } }] } }],
    ["extra_body.content.api_base", { extra_body: { content: { api_base: "x" } } }],
    [
      "messages[1].api_base",
      {
        messages: [
          { role: "user", content: "" },
          { role: "user", api_base: "x" },
        ],
      },
    ],
    ["tools[0].api_base", { tools: [{ type: "function", api_base: "x" }] }],
    ["tools[0].function.base_url", { tools: [{ type: "function", function: { base_url: "x" } }] }],
    ["stream_options.provider", { stream_options: { provider: "aws" } }],
  ])("are found nested: %s", (path, fields) => {
    expect(read("chat.completions.create", { ...CHAT, ...fields }).forbidden).toEqual([path]);
  });

  it.each<[string, JsonObject]>([
    ["metadata", { metadata: ASKING }],
    ["message text", { messages: [{ role: "user", content: JSON.stringify(ASKING) }] }],
    ["content parts", { messages: [{ role: "user", content: [{ type: "text", text: "t", ...ASKING }] }] }],
    ["a tool schema", { tools: [{ type: "function", function: { name: "f", parameters: ASKING } }] }],
    ["a strict answer schema", { response_format: { type: "json_schema", json_schema: { schema: ASKING } } }],
    [
      "tool call arguments",
      { messages: [{ role: "assistant", tool_calls: [{ function: { arguments: ASKING } }] }] },
    ],
    [
      "where the user is",
      { web_search_options: { user_location: { type: "approximate", approximate: { region: "Kent" } } } },
    ],
    ["null", { api_base: null, extra_body: { provider: null } }],
    ["names that only resemble them", { providers_note: "x", regional: true, awsome: 1, my_api_base: "x" }],
  ])("are not seen in %s", (_where, fields) => {
    expect(read("chat.completions.create", { ...CHAT, ...fields }).forbidden).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ["schemas of flat tools", { tools: [{ type: "function", name: "f", parameters: ASKING }] }],
    ["the schema of text", { text: { format: { type: "json_schema", schema: ASKING } } }],
    ["prompt variables", { prompt: { id: "p", variables: ASKING } }],
    ["headers for a remote tool", { tools: [{ type: "mcp", server_label: "s", headers: { api_key: "k" } }] }],
    ["where the user is", { tools: [{ type: "web_search", user_location: { region: "Kent" } }] }],
    ["a tool's output", { input: [{ type: "function_call_output", call_id: "c", output: [ASKING] }] }],
  ])("are not seen in %s of a response", (_where, fields) => {
    expect(read("responses.create", { ...RESPONSE, ...fields }).forbidden).toEqual([]);
  });

  it("leave a batch its own endpoint, and nobody else's", () => {
    const batch = { endpoint: "/v1/responses", input_file_id: "file-1", completion_window: "24h" };
    expect(read("batches.create", batch).forbidden).toEqual([]);
    expect(read("batches.create", { ...batch, extra_body: { endpoint: "x" } }).forbidden).toEqual([
      "extra_body.endpoint",
    ]);
    expect(read("responses.create", { ...RESPONSE, endpoint: "x" }).forbidden).toEqual(["endpoint"]);
  });

  it("are found beside `__proto__` and `constructor` keys, which stay inert", () => {
    const body = JSON.parse(
      '{"__proto__":{"model":"evil","previous_response_id":"resp_1"},"constructor":{"prototype":{"api_base":"x"}},' +
        '"model":"gpt-5.4","input":"hi"}',
    ) as JsonObject;
    const features = read("responses.create", body);
    expect(features.model).toBe("gpt-5.4");
    expect(features.references).toEqual([]);
    expect(features.forbidden).toEqual(["constructor.prototype.api_base"]);
    expect(({} as Record<string, unknown>)["api_base"]).toBeUndefined();
  });

  it("are reported sixteen at a time and found below any depth", () => {
    let deep: JsonValue = { api_base: "x" };
    for (let depth = 0; depth < 100_000; depth += 1) deep = depth % 2 === 0 ? [deep] : { a: deep };
    const [path] = read("responses.create", { ...RESPONSE, extra_body: deep }).forbidden;
    expect(path?.startsWith("extra_body.a[0].a[0]")).toBe(true);
    expect(path?.endsWith("[0].api_base")).toBe(true);
    const many = Array.from({ length: 1000 }, () => ASKING);
    expect(read("responses.create", { ...RESPONSE, extra_body: { many } }).forbidden).toHaveLength(16);
  });
});
