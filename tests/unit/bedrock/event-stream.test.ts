import { EventStreamCodec } from "@smithy/core/event-streams";
import { fromUtf8, toUtf8 } from "@smithy/core/serde";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { encodeStreamEvent } from "../../../src/wire/bedrock/event-stream.ts";

test("encodes messageStart to the bytes of the recorded vector", () => {
  const frame = encodeStreamEvent({ kind: "event", name: "messageStart", payload: { role: "assistant" } });
  expect(frame.toString("hex")).toBe(
    [
      "000000760000005296d5fade",
      "0b3a6576656e742d7479706507000c6d6573736167655374617274",
      "0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e",
      "0d3a6d6573736167652d747970650700056576656e74",
      "7b22726f6c65223a22617373697374616e74227d",
      "6fa8c599",
    ].join(""),
  );
});

test("the AWS codec reads back every event and exception", () => {
  const codec = new EventStreamCodec(toUtf8, fromUtf8);
  const name = fc.stringMatching(/^[a-zA-Z]{1,60}$/);
  fc.assert(
    fc.property(
      name,
      fc.constantFrom("event" as const, "exception" as const),
      fc.string({ unit: "grapheme" }),
      (eventName, kind, text) => {
        const message = codec.decode(encodeStreamEvent({ kind, name: eventName, payload: { text } }));
        expect(JSON.parse(Buffer.from(message.body).toString())).toEqual({ text });
        expect(message.headers[kind === "event" ? ":event-type" : ":exception-type"]?.value).toBe(eventName);
        expect(message.headers[":message-type"]?.value).toBe(kind);
      },
    ),
  );
});
