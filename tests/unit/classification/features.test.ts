import { describe, expect, it } from "vitest";
import type { OperationId } from "../../../src/classification/operations.ts";
import type { JsonObject } from "../../../src/domain/json.ts";
import { CHAT, read, RESPONSE } from "./support.ts";

const EMBEDDING: JsonObject = { model: "e", input: "hi" };

describe("reading a body", () => {
  it("finds nothing special in a plain chat", () => {
    expect(read("chat.completions.create", CHAT)).toEqual({
      model: "gpt-5.4",
      stream: false,
      usageRequested: false,
      background: false,
      store: null,
      autoContainer: false,
      prewarm: false,
      extendedCache: false,
      references: [],
      conflictingState: false,
      promptId: null,
      forbidden: [],
      problems: [],
      outputCap: null,
      choices: null,
      embeddingInputs: null,
    });
  });

  it("reads what the gateway needs of a stream", () => {
    const body = { ...CHAT, stream: true, stream_options: { include_usage: true }, n: 3, max_tokens: 7 };
    expect(read("chat.completions.create", body)).toMatchObject({
      stream: true,
      usageRequested: true,
      choices: 3,
      outputCap: 7,
    });
  });

  it.each<[OperationId, JsonObject, boolean]>([
    ["chat.completions.create", { prompt_cache_retention: "24h" }, true],
    ["responses.create", { prompt_cache_retention: "24h" }, true],
    ["responses.create", { prompt_cache_options: { ttl: "12h" } }, true],
    [
      "responses.create",
      { prompt_cache_retention: "in_memory", prompt_cache_options: { ttl: "30m" } },
      false,
    ],
    ["responses.create", { prompt_cache_retention: null, prompt_cache_options: null }, false],
    ["responses.create", { metadata: { prompt_cache_retention: "24h" } }, false],
    ["responses.input_tokens", { prompt_cache_retention: "24h" }, false],
    // A field that this API does not have keeps nothing.
    ["completions.create", { prompt_cache_retention: "24h" }, false],
  ])("reads whether %s asks for a long-kept prompt cache in %j", (id, fields, expected) => {
    expect(read(id, { ...RESPONSE, ...CHAT, prompt: "p", ...fields }).extendedCache).toBe(expected);
  });

  it("reads the output cap under each name it has", () => {
    expect(read("chat.completions.create", { ...CHAT, max_completion_tokens: 5 }).outputCap).toBe(5);
    expect(
      read("chat.completions.create", { ...CHAT, max_completion_tokens: null, max_tokens: 6 }).outputCap,
    ).toBe(6);
    expect(read("responses.create", { ...RESPONSE, max_output_tokens: 8 }).outputCap).toBe(8);
    expect(read("completions.create", { model: "m", prompt: "p", max_tokens: 9 }).outputCap).toBe(9);
  });

  it("counts the candidates of a legacy completion", () => {
    expect(read("completions.create", { model: "m", prompt: "p", n: 2, best_of: 5 }).choices).toBe(5);
    expect(read("completions.create", { model: "m", prompt: "p", best_of: 5 }).choices).toBe(5);
  });

  it.each([
    ["hi", { count: 1, totalCharacters: 2, totalTokens: 0 }],
    [["hi", "you"], { count: 2, totalCharacters: 5, totalTokens: 0 }],
    [[1, 2, 3], { count: 1, totalCharacters: 0, totalTokens: 3 }],
    [[[1, 2], [3]], { count: 2, totalCharacters: 0, totalTokens: 3 }],
  ])("measures the embeddings input %j", (input, expected) => {
    const features = read("embeddings.create", { model: "e", input });
    expect(features.embeddingInputs).toEqual(expected);
    expect(features.problems).toEqual([]);
  });

  it.each<[OperationId, JsonObject, string]>([
    ["chat.completions.create", { ...CHAT, model: 4 }, "model"],
    ["chat.completions.create", { ...CHAT, model: "" }, "model"],
    ["chat.completions.create", { messages: CHAT["messages"] ?? null }, "model"],
    ["chat.completions.create", { ...CHAT, messages: [] }, "messages"],
    ["chat.completions.create", { ...CHAT, messages: "hi" }, "messages"],
    ["chat.completions.create", { ...CHAT, messages: { 0: {} } }, "messages"],
    ["chat.completions.create", { model: "m" }, "messages"],
    ["chat.completions.create", { ...CHAT, messages: ["hi"] }, "messages[0]"],
    ["chat.completions.create", { ...CHAT, messages: [{ content: "hi" }] }, "messages[0].role"],
    ["chat.completions.create", { ...CHAT, messages: [{ role: "user", content: 4 }] }, "messages[0].content"],
    [
      "chat.completions.create",
      { ...CHAT, messages: [{ role: "user", content: ["x"] }] },
      "messages[0].content[0]",
    ],
    ["chat.completions.create", { ...CHAT, stream: "true" }, "stream"],
    ["chat.completions.create", { ...CHAT, store: 1 }, "store"],
    ["chat.completions.create", { ...CHAT, n: 0 }, "n"],
    ["chat.completions.create", { ...CHAT, n: "2" }, "n"],
    ["chat.completions.create", { ...CHAT, max_completion_tokens: -1 }, "max_completion_tokens"],
    ["chat.completions.create", { ...CHAT, max_completion_tokens: 1.5 }, "max_completion_tokens"],
    ["chat.completions.create", { ...CHAT, max_completion_tokens: 1e300 }, "max_completion_tokens"],
    ["chat.completions.create", { ...CHAT, max_completion_tokens: 1, max_tokens: 1 }, "max_tokens"],
    ["chat.completions.create", { ...CHAT, tools: [{ type: "file_search" }] }, "tools[0].type"],
    ["completions.create", { model: "m", prompt: "" }, "prompt"],
    ["completions.create", { model: "m" }, "prompt"],
    ["responses.create", { model: "m" }, "input"],
    ["responses.create", { model: "m", previous_response_id: "" }, "input"],
    ["responses.create", { ...RESPONSE, input: "" }, "input"],
    ["responses.create", { ...RESPONSE, input: [] }, "input"],
    ["responses.create", { ...RESPONSE, input: 4 }, "input"],
    ["responses.create", { ...RESPONSE, input: ["hi"] }, "input[0]"],
    ["responses.create", { ...RESPONSE, input: [{ type: 4, role: "user" }] }, "input[0].type"],
    ["responses.create", { ...RESPONSE, input: [{ id: 4 }] }, "input[0].id"],
    ["responses.create", { ...RESPONSE, background: "yes" }, "background"],
    ["responses.create", { ...RESPONSE, previous_response_id: 4 }, "previous_response_id"],
    ["responses.create", { ...RESPONSE, conversation: ["conv_1"] }, "conversation"],
    ["responses.create", { ...RESPONSE, conversation: { id: 4 } }, "conversation.id"],
    ["responses.create", { ...RESPONSE, prompt: "pmpt_1" }, "prompt"],
    ["responses.create", { ...RESPONSE, prompt: {} }, "prompt.id"],
    ["responses.create", { ...RESPONSE, tools: {} }, "tools"],
    ["responses.create", { ...RESPONSE, tools: [null] }, "tools[0]"],
    ["responses.create", { ...RESPONSE, tools: [{ type: "mystery" }] }, "tools[0].type"],
    ["responses.create", { ...RESPONSE, tools: [{ type: "code_interpreter" }] }, "tools[0].container"],
    [
      "responses.create",
      { ...RESPONSE, tools: [{ type: "shell", environment: { type: "cloud" } }] },
      "tools[0].environment.type",
    ],
    [
      "responses.create",
      { ...RESPONSE, tools: [{ type: "namespace", tools: [{ type: "file_search" }] }] },
      "tools[0].tools[0].type",
    ],
    ["responses.create", { ...RESPONSE, max_output_tokens: 0 }, "max_output_tokens"],
    ["embeddings.create", { model: "e" }, "input"],
    ["embeddings.create", { ...EMBEDDING, input: "" }, "input"],
    ["embeddings.create", { ...EMBEDDING, input: [] }, "input"],
    ["embeddings.create", { ...EMBEDDING, input: { a: 1 } }, "input"],
    ["embeddings.create", { ...EMBEDDING, input: ["a", 1] }, "input[1]"],
    ["embeddings.create", { ...EMBEDDING, input: ["a", ""] }, "input[1]"],
    ["embeddings.create", { ...EMBEDDING, input: [1, "a"] }, "input[1]"],
    ["embeddings.create", { ...EMBEDDING, input: [[1], []] }, "input[1]"],
    ["embeddings.create", { ...EMBEDDING, input: [[1], [-1]] }, "input[1]"],
    ["conversations.create", { items: "x" }, "items"],
    ["conversations.items.create", {}, "items"],
    ["conversations.items.create", { items: [] }, "items"],
    ["fine_tuning.jobs.create", { model: "m" }, "training_file"],
    ["fine_tuning.jobs.create", { training_file: "file-1" }, "model"],
    ["fine_tuning.jobs.create", { model: "m", training_file: "f", validation_file: 4 }, "validation_file"],
    ["batches.create", { endpoint: "/v1/responses" }, "input_file_id"],
    ["batches.create", { input_file_id: "file-1" }, "endpoint"],
  ])("%s refuses %j at %s", (id, body, param) => {
    expect(read(id, body).problems.map((problem) => problem.param)).toEqual([param]);
  });

  it("accepts a body without input where something else takes its place", () => {
    for (const instead of [
      { previous_response_id: "resp_1" },
      { conversation: "conv_1" },
      { prompt: { id: "pmpt_1" } },
    ]) {
      expect(read("responses.create", { model: "m", ...instead }).problems).toEqual([]);
    }
    expect(read("responses.input_tokens", null).problems).toEqual([]);
    expect(read("conversations.create", null).problems).toEqual([]);
  });

  it("accepts what real clients send", () => {
    const turns = [
      { role: "system", content: "s" },
      {
        role: "user",
        content: [
          { type: "text", text: "t" },
          { type: "image_url", image_url: { url: "u" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "c", content: "4" },
    ];
    const features = read("chat.completions.create", { ...CHAT, messages: turns, stop: null, n: null });
    expect(features.problems).toEqual([]);
    expect(features.references).toEqual([]);
    expect(features.forbidden).toEqual([]);
  });

  it("bounds the problems of a hostile body", () => {
    const messages = Array.from({ length: 100_000 }, () => 4);
    expect(read("chat.completions.create", { ...CHAT, messages }).problems).toHaveLength(16);
  });
});
