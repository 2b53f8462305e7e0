/** The modest traffic that a newcomer sees: all partners, now and then a session and an embedding. */

import type { Clock, Rng } from "../domain/ports.ts";
import { PROFILES, type SingleCall } from "./call-profile.ts";
import { openClients, type PartnerClients } from "./clients/partner-clients.ts";
import { runSession } from "./flows.ts";
import { pace, waitByTimer } from "./pace.ts";
import { endedCall, type Recorder } from "./recorder.ts";
import { drawCall } from "./replay-mix.ts";
import type { Target } from "./target.ts";
import { createPromptSource, type PromptSource } from "./text.ts";
import type { Arrival } from "./trace.ts";
import { drawArrivals, type Workload } from "./workload.ts";

export interface DemoOptions {
  readonly target: Target;
  readonly workload: Workload;
  readonly ratePerSecond: number;
  readonly rng: Rng;
  readonly clock: Clock;
}

interface DemoCounts {
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
}

export interface DemoTraffic {
  counts(): DemoCounts;
  /** Sends nothing more and resolves when the open calls have ended. */
  stop(): Promise<void>;
}

/** Starts sending until stopped. At most 32 calls are open; one that finds no room is left out. Failures only count. */
export function startDemoTraffic(options: DemoOptions): DemoTraffic {
  const { clock, rng } = options;
  const counts = { sent: 0, answered: 0, failed: 0 };
  const recorder = countingRecorder(counts);
  const clients = openClients(options.target, MOST_OPEN, clock);
  const prompts = createPromptSource(rng);
  const tools = { clients, prompts, recorder, rng, resale: options.target.azureDirect !== null };
  const stopped = new AbortController();
  const ended = pace({
    calls: drawArrivals(options.workload, rng, options.ratePerSecond),
    send: (arrival, scheduledAtMs) => sendOne(arrival, scheduledAtMs, tools),
    maxInFlight: MOST_OPEN,
    whenFull: "drop",
    clock,
    wait: waitByTimer,
    signal: stopped.signal,
  });
  return {
    counts: () => ({ ...counts }),
    async stop() {
      stopped.abort();
      await ended;
      await clients.close();
    },
  };
}

const MOST_OPEN = 32;
const SESSION_PART = 0.08;
const EMBEDDING_PART = 0.08;
/** Microsoft's own sales, of which OpenAI has its part. */
const RESALE_PART = 0.08;

interface Tools {
  readonly clients: PartnerClients;
  readonly prompts: PromptSource;
  readonly recorder: Pick<Recorder, "record">;
  readonly rng: Rng;
  /** Whether Microsoft's channel is there. */
  readonly resale: boolean;
}

async function sendOne(arrival: Arrival, scheduledAtMs: number, tools: Tools): Promise<void> {
  const { clients, prompts, recorder, rng } = tools;
  const { inputTokens, outputTokens } = arrival;
  const size = () => ({ text: prompts(inputTokens), outputTokens });
  const drawn = rng.next();
  if (drawn < SESSION_PART) return runSession(clients, [size(), size()], recorder, scheduledAtMs);
  const call = drawSingle(drawn, tools);
  // An embeddings call takes at most 8,191 tokens.
  const text = prompts(call === "direct embeddings" ? Math.min(inputTokens, 8_000) : inputTokens);
  recorder.record(
    endedCall(PROFILES[call], await clients.send(call, { text, outputTokens }, scheduledAtMs), true),
  );
}

/** `drawn` is from SESSION_PART to 1. */
function drawSingle(drawn: number, { resale, rng }: Tools): SingleCall {
  if (drawn < SESSION_PART + EMBEDDING_PART) return "direct embeddings";
  const isResale = resale && drawn < SESSION_PART + EMBEDDING_PART + RESALE_PART;
  return isResale ? "azure-direct chat" : drawCall(rng);
}

/** Counts only: the demo runs for as long as it is left on, so it keeps nothing per call. */
function countingRecorder(counts: {
  sent: number;
  answered: number;
  failed: number;
}): Pick<Recorder, "record"> {
  return {
    record({ error }) {
      counts.sent++;
      if (error === null) counts.answered++;
      else counts.failed++;
    },
  };
}
