/**
 * Frames of `application/vnd.amazon.eventstream`, big-endian: u32 total length, u32 header length, u32 crc32 of those
 * eight bytes, headers, payload, u32 crc32 of all before it.
 */

import { crc32 } from "node:zlib";
import type { JsonObject } from "../../domain/json.ts";

/** One frame before it is encoded: an event of the operation's output union, or the modelled error that ends it. */
export type StreamEvent =
  | { readonly kind: "event"; readonly name: string; readonly payload: JsonObject }
  | { readonly kind: "exception"; readonly name: string; readonly payload: JsonObject };

/** Encodes one frame; `name` is the member of the output union, such as `messageStart` or `throttlingException`. */
export function encodeStreamEvent(event: StreamEvent): Buffer {
  const headers = encodeHeaders([
    [event.kind === "event" ? ":event-type" : ":exception-type", event.name],
    [":content-type", "application/json"],
    [":message-type", event.kind],
  ]);
  const payload = Buffer.from(JSON.stringify(event.payload));
  const frame = Buffer.allocUnsafe(OVERHEAD_BYTES + headers.length + payload.length);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(headers.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  headers.copy(frame, 12);
  payload.copy(frame, 12 + headers.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, frame.length - 4)), frame.length - 4);
  return frame;
}

const OVERHEAD_BYTES = 16;
const STRING_TYPE = 7;

function encodeHeaders(headers: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    headers.map(([name, value]) => {
      const nameBytes = Buffer.from(name);
      const valueBytes = Buffer.from(value);
      const lengths = Buffer.from([STRING_TYPE, valueBytes.length >> 8, valueBytes.length & 0xff]);
      return Buffer.concat([Buffer.from([nameBytes.length]), nameBytes, lengths, valueBytes]);
    }),
  );
}
