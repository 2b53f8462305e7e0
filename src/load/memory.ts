/** Watches the gateway's memory during a run, from outside. */

import { readFile } from "node:fs/promises";
import { readMetrics, sumSeries } from "./counters.ts";
import type { Target } from "./target.ts";

export interface MemoryReport {
  readonly samples: number;
  readonly maxBytes: number;
  /** Bytes that the second half grew by, read off a straight line through its samples; below 0 when it shrank. */
  readonly secondHalfGrowthBytes: number;
}

export interface MemoryWatch {
  /** Ends the watch; null when memory could never be read. */
  stop(): Promise<MemoryReport | null>;
}

/**
 * Samples the resident memory once a second: `VmRSS` of the gateway's process when its pid is known, else
 * `process_resident_memory_bytes` of its metrics. A sample that fails is left out.
 */
export function watchMemory(target: Pick<Target, "gatewayPid" | "adminUrl">): MemoryWatch {
  const samples: number[] = [];
  let reading: Promise<void> = Promise.resolve();
  const sample = () => {
    reading = readResidentBytes(target).then(
      (bytes) => void (bytes === null ? 0 : samples.push(bytes)),
      () => {},
    );
  };
  sample();
  const timer = setInterval(sample, SAMPLE_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await reading;
      return summarise(samples);
    },
  };
}

/** Max and second-half growth of samples taken at equal distances; null for none. */
export function summarise(samples: readonly number[]): MemoryReport | null {
  if (samples.length === 0) return null;
  const half = samples.slice(Math.floor(samples.length / 2));
  return {
    samples: samples.length,
    maxBytes: samples.reduce((most, value) => Math.max(most, value), 0),
    secondHalfGrowthBytes: Math.round(slopePerSample(half) * Math.max(0, half.length - 1)),
  };
}

const SAMPLE_EVERY_MS = 1_000;

async function readResidentBytes({
  gatewayPid,
  adminUrl,
}: Pick<Target, "gatewayPid" | "adminUrl">): Promise<number | null> {
  if (gatewayPid !== null) {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${gatewayPid}/status`, "utf8"))?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1_024;
  }
  if (adminUrl === null) return null;
  return sumSeries(await readMetrics(adminUrl), "process_resident_memory_bytes") || null;
}

/** Least squares: garbage collection saws, so two end points would say anything. */
function slopePerSample(values: readonly number[]): number {
  const meanX = (values.length - 1) / 2;
  const meanY = values.reduce((sum, value) => sum + value, 0) / values.length;
  let covariance = 0;
  let variance = 0;
  for (const [x, y] of values.entries()) {
    covariance += (x - meanX) * (y - meanY);
    variance += (x - meanX) ** 2;
  }
  return variance === 0 ? 0 : covariance / variance;
}
