/** What each dialect says about usage, in payloads as the APIs send them, and how it is read, taken apart and told on. */

import { describe, expect, it, test } from "vitest";
import { bucketsOf } from "../../../src/domain/buckets.ts";
import { isJsonObject, readJson, type JsonObject, type JsonValue } from "../../../src/domain/json.ts";
import { readChatStream, readResponsesStream } from "../../../src/gateway/stream-reader.ts";
import { ConverseStreamTranslator } from "../../../src/wire/bedrock/converse-stream.ts";
import { converseUsageOf } from "../../../src/wire/bedrock/converse-usage.ts";
import { InvokeStreamTranslator, invocationHeadersOf } from "../../../src/wire/bedrock/invoke-model.ts";
import { SseSplitter } from "../../../src/wire/openai/sse.ts";
import {
  readTrainingUsage,
  readUsage,
  requestedTierOf,
  servedTierOf,
} from "../../../src/wire/openai/usage.ts";

const CHAT = {
  prompt_tokens: 2_006,
  completion_tokens: 300,
  total_tokens: 2_306,
  prompt_tokens_details: { cached_tokens: 1_920, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 128,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};
const RESPONSE = {
  input_tokens: 328,
  input_tokens_details: { cached_tokens: 0, cache_write_tokens: 64 },
  output_tokens: 52,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 380,
};

interface Expected {
  readonly buckets: readonly (number | null)[];
  readonly reasoning: number | null;
  readonly tier: string | null;
}

/** Payload, what its buckets are (fresh, cached, written, output), reasoning, and the tier served. */
const PAYLOADS: readonly (readonly [string, JsonObject, Expected])[] = [
  [
    "a chat completion",
    { object: "chat.completion", service_tier: "priority", usage: CHAT },
    { buckets: [86, 1_920, null, 300], reasoning: 128, tier: "priority" },
  ],
  [
    "a chat completion of Azure, without a tier and with filter results",
    {
      object: "chat.completion",
      prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
      usage: { prompt_tokens: 33, completion_tokens: 557, total_tokens: 590, prompt_tokens_details: null },
    },
    { buckets: [33, null, null, 557], reasoning: null, tier: null },
  ],
  [
    "a legacy completion",
    { object: "text_completion", usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 } },
    { buckets: [5, null, null, 7], reasoning: null, tier: null },
  ],
  [
    "a list of embeddings, which has no output",
    { object: "list", usage: { prompt_tokens: 8, total_tokens: 8 } },
    { buckets: [8, null, null, 0], reasoning: null, tier: null },
  ],
  [
    "a response",
    { object: "response", status: "completed", service_tier: "default", usage: RESPONSE },
    { buckets: [264, 0, 64, 52], reasoning: 0, tier: "default" },
  ],
  [
    "a finished batch",
    {
      object: "batch",
      status: "completed",
      usage: { ...RESPONSE, input_tokens_details: { cached_tokens: 8 } },
    },
    { buckets: [320, 8, null, 52], reasoning: 0, tier: null },
  ],
  [
    "an answer to nothing, of zero tokens",
    { object: "chat.completion", usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } },
    { buckets: [0, null, null, 0], reasoning: null, tier: null },
  ],
  [
    "a report that leaves the output out",
    { object: "chat.completion", usage: { prompt_tokens: 4 } },
    { buckets: [4, null, null, null], reasoning: null, tier: null },
  ],
];

describe("a reply as it was sent", () => {
  it.each(PAYLOADS)("%s", (_name, payload, expected) => {
    const { usage, fault } = readUsage(payload);
    expect(fault).toBeNull();
    const buckets = bucketsOf(usage);
    if (typeof buckets === "string") throw new Error(buckets);
    expect([buckets.freshInput, buckets.cachedInput, buckets.cacheWrite, buckets.output]).toEqual(
      expected.buckets,
    );
    expect(usage).toMatchObject({
      source: "reported",
      reasoningTokens: expected.reasoning,
      serviceTier: expected.tier,
      requestedTier: null,
    });
  });

  it.each([
    ["no usage at all", { object: "chat.completion" }],
    ["usage that is not there yet", { object: "response", status: "in_progress", usage: null }],
  ])("with %s reports nothing", (_name, payload) => {
    expect(readUsage(payload)).toMatchObject({ usage: { source: "none", inputTokens: null }, fault: null });
  });

  it.each<[JsonObject["usage"], string]>([
    [5, "usage is no object"],
    ["none", "usage is no object"],
    [[], "usage is no object"],
    [{ ...CHAT, total_tokens: 2_307 }, "input and output tokens do not sum to the reported total"],
    [{ ...CHAT, completion_tokens: "300" }, "output tokens are no whole number"],
    [{ ...CHAT, prompt_tokens: -2_006 }, "negative input tokens"],
    [
      { ...CHAT, prompt_tokens_details: { cached_tokens: 2_007 } },
      "cached and cache-write tokens exceed input tokens",
    ],
    [
      { ...CHAT, completion_tokens_details: { reasoning_tokens: 301 } },
      "reasoning tokens exceed output tokens",
    ],
    [{ ...CHAT, prompt_tokens_details: "cached" }, "details of input tokens are no object"],
    [{ ...CHAT, prompt_tokens_details: [5] }, "details of input tokens are no object"],
    [{ ...CHAT, prompt_tokens_details: false }, "details of input tokens are no object"],
    [{ ...CHAT, completion_tokens_details: 0 }, "details of output tokens are no object"],
    [{ ...RESPONSE, input_tokens_details: "cached" }, "details of input tokens are no object"],
    [{ ...RESPONSE, output_tokens_details: [] }, "details of output tokens are no object"],
  ])("with usage %j is at fault", (usage, fault) => {
    expect(readUsage({ object: "chat.completion", usage: usage ?? null })).toMatchObject({
      usage: { source: "reported" },
      fault,
    });
  });
});

describe("a fine-tuning job", () => {
  it("reports the tokens that it trained on once it has ended", () => {
    const trained = (job: JsonObject): unknown => {
      const { usage, fault } = readTrainingUsage(job);
      return [usage.trainedTokens, usage.source, fault];
    };
    expect(trained({ status: "running", trained_tokens: null })).toEqual([null, "none", null]);
    expect(trained({ status: "running" })).toEqual([null, "none", null]);
    expect(trained({ status: "succeeded", trained_tokens: 5_049 })).toEqual([5_049, "reported", null]);
    expect(trained({ status: "cancelled", trained_tokens: 0 })).toEqual([0, "reported", null]);
    expect(trained({ status: "succeeded", trained_tokens: -1 })).toEqual([
      null,
      "reported",
      "negative trained tokens",
    ]);
  });
});

describe("the tier", () => {
  it.each([
    [{ service_tier: "auto" }, "auto"],
    [{ service_tier: "priority" }, "priority"],
    [{}, null],
    [{ service_tier: null }, null],
    [{ service_tier: 7 }, null],
    [{ service_tier: "x".repeat(100) }, "x".repeat(64)],
    [{ service_tier: "auto\0" }, "other"],
    [{ service_tier: "no tier" }, "other"],
    [{ service_tier: "" }, "other"],
  ])("that %j asks for is %j", (request, tier) => {
    expect(requestedTierOf(request)).toBe(tier);
  });

  it.each([
    [{ service_tier: "default" }, "default"],
    [{ service_tier: null }, null],
    [{}, null],
    // What has no price must not pass for the default.
    [{ service_tier: 5 }, "other"],
    [{ service_tier: { a: 1 } }, "other"],
    [{ service_tier: "" }, "other"],
    [{ service_tier: "a\0b" }, "other"],
    [{ service_tier: "x".repeat(5_000) }, "x".repeat(64)],
  ])("that %j says it was served by is %j", (reply, tier) => {
    expect(servedTierOf(reply)).toBe(tier);
  });
});

/** Feeds a stream, cut into two pieces, to a reader. */
function read(reader: ReturnType<typeof readChatStream>, text: string): void {
  const splitter = new SseSplitter();
  const half = Math.floor(text.length / 2);
  for (const piece of [text.slice(0, half), text.slice(half)]) {
    for (const frame of splitter.push(Buffer.from(piece))) reader.read(frame);
  }
}

describe("a stream as it was sent", () => {
  const chatHead = { id: "c1", object: "chat.completion.chunk", service_tier: "flex" };
  const chatChunks = [
    { ...chatHead, choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: null }], usage: null },
    { ...chatHead, choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage: null },
  ];
  const chatText = (...chunks: readonly object[]): string =>
    [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"].map((data) => `data: ${data}\n\n`).join("");

  it("of a chat reports in its last chunk", () => {
    const reader = readChatStream(false);
    read(reader, chatText(...chatChunks, { ...chatHead, choices: [], usage: CHAT }));
    expect(readUsage(reader.report ?? {})).toMatchObject({
      usage: { inputTokens: 2_006, outputTokens: 300, serviceTier: "flex" },
      fault: null,
    });
  });

  it("of a chat without that chunk reports nothing, which is not zero", () => {
    const reader = readChatStream(false);
    read(reader, chatText(...chatChunks));
    expect(reader.complete).toBe(true);
    expect(readUsage(reader.report ?? {}).usage.source).toBe("none");
  });

  it.each(["completed", "incomplete", "failed"])(
    "of a response that %s reports in its last event",
    (status) => {
      const event = (type: string, response: object): string =>
        `event: ${type}\ndata: ${JSON.stringify({ type, response })}\n\n`;
      const created = {
        id: "resp_1",
        object: "response",
        status: "in_progress",
        service_tier: "auto",
        usage: null,
      };
      const reader = readResponsesStream();
      const last = { ...created, status, service_tier: "priority", usage: RESPONSE };
      read(reader, event("response.created", created) + event(`response.${status}`, last));
      expect(readUsage(reader.report ?? {})).toMatchObject({
        usage: { inputTokens: 328, cacheWriteTokens: 64, outputTokens: 52, serviceTier: "priority" },
        fault: null,
      });
    },
  );
});

describe("Converse's words for it", () => {
  const converse = (usage: JsonObject): JsonObject | null =>
    converseUsageOf({ object: "chat.completion", usage });

  test("leave the cached and written parts out of the input, and silence out of the answer", () => {
    expect(converse(CHAT)).toEqual({
      inputTokens: 86,
      outputTokens: 300,
      totalTokens: 2_306,
      cacheReadInputTokens: 1_920,
    });
    expect(converse({ ...CHAT, prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 6 } })).toEqual(
      {
        inputTokens: 2_000,
        outputTokens: 300,
        totalTokens: 2_306,
        cacheReadInputTokens: 0,
        cacheWriteInputTokens: 6,
      },
    );
    expect(converse({ prompt_tokens: 3, completion_tokens: 4 })).toEqual({
      inputTokens: 3,
      outputTokens: 4,
      totalTokens: 7,
    });
  });

  test("there are none for a report that is silent or cannot be true", () => {
    expect(converse({ prompt_tokens: 3 })).toBeNull();
    expect(converse({ prompt_tokens: 3, completion_tokens: -1 })).toBeNull();
    expect(converse({ ...CHAT, prompt_tokens_details: { cached_tokens: 2_007 } })).toBeNull();
    expect(converseUsageOf({ object: "chat.completion" })).toBeNull();
  });
});

test("Converse's stream tells no count of a report that cannot be read, also after one that could be", () => {
  const translator = new ConverseStreamTranslator();
  translator.push({ choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: "stop" }], usage: null });
  translator.push({ choices: [], usage: CHAT });
  translator.push({ choices: [], usage: "ten" });
  expect(translator.end(9)?.at(-1)).toEqual({
    kind: "event",
    name: "metadata",
    payload: { metrics: { latencyMs: 9 } },
  });
});

describe("InvokeModel's words for it", () => {
  test("are headers of a whole answer; a count that is not known, or not believed, has none", () => {
    const silent = { "x-amzn-bedrock-invocation-latency": "5" };
    for (const usage of ["ten", [1], -1, { ...CHAT, total_tokens: 1 }]) {
      expect(invocationHeadersOf({ usage }, 5)).toEqual(silent);
    }
    expect(invocationHeadersOf({ usage: CHAT }, 5)).toEqual({
      "x-amzn-bedrock-invocation-latency": "5",
      "x-amzn-bedrock-input-token-count": "2006",
      "x-amzn-bedrock-output-token-count": "300",
    });
    expect(invocationHeadersOf({}, 5)).toEqual({ "x-amzn-bedrock-invocation-latency": "5" });
  });

  const metricsOf = (usage: JsonValue): unknown => {
    const translator = new InvokeStreamTranslator(false);
    translator.push({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
    expect(translator.push({ choices: [], usage })).toEqual([]);
    const [event] = translator.end(9, 4) ?? [];
    const bytes = event?.kind === "event" ? event.payload["bytes"] : null;
    const chunk = readJson(Buffer.from(String(bytes), "base64").toString());
    return isJsonObject(chunk) && chunk["amazon-bedrock-invocationMetrics"];
  };

  test("are metrics of the last chunk of a stream; a report that cannot be read is neither shown nor told", () => {
    expect(metricsOf("ten")).toEqual({ invocationLatency: 9, firstByteLatency: 4 });
    expect(metricsOf(CHAT)).toEqual({
      inputTokenCount: 2_006,
      outputTokenCount: 300,
      invocationLatency: 9,
      firstByteLatency: 4,
    });
  });
});
