import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../src/domain/json.ts";
import { chatRequestOf } from "../../../src/wire/bedrock/converse-request.ts";

function translate(converse: JsonObject, stream = false): JsonObject {
  const translation = chatRequestOf(converse, "gpt-x", stream);
  if (translation.kind === "invalid") throw new Error(translation.message);
  return translation.body;
}

function problemOf(converse: JsonValue): string {
  const translation = chatRequestOf(converse, "gpt-x", false);
  return translation.kind === "invalid" ? translation.message : "accepted";
}

const hi = [{ role: "user", content: [{ text: "hi" }] }];

test("keeps a lone text as the message content, so its tokens are the message's tokens", () => {
  expect(translate({ messages: hi })).toEqual({
    model: "gpt-x",
    messages: [{ role: "user", content: "hi" }],
    stream: false,
  });
});

test("asks for usage when it streams", () => {
  expect(translate({ messages: hi }, true)).toMatchObject({
    stream: true,
    stream_options: { include_usage: true },
  });
});

test("puts system text first and maps the inference settings", () => {
  const body = translate({
    system: [{ text: "be brief" }, { cachePoint: { type: "default" } }],
    messages: hi,
    inferenceConfig: { maxTokens: 7, temperature: 0.5, topP: 0.9, stopSequences: ["END"] },
    requestMetadata: { team: "a" },
    serviceTier: { type: "flex" },
    outputConfig: { effort: "low" },
  });
  expect(body).toEqual({
    model: "gpt-x",
    messages: [
      { role: "developer", content: "be brief" },
      { role: "user", content: "hi" },
    ],
    max_completion_tokens: 7,
    temperature: 0.5,
    top_p: 0.9,
    stop: ["END"],
    metadata: { team: "a" },
    service_tier: "flex",
    reasoning_effort: "low",
    stream: false,
  });
});

test("turns a tool round trip into tool calls and tool messages ahead of the turn's own text", () => {
  const body = translate({
    messages: [
      ...hi,
      {
        role: "assistant",
        content: [
          { reasoningContent: { reasoningText: { text: "hm" } } },
          { toolUse: { toolUseId: "t1", name: "add", input: { a: 1 } } },
        ],
      },
      {
        role: "user",
        content: [
          { text: "go on" },
          {
            toolResult: {
              toolUseId: "t1",
              content: [{ text: "two" }, { json: { sum: 2 } }],
              status: "success",
            },
          },
        ],
      },
    ],
    toolConfig: {
      tools: [{ toolSpec: { name: "add", description: "adds", inputSchema: { json: { type: "object" } } } }],
      toolChoice: { tool: { name: "add" } },
    },
  });
  expect(body["messages"]).toEqual([
    { role: "user", content: "hi" },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "t1", type: "function", function: { name: "add", arguments: '{"a":1}' } }],
    },
    { role: "tool", tool_call_id: "t1", content: 'two\n{"sum":2}' },
    { role: "user", content: "go on" },
  ]);
  expect(body["tools"]).toEqual([
    { type: "function", function: { name: "add", description: "adds", parameters: { type: "object" } } },
  ]);
  expect(body["tool_choice"]).toEqual({ type: "function", function: { name: "add" } });
});

test("carries images and documents as data", () => {
  const body = translate({
    messages: [
      {
        role: "user",
        content: [
          { text: "look" },
          { image: { format: "png", source: { bytes: "AAAA" } } },
          { document: { format: "txt", name: "note", source: { text: "hey" } } },
        ],
      },
    ],
  });
  expect(body["messages"]).toEqual([
    {
      role: "user",
      content: [
        { type: "text", text: "look" },
        { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
        { type: "file", file: { filename: "note.txt", file_data: "data:text/plain;base64,aGV5" } },
      ],
    },
  ]);
});

test("reads a JSON schema for the output from its text", () => {
  const textFormat = {
    type: "json_schema",
    structure: { jsonSchema: { name: "s", schema: '{"type":"object"}' } },
  };
  expect(translate({ messages: hi, outputConfig: { textFormat } })["response_format"]).toEqual({
    type: "json_schema",
    json_schema: { name: "s", schema: { type: "object" } },
  });
  const broken = { ...textFormat, structure: { jsonSchema: { schema: "{" } } };
  expect(problemOf({ messages: hi, outputConfig: { textFormat: broken } })).toContain("not JSON");
});

test("merges additional model fields, so that state hidden there reaches the gateway", () => {
  const body = translate({
    messages: hi,
    additionalModelRequestFields: { previous_response_id: "resp_1", seed: 4 },
  });
  expect(body).toMatchObject({ previous_response_id: "resp_1", seed: 4 });
});

test.each(["model", "messages", "stream", "n"])(
  "refuses an additional field that would replace %s",
  (field) => {
    const problem = problemOf({ messages: hi, additionalModelRequestFields: { [field]: 1 } });
    expect(problem).toContain(`\`${field}\``);
  },
);

test.each([
  ["an unknown member", { messages: hi, guardrailConfig: {} }, "guardrailConfig"],
  [
    "a block of two kinds",
    { messages: [{ role: "user", content: [{ text: "a", cachePoint: {} }] }] },
    "messages.0.content.0",
  ],
  ["a block of an unknown kind", { messages: [{ role: "user", content: [{ video: {} }] }] }, "video"],
  ["no messages", {}, "messages"],
  ["an array", [], "expected object"],
  ["null", null, "expected object"],
  ["a token limit of zero", { messages: hi, inferenceConfig: { maxTokens: 0 } }, "inferenceConfig.maxTokens"],
])("refuses %s by name", (_case, converse, named) => {
  expect(problemOf(converse)).toContain(named);
});

test("answers any JSON with a translation or a named problem, and never loses an additional field", () => {
  // A body with the key `__proto__` is refused when its JSON is read, so none comes this far.
  const fields = fc
    .dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<JsonValue>, { maxKeys: 5 })
    .filter((value) => !JSON.stringify(value).includes("__proto__"));
  fc.assert(
    fc.property(fc.jsonValue() as fc.Arbitrary<JsonValue>, fields, (noise, additional) => {
      expect(chatRequestOf(noise, "gpt-x", true).kind).toBe("invalid");
      const asked = { messages: hi, additionalModelRequestFields: additional };
      const translation = chatRequestOf(asked, "gpt-x", true);
      if (translation.kind === "invalid") return;
      expect(translation.body).toMatchObject({ model: "gpt-x", stream: true });
      for (const [name, value] of Object.entries(additional)) expect(translation.body[name]).toEqual(value);
    }),
  );
});
