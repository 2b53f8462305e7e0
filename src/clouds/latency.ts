/** When the tokens of an answer come out: pure, in milliseconds of the simulated world from the call's arrival. */

import type { Rng } from "../domain/ports.ts";
import { drawLogNormal } from "./rng.ts";

/**
 * Presets, anchored on published targets and not measured: floor of the time to first token, prefill per prompt token, and the
 * decode step `c0 + c1 * B + c2 * S` for a batch of B requests with S tokens of context. `embedding` and `gpt-oss` are ours.
 */
export const LATENCY_PRESETS = {
  "gpt-4o": { floorMs: 250, prefillMsPerToken: 0.08, c0Ms: 28, c1Ms: 0.25, c2Ms: 0.0002 },
  "gpt-4.1": { floorMs: 220, prefillMsPerToken: 0.05, c0Ms: 9, c1Ms: 0.08, c2Ms: 0.00006 },
  "gpt-4.1-mini": { floorMs: 150, prefillMsPerToken: 0.03, c0Ms: 8, c1Ms: 0.06, c2Ms: 0.00005 },
  "gpt-4.1-nano": { floorMs: 100, prefillMsPerToken: 0.02, c0Ms: 7.2, c1Ms: 0.05, c2Ms: 0.00004 },
  "gpt-5": { floorMs: 400, prefillMsPerToken: 0.06, c0Ms: 14, c1Ms: 0.15, c2Ms: 0.00012 },
  "gpt-oss": { floorMs: 120, prefillMsPerToken: 0.04, c0Ms: 8, c1Ms: 0.08, c2Ms: 0.00006 },
  embedding: { floorMs: 40, prefillMsPerToken: 0.005, c0Ms: 0, c1Ms: 0, c2Ms: 0 },
} as const;

type LatencyPresetId = keyof typeof LATENCY_PRESETS;

/** True for the name of a preset. */
export function isLatencyPreset(name: string): name is LatencyPresetId {
  return Object.hasOwn(LATENCY_PRESETS, name);
}

/** The batch that the presets are anchored at; load will move it once the clouds have queues. */
const TYPICAL_BATCH = 16;
const FIRST_TOKEN_SIGMA = 0.3;
const STEP_SIGMA = 0.1;
const FILTER_CHUNK_TOKENS = { least: 20, most: 40 };
const FILTER_MS = { least: 20, most: 60 };

export interface Timeline {
  readonly tokenCount: number;
  readonly firstTokenMs: number;
  readonly stepMs: number;
  /** Tokens released together: 1 without a content filter. */
  readonly chunkTokens: number;
  /** What the content filter adds before a chunk is released. */
  readonly filterMs: number;
}

/**
 * Draws one call's timeline. Noise is lognormal and per call: per-token noise would average out. With `filtered`, output is
 * held back in chunks of 20 to 40 tokens, each vetted for 20 to 60 ms, as Azure does by default.
 */
export function drawTimeline(
  call: {
    /** Name of a preset; an unknown one is a defect and throws RangeError. */
    readonly preset: string;
    readonly promptTokens: number;
    readonly outputTokens: number;
    readonly filtered: boolean;
  },
  rng: Rng,
): Timeline {
  if (!isLatencyPreset(call.preset)) throw new RangeError(`no latency preset \`${call.preset}\``);
  const preset = LATENCY_PRESETS[call.preset];
  const contextTokens = TYPICAL_BATCH * (call.promptTokens + call.outputTokens / 2);
  const stepMs = preset.c0Ms + preset.c1Ms * TYPICAL_BATCH + preset.c2Ms * contextTokens;
  const firstTokenMs = preset.floorMs + preset.prefillMsPerToken * call.promptTokens;
  return {
    tokenCount: call.outputTokens,
    firstTokenMs: firstTokenMs * drawLogNormal(rng, FIRST_TOKEN_SIGMA),
    stepMs: stepMs * drawLogNormal(rng, STEP_SIGMA),
    chunkTokens: call.filtered ? Math.round(drawBetween(rng, FILTER_CHUNK_TOKENS)) : 1,
    filterMs: call.filtered ? drawBetween(rng, FILTER_MS) : 0,
  };
}

/** When the chunk that ends with token `tokens` (1 to tokenCount) is released. */
export function releaseMs(timeline: Timeline, tokens: number): number {
  return timeline.firstTokenMs + Math.max(0, tokens - 1) * timeline.stepMs + timeline.filterMs;
}

/** When the whole answer is out. */
export function totalMs(timeline: Timeline): number {
  return releaseMs(timeline, timeline.tokenCount);
}

/** Tokens that exist (vetted or not) after `elapsedMs`: what an aborted call has cost. From 0 to tokenCount. */
export function generatedTokens(timeline: Timeline, elapsedMs: number): number {
  if (elapsedMs < timeline.firstTokenMs) return 0;
  if (timeline.stepMs === 0) return timeline.tokenCount;
  const steps = Math.floor((elapsedMs - timeline.firstTokenMs) / timeline.stepMs);
  return Math.min(timeline.tokenCount, steps + 1);
}

/** Tokens released after `elapsedMs`: whole chunks only. From 0 to tokenCount. */
export function releasedTokens(timeline: Timeline, elapsedMs: number): number {
  const vetted = generatedTokens(timeline, elapsedMs - timeline.filterMs);
  if (vetted === timeline.tokenCount) return vetted;
  return vetted - (vetted % timeline.chunkTokens);
}

function drawBetween(rng: Rng, range: { readonly least: number; readonly most: number }): number {
  return range.least + rng.next() * (range.most - range.least);
}
