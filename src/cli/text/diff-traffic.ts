/** The traffic side of what `clauseway diff` prints. */

import { formatUsd } from "../../domain/units.ts";
import { movedPicoUsd, type MovedWeight } from "../../policy/diff/weigh-diff.ts";
import type { Weight } from "../../policy/traffic.ts";
import { columns } from "./columns.ts";
import type { DiffReport } from "./diff-report.ts";
import { percent } from "./percent.ts";
import { trafficNotes, trafficTitle } from "./traffic-text.ts";

/** Such as `12.30 % of calls, 11.10 % of tokens, 9.84 % of dollars`. */
export function shareOfTraffic(weight: Weight, total: Weight): string {
  if (weight.calls === 0) return "no calls";
  const parts = [
    `${percent(weight.calls, total.calls)} of calls`,
    `${percent(weight.tokens, total.tokens)} of tokens`,
    `${percent(weight.grossPicoUsd, total.grossPicoUsd)} of dollars`,
  ];
  return parts.join(", ");
}

/** Who gets how much more or less; no line where nothing moves. */
export function moneyLine(weight: MovedWeight): readonly string[] {
  const moved = Object.entries(movedPicoUsd(weight));
  if (moved.length === 0) return [];
  return [
    `    dollars  ${moved.map(([party, amount]) => `${party} ${signed(amount)}`).join(", ")} (simulated)`,
  ];
}

/** What the traffic is, and what becomes of it as a whole. */
export function formatTraffic(traffic: NonNullable<DiffReport["traffic"]>): string {
  const { total, otherHosts, gaining, losing, newlyDenied, newlyAllowed } = traffic.weights;
  const sums: readonly (readonly [string, Weight])[] = [
    ["get other hosts", otherHosts],
    ["may run on a provider that was closed", gaining],
    ["may not run on a provider that was open", losing],
    ["newly denied", newlyDenied],
    ["newly allowed", newlyAllowed],
  ];
  const rows = sums.filter(([, { calls }]) => calls > 0).map(([name, weight]) => rowOf(name, weight, total));
  const table = columns([["", "calls", "tokens", "dollars"], ...rows], [1, 2, 3]);
  return [
    trafficTitle(traffic, total),
    ...trafficNotes(traffic),
    rows.length === 0 ? "no call gets other hosts" : table,
    ...moneyLine(total),
  ].join("\n");
}

/** Whether the gate holds, in one line. */
export function formatGate({ violated }: NonNullable<DiffReport["gate"]>): string {
  return violated
    ? "--no-new-providers VIOLATED: some calls may run on a provider where they may not run before"
    : "--no-new-providers holds: no call may run on a provider where it may not run before";
}

function rowOf(name: string, weight: Weight, total: Weight): readonly string[] {
  return [
    name,
    percent(weight.calls, total.calls),
    percent(weight.tokens, total.tokens),
    percent(weight.grossPicoUsd, total.grossPicoUsd),
  ];
}

function signed(amount: bigint): string {
  return `${amount > 0n ? "+" : ""}${formatUsd(amount)}`;
}
