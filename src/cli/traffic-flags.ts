/** The flags by which a command is told what traffic to weigh by. */

import type { TrafficSource } from "../app/read-traffic.ts";
import { UsageError } from "../app/settings.ts";

export interface TrafficFlags {
  readonly data?: string;
  readonly ledger?: string;
  readonly trace?: string;
  readonly scenario?: string;
  readonly workload?: string;
  /** How many to draw from a workload; for no other source. */
  readonly calls?: number;
}

const USUAL_CALLS = 1_000;

/** The source that was asked for, or null for none. Throws UsageError for more than one, and for `--calls` of no workload. */
export function trafficSource({
  data,
  ledger,
  trace,
  scenario,
  workload,
  calls,
}: TrafficFlags): TrafficSource | null {
  const named: readonly (TrafficSource | null)[] = [
    data === undefined && ledger === undefined ? null : { kind: "ledger" },
    trace === undefined ? null : { kind: "trace", file: trace },
    scenario === undefined ? null : { kind: "scenario", file: scenario },
    workload === undefined ? null : { kind: "workload", file: workload, calls: calls ?? USUAL_CALLS },
  ];
  const [first = null, second] = named.filter((source) => source !== null);
  if (second !== undefined) {
    throw new UsageError("give one of --data, --trace, --scenario and --workload, not several");
  }
  if (calls !== undefined && workload === undefined) {
    throw new UsageError(
      "--calls says how many calls to draw from a workload: give --workload, or leave it out",
    );
  }
  return first;
}
