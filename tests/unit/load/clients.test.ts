import { Sha256Node } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/protocols";
import { SignatureV4 } from "@smithy/signature-v4";
import { expect, test } from "vitest";
import { createSigner, eventStreamReader, prepareConverse } from "../../../src/load/clients/amazon.ts";
import { readProductEvent } from "../../../src/load/clients/first-party.ts";
import type { AnswerReader, AnswerSummary } from "../../../src/load/clients/prepared.ts";
import { jsonReader } from "../../../src/load/clients/read-json.ts";
import { readChatEvent, sseReader } from "../../../src/load/clients/read-sse.ts";
import { frame } from "./fake-system.ts";

/** Feeds `bytes` in pieces of `size`; returns after which byte the first text was seen. */
function readIn(
  reader: AnswerReader,
  bytes: Uint8Array,
  size: number,
): { summary: AnswerSummary; firstTextAt: number | null } {
  let firstTextAt: number | null = null;
  for (let at = 0; at < bytes.length; at += size) {
    if (reader.feed(bytes.subarray(at, at + size))) firstTextAt ??= Math.min(at + size, bytes.length);
  }
  return { summary: reader.finish(), firstTextAt };
}

const CHAT_STREAM = Buffer.from(
  [
    'data: {"id":"chatcmpl-1","choices":[{"delta":{"role":"assistant","content":""}}]}',
    'data: {"id":"chatcmpl-1","choices":[{"delta":{"content":"grüße"}}]}',
    'data: {"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}',
    "data: [DONE]",
    "",
  ].join("\n\n"),
);

test.each([1, 2, 3, 17, 10_000])("a chat stream reads the same in pieces of %i bytes", (size) => {
  const { summary } = readIn(sseReader(readChatEvent), CHAT_STREAM, size);
  expect(summary).toEqual({ inputTokens: 7, outputTokens: 2, id: "chatcmpl-1", error: null });
});

test("the first token is the first text, not the opening chunk", () => {
  const { firstTextAt } = readIn(sseReader(readChatEvent), CHAT_STREAM, 1);
  expect(firstTextAt).toBe(CHAT_STREAM.indexOf('}\n\ndata: {"id":"chatcmpl-1","choices":[],') + 3);
});

test("a chat stream without its end is an error, though usage came", () => {
  const cut = CHAT_STREAM.subarray(0, CHAT_STREAM.indexOf("data: [DONE]"));
  expect(readIn(sseReader(readChatEvent), cut, 50).summary.error).toBe(
    "the stream ended before its last event",
  );
});

test("an error inside a stream is the answer's error", () => {
  const text = 'data: {"error":{"message":"upstream went away","code":"upstream_truncated"}}\n\n';
  expect(readIn(sseReader(readChatEvent), Buffer.from(text), 9).summary.error).toBe("upstream went away");
  const product = 'event: error\ndata: {"code":"upstream_truncated","message":"gone"}\n\n';
  expect(readIn(sseReader(readProductEvent), Buffer.from(product), 9).summary.error).toBe("gone");
});

test("the product's events end with `done`, which tells the usage", () => {
  const done = 'event: done\ndata: {"usage":{"prompt_tokens":5,"completion_tokens":6}}\n\n';
  const text = `event: session\ndata: {"session":"s"}\n\nevent: delta\ndata: {"text":"hi"}\n\n${done}`;
  expect(readIn(sseReader(readProductEvent), Buffer.from(text), 7).summary).toMatchObject({
    inputTokens: 5,
    outputTokens: 6,
    error: null,
  });
  expect(
    readIn(sseReader(readProductEvent), Buffer.from(text.replace(done, "")), 7).summary.error,
  ).not.toBeNull();
});

const FRAMES = Buffer.concat([
  frame("messageStart", { role: "assistant" }),
  frame("contentBlockDelta", { delta: { text: "hello" } }),
  frame("metadata", { usage: { inputTokens: 9, outputTokens: 4 } }),
]);

test.each([1, 5, 64, 10_000])("a Converse stream reads the same in pieces of %i bytes", (size) => {
  const { summary, firstTextAt } = readIn(eventStreamReader(), FRAMES, size);
  expect(summary).toEqual({ inputTokens: 9, outputTokens: 4, id: null, error: null });
  expect(firstTextAt).not.toBeNull();
});

test("a Converse stream without its metadata, or with a broken frame, is no answer", () => {
  const whole = frame("messageStart", {}).length;
  expect(readIn(eventStreamReader(), FRAMES.subarray(0, whole), 10).summary.error).not.toBeNull();
  const broken = Buffer.from(FRAMES);
  broken[20] = (broken[20] ?? 0) ^ 1;
  expect(() => readIn(eventStreamReader(), broken, 64)).toThrow(/checksum/i);
});

test("a body that is no JSON object is no answer", () => {
  for (const body of ["", "[]", "<html>", '{"usage":'])
    expect(readIn(jsonReader(), Buffer.from(body), 4).summary.error).toBe("the answer is no JSON object");
});

test("a signed Converse request carries the signature that AWS's signer computes for it", async () => {
  const access = {
    url: "http://127.0.0.1:8082",
    region: "us-east-1",
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "k",
  };
  const nowMs = Date.UTC(2026, 2, 31);
  const plain = prepareConverse("openai.gpt-oss-120b-1:0", { text: "hi", outputTokens: 3, streamed: true });
  const signed = await createSigner(access)(plain, nowMs);
  expect(signed.path).toBe("/model/openai.gpt-oss-120b-1%3A0/converse-stream");
  expect(signed.headers["x-amz-date"]).toBe("20260331T000000Z");

  const again = await new SignatureV4({
    service: "bedrock",
    region: "us-east-1",
    credentials: { accessKeyId: access.accessKeyId, secretAccessKey: access.secretAccessKey },
    sha256: Sha256Node,
  }).sign(
    new HttpRequest({
      method: "POST",
      path: signed.path,
      headers: { host: "127.0.0.1:8082", "content-type": "application/json" },
      body: signed.body,
    }),
    { signingDate: new Date(nowMs) },
  );
  expect(signed.headers["authorization"]).toBe(again.headers["authorization"]);
});
