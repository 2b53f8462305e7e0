/** Reading a request body that must fit in memory. */

import type { IncomingMessage } from "node:http";

export type BodyReading =
  | { readonly kind: "body"; readonly bytes: Buffer }
  | { readonly kind: "too-large" }
  | { readonly kind: "timeout" }
  | { readonly kind: "aborted" };

export interface BodyLimits {
  readonly maxBytes: number;
  /** Longest wait for the whole body. */
  readonly timeoutMs: number;
}

/** Resolves with the whole body, or with why it could not be had; never rejects. A body over the limit is not read on. */
export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<BodyReading> {
  if (Number(request.headers["content-length"] ?? "0") > limits.maxBytes) {
    return Promise.resolve({ kind: "too-large" });
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => finish({ kind: "timeout" }), limits.timeoutMs);
    const finish = (reading: BodyReading): void => {
      clearTimeout(timer);
      request.off("data", onData).off("end", onEnd).off("error", onAbort).off("close", onAbort);
      if (reading.kind !== "body") request.on("error", ignore).pause();
      resolve(reading);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limits.maxBytes) finish({ kind: "too-large" });
      else chunks.push(chunk);
    };
    const onEnd = (): void => {
      const [first] = chunks;
      finish({ kind: "body", bytes: chunks.length === 1 && first ? first : Buffer.concat(chunks, size) });
    };
    const onAbort = (): void => finish({ kind: "aborted" });
    request.on("data", onData).on("end", onEnd).on("error", onAbort).on("close", onAbort);
  });
}

function ignore(): void {
  // The reading has its outcome already; a later socket error changes nothing.
}
