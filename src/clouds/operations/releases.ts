/** The rhythm of an answer: which tokens come out when, on absolute deadlines counted from the call's arrival. */

import type { CloudCall } from "../http/call.ts";
import { generatedTokens, releasedTokens, releaseMs, totalMs, type Timeline } from "../latency.ts";

/** Tokens `from` (inclusive) to `to` (exclusive) of the longest choice. */
export interface Release {
  readonly from: number;
  readonly to: number;
}

/** However much is due at once, one write holds at most so many tokens. */
const MOST_TOKENS_A_WRITE = 512;

/**
 * Yields what is due, wake-up by wake-up: the chunks that are released together, to be written together. Ends early when the client
 * leaves.
 */
export async function* releases(
  call: CloudCall,
  timeline: Timeline,
): AsyncGenerator<{ readonly to: number; readonly chunks: readonly Release[] }> {
  const { scheduler, speed } = call.service;
  const { tokenCount, chunkTokens } = timeline;
  const mostTokens = Math.max(1, Math.floor(MOST_TOKENS_A_WRITE / chunkTokens)) * chunkTokens;
  let from = 0;
  while (from < tokenCount) {
    const next = Math.min(tokenCount, from + chunkTokens);
    const dueMs = call.arrivedMonotonicMs + releaseMs(timeline, next) / speed;
    if (!(await scheduler.until(dueMs, call.gone))) return;
    const to = Math.min(from + mostTokens, Math.max(next, releasedTokens(timeline, simulatedMs(call))));
    yield { to, chunks: cutChunks(from, to, chunkTokens) };
    from = to;
  }
}

/** Waits until the whole answer is out; false once the client has left. */
export async function waitForAll(call: CloudCall, timeline: Timeline): Promise<boolean> {
  const { scheduler, speed } = call.service;
  return await scheduler.until(call.arrivedMonotonicMs + totalMs(timeline) / speed, call.gone);
}

/** Tokens of the longest choice that exist by now: what a call costs whose client leaves now. */
export function tokensSoFar(call: CloudCall, timeline: Timeline): number {
  return generatedTokens(timeline, simulatedMs(call));
}

function simulatedMs(call: CloudCall): number {
  const { speed } = call.service;
  return speed === Infinity ? Infinity : call.elapsedMs() * speed;
}

function cutChunks(from: number, to: number, chunkTokens: number): Release[] {
  const chunks: Release[] = [];
  for (let start = from; start < to; start += chunkTokens) {
    chunks.push({ from: start, to: Math.min(to, start + chunkTokens) });
  }
  return chunks;
}
