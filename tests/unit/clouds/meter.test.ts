import { expect, test } from "vitest";
import { createMeter, type MeterRow } from "../../../src/clouds/meter.ts";

const ROW: MeterRow = {
  requestId: "r",
  caller: "gateway",
  project: null,
  region: "eastus2",
  operation: "chat.completions.create",
  model: "gpt-5.4",
  status: 200,
  inputTokens: 3,
  cachedInputTokens: 0,
  outputTokens: null,
  trainedTokens: null,
  streamed: true,
  startedAtMs: 5,
  latencyMs: 1.5,
};

function sequences(text: string): number[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { seq: number }).seq);
}

test("a row comes back as it was recorded, unknown counts as null and not as zero", () => {
  const meter = createMeter("azure");
  meter.record(ROW);
  expect(JSON.parse(meter.read(0, 10))).toEqual({ seq: 1, provider: "azure", ...ROW });
});

test("pages follow one another without gap or overlap", () => {
  const meter = createMeter("azure");
  for (let count = 0; count < 40_000; count += 1) meter.record(ROW);
  const seen: number[] = [];
  for (;;) {
    const page = sequences(meter.read(seen.at(-1) ?? 0, 7_001));
    if (page.length === 0) break;
    seen.push(...page);
  }
  expect(seen).toEqual(Array.from({ length: 40_000 }, (_, index) => index + 1));
});

test("beyond the bound the oldest rows go, are counted, and the numbers go on", () => {
  const meter = createMeter("azure", 20_000);
  for (let count = 0; count < 50_000; count += 1) meter.record(ROW);
  expect(meter.dropped()).toBe(2 * 16_384);
  const [first] = sequences(meter.read(0, 1));
  expect(first).toBe(meter.dropped() + 1);
  expect(sequences(meter.read(49_999, 10))).toEqual([50_000]);
});

test("callers that invent project names do not fill the memory with words", () => {
  const meter = createMeter("azure", 1);
  for (let count = 0; count < 70_000; count += 1) meter.record({ ...ROW, project: `p${count}` });
  const last = JSON.parse(meter.read(69_999, 1)) as { project: string; model: string };
  expect(last).toMatchObject({ project: "(other)", model: "gpt-5.4" });
});
