/** One row of a cloud's own meter, as far as a reconciliation needs it. */

import type { ProviderId } from "../../domain/call.ts";

export interface MeterRow {
  /** Whose meter it stands in. */
  readonly provider: ProviderId;
  /** The caller's name for the call; the id of a job for its end and the lines of a batch. */
  readonly requestId: string | null;
  readonly region: string;
  readonly operation: string;
  readonly model: string | null;
  readonly status: number;
  readonly inputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly outputTokens: number | null;
  readonly trainedTokens: number | null;
  /** The rows that this one adds up; absent for one of the meter's own. */
  readonly pieces?: readonly MeterRow[];
}

/** Whether anything was used, as the meter says. */
export function usedTokens({ inputTokens, outputTokens, trainedTokens }: Tokens): boolean {
  return (inputTokens ?? 0) > 0 || (outputTokens ?? 0) > 0 || (trainedTokens ?? 0) > 0;
}

/** Counts that a ledger and a meter both have; null is unknown. */
export interface Tokens {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly trainedTokens: number | null;
}

/** Adds the rows of work that is metered piece by piece, such as the lines of a batch; null for none. */
export function addRows(rows: readonly MeterRow[]): MeterRow | null {
  const [first] = rows;
  if (first === undefined) return null;
  const sum = (read: (row: MeterRow) => number | null): number | null =>
    rows.reduce<number | null>((all, row) => {
      const value = read(row);
      return value === null ? all : (all ?? 0) + value;
    }, null);
  return {
    ...first,
    model: rows.find(({ model }) => model !== null)?.model ?? null,
    inputTokens: sum((row) => row.inputTokens),
    cachedInputTokens: sum((row) => row.cachedInputTokens),
    outputTokens: sum((row) => row.outputTokens),
    trainedTokens: sum((row) => row.trainedTokens),
    pieces: rows,
  };
}
