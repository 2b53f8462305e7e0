/** Writes the result of a load run as the tables a terminal shows. */

import { formatUsdExact } from "../domain/units.ts";
import type { LoadResult } from "./load-result.ts";
import type { Percentiles } from "./percentiles.ts";

/** The result as text, ending with the expectations and a newline. */
export function formatLoadResult(result: LoadResult): string {
  const parts = [
    formatRate(result),
    formatLatency(result.latencyMs),
    formatPlacement(result),
    ...(result.accounts.length === 0 ? [] : [formatAccounts(result)]),
    ...(result.money === null ? [] : [formatMoney(result.money)]),
    ...(result.memory === null ? [] : [formatMemory(result.memory)]),
    ...(result.failures.length === 0 ? [] : [formatFailures(result.failures)]),
    ...(result.warnings.length === 0
      ? []
      : [result.warnings.map((warning) => `warning: ${warning}`).join("\n")]),
    formatExpectations(result),
  ];
  return `${parts.join("\n\n")}\n`;
}

function formatRate({
  name,
  mode,
  calls,
  answered,
  wallSeconds,
  callsPerSecond,
  pacing,
}: LoadResult): string {
  const waits = pacing === null ? "" : `, ${pacing.waited} waited for room, ${pacing.dropped} never sent`;
  return (
    `${mode} ${name}: ${group(calls)} calls in ${wallSeconds.toFixed(1)} s, ${group(answered)} answered, ` +
    `${callsPerSecond.toFixed(1)} calls/s${waits}`
  );
}

function formatLatency(latencyMs: LoadResult["latencyMs"]): string {
  const rows = [
    ["sent to last byte", latencyMs.service],
    ["scheduled to last byte", latencyMs.response],
    ["sent to first token", latencyMs.firstToken],
    ["schedule delay", latencyMs.scheduleDelay],
  ] as const;
  return table(
    ["latency, ms", "p50", "p90", "p95", "p99", "max"],
    rows.flatMap(([name, values]) => (values === null ? [] : [[name, ...percentileCells(values)]])),
  );
}

function percentileCells({ p50, p90, p95, p99, max }: Percentiles): string[] {
  return [p50, p90, p95, p99, max].map((milliseconds) => milliseconds.toFixed(1));
}

function formatPlacement({ placement }: LoadResult): string {
  const cells = placement.cells.map(
    ({ partner, workload, provider, calls, failedAttempts, inputTokens, outputTokens }) => [
      partner,
      workload,
      provider,
      group(calls),
      group(failedAttempts),
      group(inputTokens),
      group(outputTokens),
    ],
  );
  return [
    "by the clouds' own meters:",
    table(["partner", "class", "provider", "calls", "failed", "input tokens", "output tokens"], cells, 3),
    ...(placement.handoverRows === 0
      ? []
      : [`beside these: ${placement.handoverRows} management calls that move state and look after jobs`]),
    ...placement.missing.map(
      ({ requestId, profile }) => `on no meter: ${requestId} (${profile.partner} ${profile.kind})`,
    ),
    ...placement.duplicates.map(
      ({ requestId, providers }) => `metered more than once: ${requestId} (${providers.join(", ")})`,
    ),
  ].join("\n");
}

function formatAccounts({ accounts }: LoadResult): string {
  return table(
    ["", "offered", "client", "ledger", "azure's meter", "counters", ""],
    accounts.map(({ quantity, offered, client, ledger, azureMeter, counters, equal }) => [
      quantity,
      ...[offered, client, ledger, azureMeter, counters].map(formatWitness),
      equal ? "equal" : "DIFFERENT",
    ]),
  );
}

function formatWitness(count: number | null): string {
  return count === null ? "not read" : group(count);
}

function formatMoney({ gross, shares }: NonNullable<LoadResult["money"]>): string {
  const rows = Object.entries(shares).map(([party, share]) => [party, formatUsdExact(BigInt(share))]);
  return table(["simulated USD", ""], [["gross", formatUsdExact(BigInt(gross))], ...rows]);
}

function formatMemory({
  maxBytes,
  secondHalfGrowthBytes,
  samples,
}: NonNullable<LoadResult["memory"]>): string {
  const [max, growth] = [maxBytes, secondHalfGrowthBytes].map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`);
  return `gateway memory: max ${max}, second half grew ${growth} (${samples} samples)`;
}

function formatFailures(failures: LoadResult["failures"]): string {
  const shown = failures
    .slice(0, 10)
    .map(({ what, calls }) => `  ${group(calls)} x ${what.replace(/\s+/g, " ")}`);
  return ["failed calls:", ...shown].join("\n");
}

function formatExpectations({ expectations, exitCode }: LoadResult): string {
  const failed = expectations.filter(({ pass }) => !pass).length;
  const verdict =
    failed === 0 && exitCode === 0
      ? "all expectations hold"
      : `${failed} of ${expectations.length} expectations failed`;
  return [
    table(
      ["", "expectation", "measured"],
      expectations.map(({ expected, measured, pass }) => [pass ? "✓ pass" : "✗ FAIL", expected, measured]),
      3,
    ),
    verdict,
  ].join("\n");
}

/** Columns after the first `textColumns` are set flush right. */
function table(head: readonly string[], rows: readonly (readonly string[])[], textColumns = 1): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column < textColumns ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [line(head), ...rows.map(line)].join("\n");
}

function group(count: number): string {
  return count.toLocaleString("en-US");
}
