import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { catalogueRows, METRIC_PREFIX } from "../../../src/telemetry/catalogue.ts";
import { finishedCall, makeTelemetry, settledCall } from "../../support/telemetry-events.ts";

describe("each metric of the catalogue", () => {
  it.each(catalogueRows())("%s obeys the naming rules", (name, spec) => {
    expect(METRIC_PREFIX + name).toMatch(/^clauseway_[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    expect(name.endsWith("_total")).toBe(spec.type === "counter");
    // base units only, and the unit last
    expect(name).not.toMatch(/(milli|micro|nano)seconds|_ms\b|_minutes|kilobytes|percent/);
    if (spec.type === "histogram") expect(name).toMatch(/_seconds$|_size$/);
    expect(spec.help).toMatch(/^[A-Z].*\.$/);
    for (const label of spec.labels) expect(label).toMatch(/^(?!le$|quantile$|__)[a-z][a-z_]*$/);
    expect(new Set(spec.labels).size).toBe(spec.labels.length);
  });

  it.each(catalogueRows().filter(([, spec]) => spec.type === "histogram"))(
    "%s has buckets that rise",
    (_name, spec) => {
      const buckets = spec.buckets ?? [];
      expect(buckets.length).toBeGreaterThan(0);
      expect(buckets).toEqual([...new Set(buckets)].sort((a, b) => a - b));
    },
  );

  it("stands on the page with its help and type", async () => {
    const page = await makeTelemetry().renderText();
    for (const [name, spec] of catalogueRows()) {
      expect(page).toContain(
        `# HELP clauseway_${name} ${spec.help}\n# TYPE clauseway_${name} ${spec.type}\n`,
      );
    }
  });
});

describe("the page", () => {
  const promtoolMissing = spawnSync("promtool", ["--version"]).error !== undefined;
  if (promtoolMissing) console.warn("promtool is not installed: the page is not linted by it");

  // in CI a missing tool fails instead of passing unseen
  it.skipIf(promtoolMissing && process.env["CLAUSEWAY_CI"] !== "1")(
    "is clean under promtool after traffic",
    async () => {
      const telemetry = makeTelemetry({ runtimeMetrics: true });
      telemetry.callFinished(
        finishedCall({ settled: settledCall(1n, 1n), strippedHeaders: 1, widening: "background" }),
      );
      telemetry.callFinished(
        finishedCall({ model: `"quoted"\nand broken\\`, outcome: "timeout", httpStatus: 504 }),
      );
      telemetry.observeCommit(2, 7);
      telemetry.setUpstreamState("azure/eastus2", "up");
      telemetry.upstreamOpened("azure");
      const check = spawnSync("promtool", ["check", "metrics"], {
        input: await telemetry.renderText(),
        encoding: "utf8",
        timeout: 15_000,
      });
      expect({ status: check.status, findings: check.stdout + check.stderr }).toEqual({
        status: 0,
        findings: "",
      });
    },
  );

  it("is text, never OpenMetrics", () => {
    expect(makeTelemetry().contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
  });
});
