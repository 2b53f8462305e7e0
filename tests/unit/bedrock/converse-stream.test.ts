import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/domain/json.ts";
import { converseAnswerOf } from "../../../src/wire/bedrock/converse-answer.ts";
import { ChunkOutOfOrderError, ConverseStreamTranslator } from "../../../src/wire/bedrock/converse-stream.ts";
import { InvokeStreamTranslator } from "../../../src/wire/bedrock/invoke-model.ts";
import { closingChunks, completion, deltaChunk } from "../../support/fake-gateway.ts";

function translate(chunks: readonly JsonObject[]): JsonObject[] {
  const translator = new ConverseStreamTranslator();
  const events = chunks.flatMap((chunk) => translator.push(chunk));
  return [...events, ...(translator.end(5) ?? [])].map(({ name, payload }) => ({ [name]: payload }));
}

function toolDelta(index: number, call: { id?: string; name?: string; arguments?: string }): JsonObject {
  const { id, ...named } = call;
  return deltaChunk({ tool_calls: [{ index, ...(id === undefined ? {} : { id }), function: named }] });
}

const usage = {
  inputTokens: 5,
  outputTokens: 2,
  totalTokens: 10,
  cacheReadInputTokens: 3,
};

test("streams text as one block and ends with usage", () => {
  const chunks = [
    deltaChunk({ role: "assistant", content: "" }),
    deltaChunk({ content: "he" }),
    deltaChunk({ content: "y" }),
  ];
  expect(translate([...chunks, ...closingChunks("stop")])).toEqual([
    { messageStart: { role: "assistant" } },
    { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "he" } } },
    { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "y" } } },
    { contentBlockStop: { contentBlockIndex: 0 } },
    { messageStop: { stopReason: "end_turn" } },
    { metadata: { usage, metrics: { latencyMs: 5 } } },
  ]);
});

test("gives text and each tool call a block of its own", () => {
  const events = translate([
    deltaChunk({ content: "hm" }),
    toolDelta(0, { id: "t1", name: "add", arguments: "" }),
    toolDelta(0, { arguments: '{"a"' }),
    toolDelta(0, { arguments: ":1}" }),
    toolDelta(1, { id: "t2", name: "sub", arguments: "{}" }),
    ...closingChunks("tool_calls"),
  ]);
  expect(events.slice(1, -2)).toEqual([
    { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "hm" } } },
    { contentBlockStop: { contentBlockIndex: 0 } },
    { contentBlockStart: { contentBlockIndex: 1, start: { toolUse: { toolUseId: "t1", name: "add" } } } },
    { contentBlockDelta: { contentBlockIndex: 1, delta: { toolUse: { input: '{"a"' } } } },
    { contentBlockDelta: { contentBlockIndex: 1, delta: { toolUse: { input: ":1}" } } } },
    { contentBlockStop: { contentBlockIndex: 1 } },
    { contentBlockStart: { contentBlockIndex: 2, start: { toolUse: { toolUseId: "t2", name: "sub" } } } },
    { contentBlockDelta: { contentBlockIndex: 2, delta: { toolUse: { input: "{}" } } } },
    { contentBlockStop: { contentBlockIndex: 2 } },
  ]);
  expect(events.at(-2)).toEqual({ messageStop: { stopReason: "tool_use" } });
});

test("never marks a message as finished that no choice finished", () => {
  const translator = new ConverseStreamTranslator();
  const names = translator.push(deltaChunk({ content: "half" })).map(({ name }) => name);
  expect(names).not.toContain("messageStop");
  expect(translator.end(1)).toBeNull();
});

test("refuses a tool call that goes on after another block began", () => {
  const translator = new ConverseStreamTranslator();
  translator.push(toolDelta(0, { id: "t1", name: "add" }));
  translator.push(toolDelta(1, { id: "t2", name: "sub" }));
  expect(() => translator.push(toolDelta(0, { arguments: "{}" }))).toThrow(ChunkOutOfOrderError);
});

test("a streamed text reads the same as a whole one, however it is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" }), { maxLength: 20 }), (pieces) => {
      const chunks = pieces.map((content) => deltaChunk({ content }));
      const events = translate([...chunks, ...closingChunks("length")]);
      const streamed = events.flatMap((event) => {
        const delta = event["contentBlockDelta"] as { delta: { text: string } } | undefined;
        return delta ? [delta.delta.text] : [];
      });
      const whole = converseAnswerOf(completion({ content: pieces.join("") }, "length"), 5);
      expect(whole).toMatchObject({
        body: {
          output: { message: { content: [{ text: streamed.join("") }] } },
          stopReason: "max_tokens",
          usage,
        },
      });
      const stops = events.filter((event) => "contentBlockStop" in event).length;
      expect(stops).toBe(pieces.some((piece) => piece !== "") ? 1 : 0);
    }),
  );
});

test("tool arguments that are not JSON cannot be said in Converse", () => {
  const call = { id: "t1", type: "function", function: { name: "add", arguments: "{" } };
  const answer = converseAnswerOf(completion({ content: null, tool_calls: [call] }, "tool_calls"), 1);
  expect(answer).toMatchObject({ kind: "untranslatable" });
});

test("leaves usage out when the reply does not report it", () => {
  const { usage: _, ...silent } = completion({ content: "x" }, "stop");
  const answer = converseAnswerOf(silent, 1);
  expect(answer).toMatchObject({ kind: "translated" });
  expect(answer.kind === "translated" && "usage" in answer.body).toBe(false);
});

test.each([true, false])(
  "an invoke stream shows usage chunks only when asked (%s) and metrics last",
  (asked) => {
    const translator = new InvokeStreamTranslator(asked);
    const chunks = [deltaChunk({ content: "a" }), ...closingChunks("stop")];
    const events = [...chunks.flatMap((chunk) => translator.push(chunk)), ...(translator.end(9, 4) ?? [])];
    const sent = events.map(({ payload }) =>
      JSON.parse(Buffer.from(String(payload["bytes"]), "base64").toString()),
    );
    expect(sent).toHaveLength(asked ? 3 : 2);
    expect(sent.some((chunk) => "usage" in chunk)).toBe(asked);
    expect(sent.map((chunk) => "amazon-bedrock-invocationMetrics" in chunk).indexOf(true)).toBe(
      sent.length - 1,
    );
    expect(sent.at(-1)["amazon-bedrock-invocationMetrics"]).toEqual({
      inputTokenCount: 8,
      outputTokenCount: 2,
      invocationLatency: 9,
      firstByteLatency: 4,
    });
  },
);
