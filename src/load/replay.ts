/** Replays arrivals through the partners' frontends in an open loop: each call at its own time, spread over the partners. */

import type { Rng } from "../domain/ports.ts";
import { PROFILES, type SingleCall } from "./call-profile.ts";
import { openClients } from "./clients/partner-clients.ts";
import { pace, type PaceCounts } from "./pace.ts";
import { endedCall } from "./recorder.ts";
import { drawCall } from "./replay-mix.ts";
import type { DriveOptions } from "./run-scenario.ts";
import { createPromptSource } from "./text.ts";
import type { Arrival } from "./trace.ts";

/** Calls open at one time; later ones wait their turn, are counted, and their wait shows in the schedule delay. */
const MOST_IN_FLIGHT = 384;

/**
 * Sends every arrival as one call with its prompt and answer lengths, `speed` times as fast as they came. Resolves when all have
 * ended; the draws of `rng` alone decide which partner gets which.
 */
export async function replay(
  arrivals: Iterable<Arrival>,
  speed: number,
  options: DriveOptions,
): Promise<PaceCounts> {
  const { recorder, rng } = options;
  // Drawn before anything is sent: how busy the run is must not change who gets which call.
  const calls = [...spread(arrivals, speed, rng)];
  const prompts = createPromptSource(rng);
  const clients = openClients(options.target, MOST_IN_FLIGHT, options.clock);
  try {
    return await pace({
      calls: calls.values(),
      async send({ call, inputTokens, outputTokens }, scheduledAtMs) {
        const result = await clients.send(call, { text: prompts(inputTokens), outputTokens }, scheduledAtMs);
        recorder.record(endedCall(PROFILES[call], result, true));
      },
      maxInFlight: MOST_IN_FLIGHT,
      whenFull: "wait",
      clock: options.clock,
      wait: options.wait,
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } finally {
    await clients.close();
  }
}

interface SpreadCall extends Arrival {
  readonly call: SingleCall;
}

function* spread(arrivals: Iterable<Arrival>, speed: number, rng: Rng): Generator<SpreadCall> {
  for (const arrival of arrivals) yield { ...arrival, atMs: arrival.atMs / speed, call: drawCall(rng) };
}
