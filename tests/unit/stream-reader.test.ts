import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readChatStream, readResponsesStream, type StreamReader } from "../../src/gateway/stream-reader.ts";
import { readUsage } from "../../src/wire/openai/usage.ts";

const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

function chunk(changes: object): { event: null; data: string } {
  return { event: null, data: JSON.stringify({ id: "c", object: "chat.completion.chunk", ...changes }) };
}
const role = chunk({ choices: [{ index: 0, delta: { role: "assistant", content: "" } }], usage: null });
const word = chunk({ choices: [{ index: 0, delta: { content: "hi" } }], usage: null });
const stop = chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage: null });
const usage = chunk({ choices: [], usage: USAGE });
const done = { event: null, data: "[DONE]" };

function textOf(passage: ReturnType<StreamReader["read"]>): string {
  return passage.kind === "drop" ? "" : passage.text;
}

describe("a chat stream whose caller did not ask for usage", () => {
  test("loses the usage event and every usage key, and keeps the report for us", () => {
    const reader = readChatStream(false);
    const passages = [role, word, stop, usage, done].map((frame) => reader.read(frame));
    expect(passages.map(({ kind }) => kind)).toEqual(["forward", "forward", "forward", "drop", "hold"]);
    expect(passages.map(textOf).join("")).not.toContain("usage");
    expect(reader.report).toMatchObject({ usage: USAGE });
    expect(reader.complete).toBe(true);
  });

  test("keeps text that speaks of usage as it is", () => {
    const said = 'the key ,"usage":null and "usage":{"prompt_tokens":9} and "usage": 1';
    const frame = chunk({ choices: [{ index: 0, delta: { content: said } }], usage: null });
    const reader = readChatStream(false);
    const sent = JSON.parse(textOf(reader.read(frame)).slice("data: ".length)) as Record<string, unknown>;
    expect(sent).toEqual({
      id: "c",
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta: { content: said } }],
    });
    expect(reader.report).toBeNull();
  });

  test("keeps any text, whatever it holds", () => {
    const content = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(',"usage":null', '"usage":{', '{"error":{', "[DONE]"),
    );
    fc.assert(
      fc.property(content, fc.boolean(), (said, last) => {
        const frame = last
          ? chunk({ usage: null, choices: [{ index: 0, delta: { content: said } }] })
          : chunk({ choices: [{ index: 0, delta: { content: said } }], usage: null });
        const reader = readChatStream(false);
        const sent = JSON.parse(textOf(reader.read(frame)).slice("data: ".length)) as Record<string, unknown>;
        expect(sent["choices"]).toEqual([{ index: 0, delta: { content: said } }]);
        expect("usage" in sent).toBe(false);
        expect(reader.complete).toBe(false);
      }),
    );
  });

  test("keeps the choices of an event that carries usage too", () => {
    const both = chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage: USAGE });
    const reader = readChatStream(false);
    const text = textOf(reader.read(both));
    expect(text).toContain('"finish_reason":"stop"');
    expect(text).not.toContain("usage");
    expect(reader.report).toMatchObject({ usage: USAGE });
  });
});

describe("a chat stream whose usage cannot be read", () => {
  const said = (usage: string): { event: null; data: string } => ({
    event: null,
    data: `{"id":"c","object":"chat.completion.chunk","choices":[],"usage":${usage}}`,
  });

  test.each(['"ten"', "[1]", "-1", "true", "nullish", '{"prompt_tokens":10,}', '{"prompt_tokens":1', ""])(
    "of %s has a report that is disputed, and hides it from who did not ask",
    (usage) => {
      const reader = readChatStream(false);
      const sent = [word, said(usage), done].map((frame) => textOf(reader.read(frame))).join("");
      expect(readUsage(reader.report ?? {})).toMatchObject({
        usage: { source: "reported", inputTokens: null, outputTokens: null },
        fault: "usage is no object",
      });
      expect(sent).toContain("hi");
      expect(sent).not.toContain("usage");
    },
  );

  test("has no report where only what is no report is called so", () => {
    const reader = readChatStream(false);
    const nested = chunk({ choices: [{ index: 0, delta: {} }], usage: null, more: { usage: { a: 1 } } });
    expect(reader.read(nested).kind).toBe("forward");
    reader.read({ event: null, data: '{"choices":[],"usage" : null }' });
    expect(reader.report).toBeNull();
  });

  test("is disputed after a report that could be read, since the last one counts", () => {
    const reader = readChatStream(false);
    for (const frame of [usage, said('"ten"'), done]) reader.read(frame);
    expect(readUsage(reader.report ?? {}).fault).toBe("usage is no object");
  });
});

test("a chat stream whose caller asked for usage passes as it is", () => {
  const reader = readChatStream(true);
  const frames = [role, word, stop, usage, done];
  const sent = frames.map((frame) => textOf(reader.read(frame))).join("");
  expect(sent).toBe(frames.map(({ data }) => `data: ${data}\n\n`).join(""));
  expect(reader.report).toMatchObject({ usage: USAGE });
});

test("a chat stream is not complete without [DONE], and has no token before its first word", () => {
  const reader = readChatStream(false);
  reader.read(role);
  expect(reader.sawToken).toBe(false);
  reader.read(word);
  expect(reader.sawToken).toBe(true);
  reader.read(stop);
  reader.read(usage);
  expect(reader.complete).toBe(false);
});

test("an error inside a stream is a failure, in either dialect", () => {
  const inBody = { event: null, data: JSON.stringify({ error: { message: "no" } }) };
  const named = { event: "error", data: JSON.stringify({ type: "error", code: "server_error" }) };
  for (const reader of [readChatStream(false), readChatStream(true), readResponsesStream()]) {
    expect(reader.read(inBody).kind).toBe("failure");
    expect(reader.read(named).kind).toBe("failure");
    expect(reader.complete).toBe(false);
  }
});

function event(type: string, fields: object = {}): { event: string; data: string } {
  return { event: type, data: JSON.stringify({ type, ...fields }) };
}

describe("a Responses stream", () => {
  test.each(["response.completed", "response.incomplete", "response.failed"])(
    "ends with %s, which is held back",
    (type) => {
      const reader = readResponsesStream();
      const kinds = [
        event("response.created", { response: { id: "resp_1", status: "in_progress", usage: null } }),
        event("response.output_text.delta", { delta: "hi" }),
        event(type, { response: { id: "resp_1", usage: { input_tokens: 3, output_tokens: 2 } } }),
      ].map((frame) => reader.read(frame).kind);
      expect(kinds).toEqual(["forward", "forward", "hold"]);
      expect(reader).toMatchObject({
        complete: true,
        sawToken: true,
        report: { id: "resp_1", usage: { input_tokens: 3 } },
      });
    },
  );

  test.each([
    ["is no JSON", '{"type":"response.failed","response":{"usage":{'],
    ["holds no response", '{"type":"response.failed","response":"ten"}'],
  ])("whose last event %s is disputed, and keeps what began and how it ended", (_case, data) => {
    const reader = readResponsesStream();
    reader.read(
      event("response.created", { response: { id: "resp_1", status: "in_progress", usage: null } }),
    );
    reader.read({ event: "response.failed", data });
    expect(reader).toMatchObject({ complete: true, report: { id: "resp_1", status: "failed" } });
    expect(readUsage(reader.report ?? {})).toMatchObject({
      usage: { source: "reported" },
      fault: "usage is no object",
    });
  });

  test("gives the id of a run as soon as it has begun", () => {
    const reader = readResponsesStream();
    reader.read(event("response.created", { response: { id: "resp_1", status: "queued" } }));
    expect(reader).toMatchObject({ complete: false, sawToken: false, report: { id: "resp_1" } });
  });

  test("is not ended by [DONE], which this API does not send", () => {
    const reader = readResponsesStream();
    reader.read(done);
    expect(reader.complete).toBe(false);
  });
});
