import * as fc from "fast-check";
import { expect, test } from "vitest";
import { encodeSse, SseSplitter, type SseFrame } from "../../src/wire/openai/sse.ts";

function split(bytes: Buffer, cuts: readonly number[] = []): { frames: SseFrame[]; atBoundary: boolean } {
  const splitter = new SseSplitter();
  const frames: SseFrame[] = [];
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let start = 0;
  for (const end of [...places, bytes.length]) {
    frames.push(...splitter.push(bytes.subarray(start, end)));
    start = end;
  }
  return { frames, atBoundary: splitter.atBoundary };
}

const noBreaks = fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.replaceAll(/[\r\n]/g, " "));
const frame: fc.Arbitrary<SseFrame> = fc.record({
  event: fc.option(
    noBreaks.map((name) => `e${name}`.trimEnd()),
    { nil: null },
  ),
  data: noBreaks,
});

test("what is written is read again", () => {
  fc.assert(
    fc.property(fc.array(frame), (frames) => {
      const bytes = Buffer.from(frames.map(encodeSse).join(""));
      expect(split(bytes)).toEqual({ frames: frames.map(asBytesCarryIt), atBoundary: true });
    }),
  );
});

/** A lone surrogate cannot be written in UTF-8. */
function asBytesCarryIt({ event, data }: SseFrame): SseFrame {
  return { event: event?.toWellFormed() ?? null, data: data.toWellFormed() };
}

test("bytes that arrive in any pieces give the same events", () => {
  const lineEnd = fc.constantFrom("\n", "\r\n");
  fc.assert(
    fc.property(
      fc.array(frame, { minLength: 1 }),
      lineEnd,
      fc.array(fc.nat(), { maxLength: 30 }),
      (frames, end, cuts) => {
        const bytes = Buffer.from(frames.map((one) => encodeSse(one).replaceAll("\n", end)).join(""));
        expect(split(bytes, cuts)).toEqual(split(bytes));
        expect(split(bytes).frames).toEqual(frames.map(asBytesCarryIt));
      },
    ),
  );
});

test("every single cut of a stream with CRLF and four-byte characters gives the same events", () => {
  const bytes = Buffer.from("event: a\r\ndata: 😀é\r\n\r\n: ping\r\n\r\ndata: [DONE]\r\n\r\n");
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(split(bytes, [cut]).frames).toEqual([
      { event: "a", data: "😀é" },
      { event: null, data: "[DONE]" },
    ]);
  }
});

test("comments, ids and retry hints are dropped, data lines are joined", () => {
  const text = ": ping\n\nid: 7\nretry: 10\ndata: one\ndata:two\ndata\n\n";
  expect(split(Buffer.from(text)).frames).toEqual([{ event: null, data: "one\ntwo\n" }]);
});

test("a stream that stops inside an event is not at a boundary, and gives no half event", () => {
  expect(split(Buffer.from("data: whole\n\ndata: ha"))).toEqual({
    frames: [{ event: null, data: "whole" }],
    atBoundary: false,
  });
});

test("an event without an end is refused before it fills the memory", () => {
  const splitter = new SseSplitter();
  const piece = Buffer.alloc(65_536, "x");
  const feed = (): void => {
    for (let count = 0; count < 32; count += 1) splitter.push(piece);
  };
  expect(feed).toThrow(/larger than/);
});
