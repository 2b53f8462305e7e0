/** What `clauseway readings` prints for people: a matrix for each metric, then what the workload is. */

import { formatUsd } from "../../domain/units.ts";
import type { Traffic } from "../../app/read-traffic.ts";
import type { MustCell, MustMatrix, weighClasses } from "../../policy/azure-share.ts";
import type { Weight } from "../../policy/traffic.ts";
import { columns, grouped } from "./columns.ts";
import { wordPlaces } from "./matrix-places.ts";
import { percent } from "./percent.ts";
import { trafficNotes, trafficTitle } from "./traffic-text.ts";

export const METRICS = ["calls", "tokens", "dollars"] as const;
export type Metric = (typeof METRICS)[number];

export interface ReadingsReport {
  readonly traffic: Traffic;
  /** The contract date, `YYYY-MM-DD`. */
  readonly date: string;
  /** In the order of their dates. */
  readonly regimes: readonly string[];
  readonly readings: readonly string[];
  readonly matrix: MustMatrix;
  /** By the default reading of the regime of the date; empty where there is none. */
  readonly classes: ReturnType<typeof weighClasses>;
}

/** The amount of a weight that a metric is about, in calls, tokens or picodollars. */
export function amountOf(metric: Metric, weight: Weight): bigint {
  switch (metric) {
    case "calls":
      return BigInt(weight.calls);
    case "tokens":
      return weight.tokens;
    case "dollars":
      return weight.grossPicoUsd;
  }
}

/** The report as text, ending with a newline. */
export function formatReadings(report: ReadingsReport, metrics: readonly Metric[]): string {
  const { matrix } = report;
  const parts = [
    `what must be on ${matrix.provider}: the share of calls, tokens or dollars that may run there and nowhere else`,
    ...metrics.map((metric) => formatMatrix(report, metric)),
    formatExtremes(report, metrics),
    ...formatDenied(report),
    formatWorkload(report),
  ];
  return `${parts.join("\n\n")}\n`;
}

function formatMatrix(report: ReadingsReport, metric: Metric): string {
  const { regimes, readings, matrix } = report;
  const total = amountOf(metric, matrix.total);
  const rows = regimes.map((regime) => [
    regime,
    ...readings.map((reading) => percent(amountOf(metric, cellAt(matrix, regime, reading).must), total)),
  ]);
  const numbers = readings.map((_, index) => index + 1);
  return columns([[metric, ...readings], ...rows], numbers);
}

function cellAt({ cells }: MustMatrix, regime: string, reading: string): MustCell {
  const cell = cells.find((each) => each.regime === regime && each.reading === reading);
  if (cell === undefined) throw new RangeError(`the matrix has no ${regime} x ${reading}`);
  return cell;
}

/** The largest and the smallest number, and where they are: a line for each metric, metrics that say the same in one. */
function formatExtremes(report: ReadingsReport, metrics: readonly Metric[]): string {
  const byText = Map.groupBy(metrics, (metric) => extremesOf(report, metric));
  return [...byText].map(([text, same]) => `${same.join(", ")}: ${text}`).join("\n");
}

function extremesOf({ matrix, regimes, readings }: ReadingsReport, metric: Metric): string {
  const total = amountOf(metric, matrix.total);
  const amounts = matrix.cells.map(({ must }) => amountOf(metric, must));
  const [first = 0n] = amounts;
  const smallest = amounts.reduce((least, amount) => (amount < least ? amount : least), first);
  const largest = amounts.reduce((most, amount) => (amount > most ? amount : most), first);
  if (smallest === largest) return `${percent(smallest, total)} everywhere`;
  const where = (amount: bigint): string =>
    wordPlaces(
      matrix.cells.filter(({ must }) => amountOf(metric, must) === amount),
      regimes,
      readings,
    );
  return `most ${percent(largest, total)} (${where(largest)}), least ${percent(smallest, total)} (${where(smallest)})`;
}

/** Calls that may run nowhere must not be on Azure either; they are named, so that no share looks smaller than it is. */
function formatDenied({ matrix }: ReadingsReport): readonly string[] {
  const rows = matrix.cells
    .filter(({ denied }) => denied.calls > 0)
    .map(({ regime, reading, denied }) => [
      `${regime} x ${reading}`,
      percent(denied.calls, matrix.total.calls),
      percent(denied.tokens, matrix.total.tokens),
      percent(denied.grossPicoUsd, matrix.total.grossPicoUsd),
    ]);
  if (rows.length === 0) return [];
  const head = ["denied, not counted above", "calls", "tokens", "dollars"];
  return [columns([head, ...rows], [1, 2, 3])];
}

function formatWorkload({ traffic, matrix, classes, date }: ReadingsReport): string {
  const rows = classes.map(({ workload, weight }) => [
    workload ?? "without a class",
    grouped(weight.calls),
    grouped(weight.tokens),
    formatUsd(weight.grossPicoUsd),
  ]);
  const table = columns([["class", "calls", "tokens", "USD"], ...rows], [1, 2, 3]);
  const trained = classes.some(({ workload }) => workload === "training");
  return [
    trafficTitle(traffic, matrix.total),
    ...(rows.length === 0 ? [] : [table, "classes are those of the default reading"]),
    `every regime is asked about the same calls, as of ${date} or, where it is of another time, its first day`,
    ...(trained
      ? ["tokens are input and output; those that a job trained on count by their dollars only"]
      : []),
    ...trafficNotes(traffic),
  ].join("\n");
}
