/** The whole body of a request, within a bound of bytes and of time. */

import type { Readable } from "node:stream";

export type BodyReading =
  | { readonly kind: "read"; readonly body: Buffer }
  | { readonly kind: "too-large" }
  | { readonly kind: "too-slow" }
  /** The caller left; nobody waits for a reply. */
  | { readonly kind: "gone" };

/** Bodies of this API are JSON that is held in memory. */
export const BODY_LIMIT_BYTES = 4 * 1_048_576;

/** A body over the limit is read and thrown away up to here, so that its sender gets to read the refusal. */
const DISCARD_LIMIT_BYTES = 4 * BODY_LIMIT_BYTES;
const READ_MS = 30_000;

/** Never rejects. Leaves the stream paused or ended, never destroyed. */
export function readBody(body: Readable): Promise<BodyReading> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (reading: BodyReading): void => {
      clearTimeout(timer);
      body.off("data", take).off("end", end).off("close", leave);
      body.pause();
      resolve(reading);
    };
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= BODY_LIMIT_BYTES) chunks.push(chunk);
      else chunks.length = 0;
      if (size > DISCARD_LIMIT_BYTES) settle({ kind: "too-large" });
    };
    const end = (): void =>
      settle(
        size > BODY_LIMIT_BYTES ? { kind: "too-large" } : { kind: "read", body: Buffer.concat(chunks, size) },
      );
    const leave = (): void => settle({ kind: "gone" });
    const timer = setTimeout(() => settle({ kind: "too-slow" }), READ_MS);
    body.on("data", take).once("end", end).once("close", leave);
  });
}
