/** Judges a run: each expectation with what was measured, pass or fail. Nothing to judge is a fail, not a pass. */

import type { WorkloadClass } from "../domain/call.ts";
import type { AccountRow, LedgerSums } from "./accounts.ts";
import type { MemoryReport } from "./memory.ts";
import { percentileOf } from "./percentiles.ts";
import type { Placement } from "./placement.ts";
import type { Recording } from "./recorder.ts";
import type { Expectation } from "./scenario.ts";

export interface Verdict {
  /** What was expected, such as `stateless calls served outside azure: 0`. */
  readonly expected: string;
  readonly measured: string;
  readonly pass: boolean;
}

/** What a run measured, as far as expectations ask. */
export interface Evidence {
  readonly recording: Recording;
  readonly placement: Placement;
}

/** Judges one expectation of a scenario. */
export function judge(expectation: Expectation, { recording, placement }: Evidence): Verdict {
  switch (expectation.kind) {
    case "placement":
      return judgePlacement(expectation.class, expectation.provider, placement);
    case "metered-once":
      return judgeMetering(recording, placement);
    case "error-rate": {
      const rate = recording.calls === 0 ? Number.NaN : 1 - recording.answered / recording.calls;
      const failed = recording.calls - recording.answered;
      return {
        expected: `error rate at most ${formatPercent(expectation.atMost)}`,
        measured: `${formatPercent(rate)} (${failed} of ${recording.calls})`,
        pass: rate <= expectation.atMost,
      };
    }
    case "calls":
      return {
        expected: `answered calls at least ${expectation.atLeast}`,
        measured: String(recording.answered),
        pass: recording.answered >= expectation.atLeast,
      };
    case "latency": {
      const measuredMs = percentileOf(recording.serviceMs, expectation.percentile);
      return {
        expected: `p${expectation.percentile} latency at most ${expectation.atMostMs} ms`,
        measured: `${measuredMs.toFixed(1)} ms`,
        pass: measuredMs <= expectation.atMostMs,
      };
    }
  }
}

/** Calls, tokens: that everybody who counts them gives one number. */
export function judgeAccounts(rows: readonly AccountRow[]): readonly Verdict[] {
  return rows.map(({ quantity, offered, equal, client, ledger, azureMeter, counters }) => ({
    expected: `${quantity} agree: ${offered}`,
    measured: equal
      ? String(offered)
      : `client ${client}, ledger ${ledger ?? "not read"}, azure's meter ${azureMeter}, counters ${counters ?? "not read"}`,
    pass: equal,
  }));
}

/** That the parties' shares sum to the gross, to the picodollar, and that there is a gross. */
export function judgeShares(ledger: LedgerSums): Verdict {
  const shared = Object.values(ledger.sharePicoUsd).reduce((sum, share) => sum + share, 0n);
  return {
    expected: `shares sum to gross: ${ledger.grossPicoUsd} picodollars`,
    measured: `${shared} picodollars`,
    pass: shared === ledger.grossPicoUsd && ledger.grossPicoUsd > 0n,
  };
}

/** That the gateway's memory stays under 300 MB and, in a run of a minute or more, is flat in its second half. */
export function judgeMemory({ samples, maxBytes, secondHalfGrowthBytes }: MemoryReport): readonly Verdict[] {
  const below: Verdict = {
    expected: `gateway memory below ${formatMegabytes(MEMORY_LIMIT_BYTES)}`,
    measured: formatMegabytes(maxBytes),
    pass: maxBytes < MEMORY_LIMIT_BYTES,
  };
  if (samples < SAMPLES_BEYOND_WARM_UP) return [below];
  const flat: Verdict = {
    expected: `gateway memory grows at most ${formatMegabytes(FLAT_GROWTH_BYTES)} in the second half`,
    measured: formatMegabytes(secondHalfGrowthBytes),
    pass: secondHalfGrowthBytes <= FLAT_GROWTH_BYTES,
  };
  return [below, flat];
}

const MEMORY_LIMIT_BYTES = 300_000_000;
/** A twentieth of the limit: what the collector's saw tooth moves a straight line by. */
const FLAT_GROWTH_BYTES = 15_000_000;
/** One a second: in a shorter run the heap is still finding its size. */
const SAMPLES_BEYOND_WARM_UP = 60;

function judgePlacement(workload: WorkloadClass, provider: string, placement: Placement): Verdict {
  const cells = placement.cells.filter((cell) => cell.workload === workload);
  const outside = cells.filter((cell) => cell.provider !== provider);
  const inside = cells
    .filter((cell) => cell.provider === provider)
    .reduce((sum, { calls }) => sum + calls, 0);
  const strays = outside.reduce((sum, { calls, failedAttempts }) => sum + calls + failedAttempts, 0);
  const where = outside.flatMap((cell) =>
    placement
      .servedAt(cell.provider, workload)
      .slice(0, 2)
      .map((id) => `${cell.provider} ${id}`),
  );
  const detail = strays > 0 ? ` (${[...new Set(where)].slice(0, 4).join(", ")})` : ` (of ${inside})`;
  return {
    expected: `${workload} calls served outside ${provider}: 0`,
    measured: inside + strays === 0 ? `no ${workload} call was metered` : `${strays}${detail}`,
    pass: strays === 0 && inside > 0,
  };
}

function judgeMetering(
  { answered, withoutId, repeatedIds }: Recording,
  { missing, duplicates }: Placement,
): Verdict {
  const oddIds = [...missing, ...duplicates].map(({ requestId }) => requestId).concat(repeatedIds);
  const examples = oddIds.length === 0 ? "" : ` (${oddIds.slice(0, 3).join(", ")})`;
  return {
    expected: "answered calls metered exactly once",
    measured:
      `${answered} answered, ${missing.length} on no meter, ${duplicates.length} on several, ` +
      `${withoutId} without an id, ${repeatedIds.length} with another's${examples}`,
    pass: answered > 0 && withoutId === 0 && oddIds.length === 0,
  };
}

function formatPercent(part: number): string {
  return `${(part * 100).toFixed(2)} %`;
}

function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
