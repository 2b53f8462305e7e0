/** Percentiles by the nearest-rank method: a value that was measured, never one in between. */

export interface Percentiles {
  readonly samples: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Percentiles of `values`, in their unit; null for none. */
export function percentilesOf(values: readonly number[]): Percentiles | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const at = (percent: number) => rankOf(sorted, percent);
  return {
    samples: sorted.length,
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    max: at(100),
  };
}

/** The smallest value that at least `percent` (above 0, at most 100) of `values` do not exceed; NaN for none. */
export function percentileOf(values: readonly number[], percent: number): number {
  return rankOf(Float64Array.from(values).sort(), percent);
}

function rankOf(sorted: Float64Array, percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}
