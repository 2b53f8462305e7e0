/** Builders for tests that need a mock cloud. */

import { expect } from "vitest";
import type { CloudModel } from "../../src/clouds/cloud-model.ts";
import type { CloudOptions } from "../../src/clouds/cloud-options.ts";
import type { Clock } from "../../src/domain/ports.ts";
import { PATIENCE_MS } from "./patience.ts";

export const CLOUD_KEYS = { gateway: "fake-cloud-key", direct: "fake-cloud-direct" };

const CLOUD_MODELS: readonly CloudModel[] = [
  {
    name: "gpt-5.4",
    version: "gpt-5.4-2026-03-05",
    kind: "chat",
    latencyPreset: "gpt-5",
    maxOutputTokens: 128_000,
    dimensions: 0,
  },
  {
    name: "text-embedding-3-small",
    version: "text-embedding-3-small-1",
    kind: "embedding",
    latencyPreset: "embedding",
    maxOutputTokens: 1,
    dimensions: 1_536,
  },
];

const realClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

/** Options of a cloud on a free port that does not wait. */
export function cloudOptions(changes: Partial<CloudOptions> = {}): CloudOptions {
  return {
    host: "127.0.0.1",
    port: 0,
    keys: CLOUD_KEYS,
    speed: Infinity,
    seed: 1,
    clock: realClock,
    models: CLOUD_MODELS,
    onDefect: (error) => {
      throw error;
    },
    ...changes,
  };
}

export interface MeterLine {
  readonly seq: number;
  readonly requestId: string | null;
  readonly caller: string;
  readonly project: string | null;
  readonly region: string;
  readonly operation: string;
  readonly model: string | null;
  readonly status: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly trainedTokens: number | null;
  readonly streamed: boolean;
}

/** Every row of a cloud's meter. */
export async function readMeter(url: string): Promise<MeterLine[]> {
  const reply = await fetch(`${url}/meter?limit=10000`, {
    headers: { authorization: `Bearer ${CLOUD_KEYS.gateway}` },
  });
  expect(reply.status).toBe(200);
  const text = await reply.text();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as MeterLine);
}

/** Asks again until `accept` is content; fails when it never is. */
export async function poll<T>(ask: () => Promise<T>, accept: (value: T) => boolean): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const value = await ask();
    if (accept(value)) return value;
    if (performance.now() > deadline) throw new Error(`still not so: ${JSON.stringify(value)}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
