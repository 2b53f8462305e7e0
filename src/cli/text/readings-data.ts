/** What `clauseway readings` prints for programs: JSON, and CSV with one row for each number. Amounts are exact, as text. */

import { formatUsdExact } from "../../domain/units.ts";
import type { Weight } from "../../policy/traffic.ts";
import { amountOf, type Metric, type ReadingsReport } from "./readings-report.ts";

/** JSON, ending with a newline; tokens and picodollars are decimal text, since they can exceed what a number holds. */
export function readingsAsJson(report: ReadingsReport, metrics: readonly Metric[]): string {
  const { traffic, date, regimes, readings, matrix, classes } = report;
  const document = {
    note: "simulated",
    unit: "picodollar (1 USD = 10^12)",
    workload: {
      title: traffic.title,
      date,
      total: weightAsJson(matrix.total),
      classes: classes.map(({ workload, weight }) => ({ workload, ...weightAsJson(weight) })),
      leftOut: weightAsJson(traffic.unreadable),
      unpricedCalls: traffic.unpriced,
    },
    provider: matrix.provider,
    metrics,
    regimes,
    readings,
    cells: matrix.cells.map(({ regime, reading, must, denied }) => ({
      regime,
      reading,
      must: weightAsJson(must),
      denied: weightAsJson(denied),
      share: Object.fromEntries(metrics.map((metric) => [metric, shareOf(metric, must, matrix.total)])),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** CSV with a header; dollars with all twelve decimals, `share` a decimal fraction with six, empty where there is no whole. */
export function readingsAsCsv({ matrix }: ReadingsReport, metrics: readonly Metric[]): string {
  const rows = metrics.flatMap((metric) =>
    matrix.cells.map(({ regime, reading, must, denied }) => [
      metric,
      regime,
      reading,
      ...[must, denied, matrix.total].map((weight) => amountText(metric, weight)),
      shareOf(metric, must, matrix.total) ?? "",
    ]),
  );
  const head = ["metric", "regime", "reading", "must", "denied", "total", "share"];
  return [head, ...rows].map((row) => `${row.join(",")}\n`).join("");
}

function weightAsJson({ calls, tokens, grossPicoUsd }: Weight): Readonly<Record<string, number | string>> {
  return { calls, tokens: tokens.toString(), grossPicoUsd: grossPicoUsd.toString() };
}

function amountText(metric: Metric, weight: Weight): string {
  const amount = amountOf(metric, weight);
  return metric === "dollars" ? formatUsdExact(amount) : amount.toString();
}

const MILLION = 1_000_000n;

/** Half up, from `0.000000` to `1.000000`; null where there is no whole. */
function shareOf(metric: Metric, part: Weight, whole: Weight): string | null {
  const [some, all] = [amountOf(metric, part), amountOf(metric, whole)];
  if (all === 0n) return null;
  const millionths = (2n * some * MILLION + all) / (2n * all);
  return `${millionths / MILLION}.${(millionths % MILLION).toString().padStart(6, "0")}`;
}
