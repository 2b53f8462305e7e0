/** What passed of a stream is counted whole, whatever kind of output it was and however much, without being held whole. */

import { describe, expect, test } from "vitest";
import { Transcript } from "../../src/gateway/transcript.ts";
import { outputTextOf } from "../../src/wire/openai/estimate.ts";
import { countTokens } from "../../src/wire/openai/tokens.ts";

function chatChunk(delta: object): string {
  return JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "gpt-5.4-2026-03-05",
    service_tier: "default",
    choices: [{ index: 0, delta, finish_reason: null }],
    usage: null,
  });
}

describe("the output in an event", () => {
  const text = (event: unknown): string => outputTextOf(JSON.parse(JSON.stringify(event)));
  const delta = (changes: object): string => text({ choices: [{ index: 0, delta: changes }] });

  test("of a chat is text, refusal, reasoning, and what is called with which arguments", () => {
    expect(delta({ role: "assistant", content: "Hi" })).toBe("Hi");
    expect(delta({ refusal: "I cannot" })).toBe("I cannot");
    expect(delta({ reasoning_content: "so then" })).toBe("so then");
    const fresh = { index: 0, id: "call_1", type: "function", function: { name: "look", arguments: "" } };
    expect(delta({ tool_calls: [fresh] })).toBe("look");
    expect(delta({ tool_calls: [{ index: 0, function: { arguments: '{"at":' } }] })).toBe('{"at":');
    expect(delta({ tool_calls: [{ index: 0, custom: { name: "run", input: " ls" } }] })).toBe("run ls");
    expect(delta({ function_call: { name: "look", arguments: "{}" } })).toBe("look{}");
    expect(delta({ audio: { id: "audio_1", data: "AAAA", transcript: "spoken" } })).toBe("spoken");
    expect(text({ choices: [{ delta: { content: "a" } }, { delta: { content: "b" } }] })).toBe("ab");
    expect(text({ choices: [{ index: 0, text: "legacy" }] })).toBe("legacy");
  });

  test.each([
    ["response.output_text.delta", "Hi"],
    ["response.refusal.delta", "Hi"],
    ["response.reasoning_text.delta", "Hi"],
    ["response.reasoning_summary_text.delta", "Hi"],
    ["response.function_call_arguments.delta", "Hi"],
    ["response.custom_tool_call_input.delta", "Hi"],
    // Base64.
    ["response.audio.delta", ""],
    ["response.output_audio.delta", ""],
  ])("of a response in %s is %j", (type, output) => {
    expect(text({ type, delta: "Hi" })).toBe(output);
  });

  test("of a response is the name of what is called, and nothing of other events", () => {
    const item = { type: "function_call", name: "look", arguments: "" };
    expect(text({ type: "response.output_item.added", item })).toBe("look");
    expect(text({ type: "response.output_item.done", item: { ...item, arguments: "{}" } })).toBe("");
    expect(text({ type: "response.output_text.done", text: "Hi" })).toBe("");
  });

  test.each([
    {},
    { choices: null },
    { choices: [1, null, {}] },
    { choices: [{ delta: { tool_calls: [7] } }] },
  ])("of %j is none", (event) => {
    expect(text(event)).toBe("");
  });
});

describe("a transcript", () => {
  test("counts every one of 5,000 chunks of a token each", async () => {
    const transcript = new Transcript();
    for (let sent = 0; sent < 5_000; sent += 1) transcript.add(chatChunk({ content: " word" }));
    transcript.add("[DONE]");
    expect(await transcript.outputTokens()).toBe(5_000);
    expect(transcript.lastEvent()).toMatchObject({ service_tier: "default" });
  });

  test("counts the arguments of tool calls, which are no content", async () => {
    const transcript = new Transcript();
    const args = { tool_calls: [{ index: 0, function: { arguments: " some words here" } }] };
    for (let sent = 0; sent < 400; sent += 1) transcript.add(chatChunk(args));
    expect(await transcript.outputTokens()).toBe(1_200);
  });

  test("knows nothing of an output of which none has passed", async () => {
    const transcript = new Transcript();
    transcript.add(chatChunk({ role: "assistant", content: "" }));
    transcript.add("no JSON");
    expect(await transcript.outputTokens()).toBeNull();
    expect(await new Transcript().outputTokens()).toBeNull();
  });

  test("of an answer without end is counted as it goes, to a token a piece", async () => {
    const transcript = new Transcript();
    const text = " some words here".repeat(4_096);
    const pieces = 40;
    let counts = 0;
    for (let sent = 0; sent < pieces; sent += 1) {
      transcript.add(chatChunk({ content: text }));
      if (!transcript.full) continue;
      counts += 1;
      await transcript.count();
      expect(transcript.full).toBe(false);
    }
    expect(counts).toBeGreaterThan(1);
    const tokens = (await transcript.outputTokens()) ?? 0;
    expect(Math.abs(tokens - pieces * countTokens(text))).toBeLessThanOrEqual(counts + 1);
  });
});
