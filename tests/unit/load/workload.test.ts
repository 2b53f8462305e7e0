import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { seededRng } from "../../../src/domain/rng.ts";
import { ConfigError } from "../../../src/config/parse-yaml.ts";
import { percentileOf } from "../../../src/load/percentiles.ts";
import type { Arrival } from "../../../src/load/trace.ts";
import { drawArrivals, parseWorkload } from "../../../src/load/workload.ts";

const FILE = "config/workloads/azure-conv-2023.yaml";
const TEXT = readFileSync(FILE, "utf8");

function draw(count: number, seed: number, rate?: number): readonly Arrival[] {
  const arrivals = drawArrivals(parseWorkload(TEXT, FILE), seededRng(seed), rate);
  return Array.from({ length: count }, () => arrivals.next().value);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Published statistics: the project's notes on the trace and its paper; see the header of the workload file. */
test.each([
  ["inputTokens", 1_154.7, { 50: 1_020, 90: 2_734, 99: 4_142 }, 14_050],
  ["outputTokens", 211.1, { 50: 129, 90: 424, 99: 601 }, 1_000],
] as const)("%s have the published mean and percentiles", (field, publishedMean, percentiles, most) => {
  const values = draw(60_000, 5).map((arrival) => arrival[field]);
  expect(Math.abs(mean(values) / publishedMean - 1)).toBeLessThan(0.02);
  for (const [percent, published] of Object.entries(percentiles)) {
    expect(Math.abs(percentileOf(values, Number(percent)) / published - 1)).toBeLessThan(0.04);
  }
  expect(values.every((value) => Number.isInteger(value) && value >= 1 && value <= most)).toBe(true);
});

test("arrivals come at the published rate with the published variation, or at the rate asked for", () => {
  const arrivals = draw(60_000, 9);
  const gaps = arrivals.slice(1).map(({ atMs }, index) => atMs - (arrivals[index]?.atMs ?? 0));
  const gapMean = mean(gaps);
  const gapCv = Math.sqrt(mean(gaps.map((gap) => (gap - gapMean) ** 2))) / gapMean;
  expect(1_000 / gapMean).toBeCloseTo(5.53, 0);
  expect(gapCv).toBeCloseTo(1.09, 1);
  expect(gaps.every((gap) => gap >= 0)).toBe(true);
  expect((20_000 / (draw(20_001, 9, 100).at(-1)?.atMs ?? 0)) * 1_000).toBeCloseTo(100, -1);
});

test("the same seed draws the same arrivals", () => {
  expect(draw(100, 3)).toEqual(draw(100, 3));
  expect(draw(100, 3)).not.toEqual(draw(100, 4));
});

test.each([
  ["falling token counts", "[0.05, 181]", "[0.05, 20]", /inputTokens\.quantiles\[2\]/],
  ["a table that stops short", "[1, 14050]", "[0.9995, 14050]", /inputTokens\.quantiles/],
  ["a rate of nothing", "ratePerSecond: 5.53", "ratePerSecond: 0", /arrivals\.ratePerSecond/],
])("%s is refused with its place", (_name, from, to, place) => {
  const parse = () => parseWorkload(TEXT.replace(from, to), "w.yaml");
  expect(parse).toThrow(ConfigError);
  expect(parse).toThrow(place);
  expect(parse).toThrow(/^w\.yaml:\d+:\d+ /);
});
