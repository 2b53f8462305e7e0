/** Telemetry when another configuration comes into force. */

import { describe, expect, it } from "vitest";
import { readSeries, sumOf } from "../../support/metrics-page.ts";
import { AGREEMENT, finishedCall, makeTelemetry, settledCall } from "../../support/telemetry-events.ts";
import type { LoadedTerms } from "../../../src/telemetry/telemetry.ts";

const NEXT = "2026-04-27";

function termsOf(changes: Partial<LoadedTerms["labels"]> = {}): LoadedTerms {
  return {
    agreement: { id: NEXT, version: "2", digest: "e".repeat(64) },
    labels: {
      agreements: [NEXT],
      clauses: ["D1"],
      providers: ["azure", "aws", "stargate"],
      models: ["gpt-6"],
      upstreams: ["azure/eastus2"],
      partners: ["direct"],
      parties: ["openai", "microsoft"],
      widenings: [],
      ...changes,
    },
    overdueReviews: 3,
    loadedAtMs: Date.UTC(2026, 10, 2),
  };
}

describe("taking up another agreement", () => {
  it("shows it as the one that is live", async () => {
    const telemetry = makeTelemetry();
    telemetry.takeUp(termsOf());
    const page = await telemetry.renderText();
    expect(sumOf(page, "clauseway_agreement_info")).toBe(1);
    expect(sumOf(page, "clauseway_agreement_info", `agreement="${NEXT}",version="2"`)).toBe(1);
    expect(sumOf(page, "clauseway_config_last_reload_success_timestamp_seconds")).toBe(
      Date.UTC(2026, 10, 2) / 1_000,
    );
    expect(sumOf(page, "clauseway_price_review_overdue")).toBe(3);
  });

  it("counts each call, and its money, under the agreement it was decided by", async () => {
    const telemetry = makeTelemetry();
    telemetry.takeUp(termsOf());
    telemetry.callFinished(finishedCall({ settled: settledCall(10n ** 12n, 10n ** 11n) }));
    const settled = settledCall(2n * 10n ** 12n, 10n ** 11n, { agreement: NEXT, model: "gpt-6" });
    telemetry.callFinished(finishedCall({ agreement: NEXT, clause: "D1", model: "gpt-6", settled }));
    const page = await telemetry.renderText();
    for (const [agreement, usd] of [
      [AGREEMENT, 1],
      [NEXT, 2],
    ] as const) {
      const filter = `agreement="${agreement}"`;
      expect(sumOf(page, "clauseway_requests_total", filter)).toBe(1);
      expect(sumOf(page, "clauseway_billable_requests_total", filter)).toBe(1);
      expect(sumOf(page, "clauseway_metered_requests_total", filter)).toBe(1);
      expect(sumOf(page, "clauseway_revenue_usd_total", filter)).toBe(usd);
    }
    expect(sumOf(page, "clauseway_routing_decisions_total", `clause="D1"`)).toBe(1);
    expect(sumOf(page, "clauseway_label_overflow_total")).toBe(0);
  });

  it("starts what must not be missed at zero", async () => {
    const telemetry = makeTelemetry();
    telemetry.takeUp(termsOf());
    const series = readSeries(await telemetry.renderText());
    const labels = `agreement="${NEXT}",clause="D1",kind="provider"`;
    expect(series.get(`clauseway_exclusivity_violations_total{${labels}}`)).toBe(0);
    expect(series.get(`clauseway_billable_requests_total{agreement="${NEXT}"}`)).toBe(0);
    expect(series.get(`clauseway_config_reloads_total{outcome="refused"}`)).toBe(0);
  });

  it("adds names without end to no label, however often it happens", async () => {
    const telemetry = makeTelemetry();
    for (let round = 0; round < 1_000; round += 1) {
      telemetry.takeUp(termsOf({ models: [`model-${round}`] }));
      telemetry.callFinished(finishedCall({ model: `model-${round}`, timeToFirstTokenMs: 1 }));
    }
    const page = await telemetry.renderText();
    const models = new Set(page.match(/model="[^"]+"/g));
    expect(models.size).toBeLessThanOrEqual(257);
    expect(models).toContain(`model="other"`);
  });
});

describe("a refused reload", () => {
  it("shows until one succeeds", async () => {
    const telemetry = makeTelemetry();
    telemetry.reloadEnded("refused");
    const refused = await telemetry.renderText();
    expect(sumOf(refused, "clauseway_config_last_reload_successful")).toBe(0);
    expect(sumOf(refused, "clauseway_agreement_info", AGREEMENT)).toBe(1);
    telemetry.takeUp(termsOf());
    telemetry.reloadEnded("loaded");
    const loaded = await telemetry.renderText();
    expect(sumOf(loaded, "clauseway_config_last_reload_successful")).toBe(1);
    expect(sumOf(loaded, "clauseway_config_reloads_total", `outcome="refused"`)).toBe(1);
    expect(sumOf(loaded, "clauseway_config_reloads_total", `outcome="loaded"`)).toBe(1);
  });
});
