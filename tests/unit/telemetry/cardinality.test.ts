import type { CallFinished } from "../../../src/telemetry/call-finished.ts";
import { describe, expect, it } from "vitest";
import { REFUSAL_CODES } from "../../../src/domain/refusal.ts";
import { OUTCOMES } from "../../../src/domain/outcome.ts";
import { readSeries, sumOf } from "../../support/metrics-page.ts";
import { finishedCall, makeTelemetry, settledCall } from "../../support/telemetry-events.ts";

/** A call whose model and operation nobody configured. */
function junk(index: number): CallFinished {
  return finishedCall({
    model: `junk-${index}`,
    operation: `junk${index}.create`,
    settled: settledCall(1n, 0n),
  });
}

describe("series", () => {
  it("stay as many as they were when callers send 10,000 unknown names", async () => {
    const telemetry = makeTelemetry();
    telemetry.callFinished(junk(0));
    const before = readSeries(await telemetry.renderText()).size;
    for (let index = 1; index < 10_000; index += 1) telemetry.callFinished(junk(index));
    const page = await telemetry.renderText();
    expect(readSeries(page).size).toBe(before);
    expect(sumOf(page, "clauseway_label_overflow_total", `label="model"`)).toBe(10_000);
    expect(page).not.toContain("junk");
  });

  it("fold every field of an event, and of its settlement, that is outside the configuration", async () => {
    const telemetry = makeTelemetry();
    const name = "nobody-configured-this";
    telemetry.callFinished(
      finishedCall({
        partner: name,
        operation: name,
        clause: name,
        clauses: [name],
        provider: name,
        region: name,
        deployment: `${name}/x`,
        model: name,
        widening: name,
        upstreamError: name,
        settled: settledCall(1n, 1n, { partner: name, model: name, provider: name }),
      }),
    );
    const page = await telemetry.renderText();
    expect(page).not.toContain(name);
    expect(sumOf(page, "clauseway_requests_total", `partner="other"`)).toBe(1);
  });

  it("keep within the budget of 5,000 under every refusal, outcome, class and partner", async () => {
    const telemetry = makeTelemetry({ runtimeMetrics: true });
    for (const outcome of OUTCOMES) {
      for (const partner of ["amazon", "direct", "first-party"]) {
        for (const provider of ["azure", "aws", "stargate"]) {
          for (const model of ["gpt-5.4", "gpt-5.4-mini", "unknown"]) {
            for (const workload of ["stateless", "stateful", "training", "batch", "management"] as const) {
              telemetry.callFinished(finishedCall({ outcome, partner, provider, model, workload }));
            }
          }
        }
      }
    }
    for (const refusal of REFUSAL_CODES) telemetry.callFinished(finishedCall({ refusal }));
    expect(readSeries(await telemetry.renderText()).size).toBeLessThan(5_000);
  });
});
