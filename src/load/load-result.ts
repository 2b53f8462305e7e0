/** What a load run comes to. */

import type { AccountRow, LedgerSums } from "./accounts.ts";
import type { Evidence, Verdict } from "./expectations.ts";
import type { MemoryReport } from "./memory.ts";
import type { PaceCounts } from "./pace.ts";
import { percentilesOf, type Percentiles } from "./percentiles.ts";
import type { OddCall, PlacementCell } from "./placement.ts";

export interface LoadResult {
  readonly schemaVersion: 1;
  readonly name: string;
  readonly mode: "scenario" | "replay";
  readonly wallSeconds: number;
  readonly calls: number;
  readonly answered: number;
  readonly callsPerSecond: number;
  readonly failures: Evidence["recording"]["failures"];
  /** Milliseconds of answered calls; null where nothing was measured. */
  readonly latencyMs: {
    /** From sending to the last byte. */
    readonly service: Percentiles | null;
    /** From the scheduled time to the last byte; open-loop runs only. */
    readonly response: Percentiles | null;
    readonly firstToken: Percentiles | null;
    /** How late the generator itself sent. */
    readonly scheduleDelay: Percentiles | null;
  };
  /** Calls that waited for room or were not sent; null for a closed loop. */
  readonly pacing: PaceCounts | null;
  readonly placement: {
    readonly cells: readonly PlacementCell[];
    readonly missing: readonly OddCall[];
    readonly duplicates: readonly OddCall[];
    readonly handoverRows: number;
    readonly foreignRows: number;
  };
  readonly accounts: readonly AccountRow[];
  readonly memory: MemoryReport | null;
  /** Amounts in picodollars, as text; null when the ledger was not read. */
  readonly money: { readonly gross: string; readonly shares: Readonly<Record<string, string>> } | null;
  readonly expectations: readonly Verdict[];
  /** What a reader must know before using the figures. */
  readonly warnings: readonly string[];
  /** 0, or 99 when an expectation failed. */
  readonly exitCode: 0 | 99;
}

export interface ResultParts extends Evidence {
  readonly name: string;
  readonly mode: LoadResult["mode"];
  readonly wallSeconds: number;
  readonly pacing: PaceCounts | null;
  readonly accounts: readonly AccountRow[];
  readonly ledger: LedgerSums | null;
  readonly memory: MemoryReport | null;
  readonly expectations: readonly Verdict[];
}

/** Sums a run up; any failed expectation makes the exit code 99. */
export function summariseRun(parts: ResultParts): LoadResult {
  const { recording, placement, ledger, expectations } = parts;
  const latencyMs = {
    service: percentilesOf(recording.serviceMs),
    response: percentilesOf(recording.responseMs),
    firstToken: percentilesOf(recording.firstTokenMs),
    scheduleDelay: percentilesOf(recording.scheduleDelayMs),
  };
  const { cells, missing, duplicates, handoverRows, foreignRows } = placement;
  return {
    schemaVersion: 1,
    name: parts.name,
    mode: parts.mode,
    wallSeconds: parts.wallSeconds,
    calls: recording.calls,
    answered: recording.answered,
    callsPerSecond: recording.answered / parts.wallSeconds,
    failures: recording.failures,
    latencyMs,
    pacing: parts.pacing,
    placement: {
      cells,
      missing: missing.slice(0, MOST_LISTED),
      duplicates: duplicates.slice(0, MOST_LISTED),
      handoverRows,
      foreignRows,
    },
    accounts: parts.accounts,
    memory: parts.memory,
    money:
      ledger === null
        ? null
        : {
            gross: ledger.grossPicoUsd.toString(),
            shares: Object.fromEntries(
              Object.entries(ledger.sharePicoUsd).map(([party, share]) => [party, share.toString()]),
            ),
          },
    expectations,
    warnings: warningsOf(latencyMs, parts),
    exitCode: expectations.every(({ pass }) => pass) && expectations.length > 0 ? 0 : 99,
  };
}

/** Odd calls in the result; the expectation holds their number. */
const MOST_LISTED = 100;
/** Beyond this part of the median time to first token, the generator's own lateness colours the latencies (guidellm #1048). */
const TOLERATED_DELAY = 0.05;

function warningsOf(
  { scheduleDelay, firstToken }: LoadResult["latencyMs"],
  parts: ResultParts,
): readonly string[] {
  const warnings: string[] = [];
  if (
    parts.mode === "replay" &&
    scheduleDelay &&
    firstToken &&
    scheduleDelay.p99 > TOLERATED_DELAY * firstToken.p50
  ) {
    warnings.push(
      `the generator sent late (schedule delay p99 ${scheduleDelay.p99.toFixed(1)} ms against a median time to first token of ` +
        `${firstToken.p50.toFixed(1)} ms): do not use these latencies; counts and placement stand`,
    );
  }
  if (parts.pacing && parts.pacing.dropped > 0)
    warnings.push(`${parts.pacing.dropped} calls were never sent`);
  if (parts.placement.foreignRows > 0) {
    warnings.push(`the clouds also metered ${parts.placement.foreignRows} calls that are not of this run`);
  }
  return warnings;
}
