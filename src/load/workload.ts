/** Synthetic workloads: an arrival process and token lengths, fitted to published statistics of a real service. */

import { z } from "zod";
import { parseYaml } from "../config/parse-yaml.ts";
import type { Rng } from "../domain/ports.ts";
import type { Arrival } from "./trace.ts";

const lengthSchema = z
  .strictObject({
    mean: z.number().positive().describe("The published mean, for the reader and the tests."),
    quantiles: z
      .array(z.tuple([z.number().min(0).max(1), z.int().min(1).max(1_000_000)]))
      .min(2)
      .describe("Pairs of probability and tokens, both rising, from probability 0 to 1."),
  })
  .superRefine(({ quantiles }, context) => {
    const report = (index: number, message: string) =>
      context.addIssue({ code: "custom", path: ["quantiles", index], message });
    if (quantiles[0]?.[0] !== 0) report(0, "the first quantile is that of probability 0");
    if (quantiles.at(-1)?.[0] !== 1)
      report(quantiles.length - 1, "the last quantile is that of probability 1");
    for (const [index, [probability, tokens]] of quantiles.entries()) {
      const before = quantiles[index - 1];
      if (before && (probability <= before[0] || tokens < before[1])) {
        report(index, "probabilities rise and token counts do not fall from one quantile to the next");
      }
    }
  });

export const workloadSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: z.string().min(1),
  citation: z.string().min(1),
  arrivals: z.strictObject({
    ratePerSecond: z.number().positive().max(100_000),
    gapCv: z
      .number()
      .min(0.05)
      .max(10)
      .describe("Standard deviation of the gaps over their mean: 1 is Poisson, above is burstier."),
  }),
  inputTokens: lengthSchema,
  outputTokens: lengthSchema,
});

export type Workload = z.infer<typeof workloadSchema>;
type LengthTable = Workload["inputTokens"]["quantiles"];

/** Reads a workload file. Throws ConfigError with every problem's position. */
export function parseWorkload(text: string, file: string): Workload {
  return parseYaml(text, file, workloadSchema).value;
}

/**
 * Draws arrivals without end: gaps from a Gamma distribution with the workload's CV around `ratePerSecond` (its own rate
 * unless given), lengths from its quantile tables, input and output apart.
 */
export function* drawArrivals(
  workload: Workload,
  rng: Rng,
  ratePerSecond: number = workload.arrivals.ratePerSecond,
): Generator<Arrival, never> {
  const shape = 1 / workload.arrivals.gapCv ** 2;
  const scaleMs = 1_000 / ratePerSecond / shape;
  let atMs = 0;
  while (true) {
    yield {
      atMs,
      inputTokens: drawLength(workload.inputTokens.quantiles, rng),
      outputTokens: drawLength(workload.outputTokens.quantiles, rng),
    };
    atMs += scaleMs * drawGamma(shape, rng);
  }
}

/** The first `count` arrivals; fewer where they end. */
export function takeArrivals(arrivals: Iterable<Arrival>, count: number): readonly Arrival[] {
  const taken: Arrival[] = [];
  for (const arrival of arrivals) {
    taken.push(arrival);
    if (taken.length === count) break;
  }
  return taken;
}

function drawLength(quantiles: LengthTable, rng: Rng): number {
  const probability = rng.next();
  const above = Math.max(
    1,
    quantiles.findIndex(([bound]) => bound > probability),
  );
  const [lowProbability, lowTokens] = quantiles[above - 1] ?? [0, 1];
  const [highProbability, highTokens] = quantiles[above] ?? [1, lowTokens];
  const part = (probability - lowProbability) / (highProbability - lowProbability);
  return Math.round(lowTokens + part * (highTokens - lowTokens));
}

/** A draw from Gamma(shape, 1): Marsaglia and Tsang, "A simple method for generating gamma variables", 2000. */
function drawGamma(shape: number, rng: Rng): number {
  // Below 1 the method needs the boost of its section 6: Gamma(a) = Gamma(a + 1) * U^(1/a).
  if (shape < 1) return drawGamma(shape + 1, rng) * (1 - rng.next()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  while (true) {
    const x = drawNormal(rng);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - rng.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

function drawNormal(rng: Rng): number {
  const radius = Math.sqrt(-2 * Math.log(1 - rng.next()));
  return radius * Math.cos(2 * Math.PI * rng.next());
}
