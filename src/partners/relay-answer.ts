/** Passing a gateway answer to a caller as it comes. */

import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { GatewayAnswer } from "./gateway-client.ts";
import { returnableHeaders } from "./headers.ts";

/**
 * Streams the answer through with backpressure. `start` sends the head and returns the caller's stream. An answer that is
 * cut destroys that stream, so it never looks whole; a caller that leaves cancels the answer. Resolves when either ended.
 */
export async function relayAnswer(
  answer: GatewayAnswer,
  start: (status: number, headers: Record<string, string | string[]>) => Writable,
): Promise<void> {
  try {
    await pipeline(answer.body, start(answer.status, returnableHeaders(answer.headers)));
  } catch {
    // Both streams are destroyed by now: one side broke off, and the other has been told by that.
  }
}
