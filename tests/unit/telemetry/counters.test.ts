import { describe, expect, it } from "vitest";
import { REFUSAL_CODES } from "../../../src/domain/refusal.ts";
import { readSeries, sumOf } from "../../support/metrics-page.ts";
import { AGREEMENT, finishedCall, makeTelemetry, settledCall } from "../../support/telemetry-events.ts";

describe("a finished call", () => {
  it("is counted by partner, class, provider, operation and outcome", async () => {
    const telemetry = makeTelemetry();
    telemetry.callFinished(finishedCall());
    telemetry.callFinished(finishedCall());
    const series = readSeries(await telemetry.renderText());
    expect(
      series.get(
        `clauseway_requests_total{agreement="${AGREEMENT}",partner="direct",class="stateless",provider="azure",` +
          `operation="chat",outcome="ok",fault="none"}`,
      ),
    ).toBe(2);
  });

  it("is counted by the clause that routed it and where it went", async () => {
    const telemetry = makeTelemetry();
    telemetry.callFinished(finishedCall());
    const page = await telemetry.renderText();
    expect(
      sumOf(page, "clauseway_routing_decisions_total", `clause="C1",provider="azure",decision="route"`),
    ).toBe(1);
  });

  it("counts a denial with provider none and its refusal code", async () => {
    const telemetry = makeTelemetry();
    telemetry.callFinished(
      finishedCall({
        decision: "deny",
        provider: null,
        region: null,
        deployment: null,
        upstreamMs: null,
        refusal: "agreement_denied",
        outcome: "denied",
        httpStatus: 403,
        clause: "C3",
      }),
    );
    const page = await telemetry.renderText();
    expect(
      sumOf(page, "clauseway_routing_decisions_total", `clause="C3",provider="none",decision="deny"`),
    ).toBe(1);
    expect(sumOf(page, "clauseway_refusals_total", `code="agreement_denied"`)).toBe(1);
    expect(sumOf(page, "clauseway_requests_total", `outcome="denied",fault="client"`)).toBe(1);
    expect(sumOf(page, "clauseway_exclusivity_violations_total")).toBe(0);
    expect(sumOf(page, "clauseway_upstream_requests_total")).toBe(0);
  });

  it("that ended before a decision counts no decision", async () => {
    const telemetry = makeTelemetry();
    telemetry.callFinished(
      finishedCall({
        partner: null,
        operation: null,
        workload: null,
        clause: "none",
        clauses: [],
        decision: null,
        provider: null,
        deployment: null,
        model: null,
        upstreamMs: null,
        refusal: "invalid_api_key",
        outcome: "client_error",
        httpStatus: 401,
      }),
    );
    const page = await telemetry.renderText();
    expect(sumOf(page, "clauseway_routing_decisions_total")).toBe(0);
    expect(sumOf(page, "clauseway_requests_total", `partner="none",class="none",provider="none"`)).toBe(1);
    expect(sumOf(page, "clauseway_label_overflow_total")).toBe(0);
  });

  it("puts each duration in its bucket, in seconds", async () => {
    const telemetry = makeTelemetry();
    telemetry.callFinished(finishedCall({ durationMs: 20 }));
    telemetry.callFinished(finishedCall({ durationMs: 20.1 }));
    telemetry.callFinished(finishedCall({ durationMs: 500_000 }));
    const page = await telemetry.renderText();
    const bucket = (le: string): number =>
      sumOf(page, "clauseway_request_duration_seconds_bucket", `le="${le}"`);
    expect([bucket("0.01"), bucket("0.02"), bucket("0.04"), bucket("81.92"), bucket("+Inf")]).toEqual([
      0, 1, 2, 2, 3,
    ]);
    expect(sumOf(page, "clauseway_request_duration_seconds_count")).toBe(3);
    expect(sumOf(page, "clauseway_request_duration_seconds_sum")).toBeCloseTo(500.0401, 9);
  });

  it("keeps the sum of a histogram when a duration is not a number", async () => {
    const telemetry = makeTelemetry();
    telemetry.callFinished(finishedCall({ durationMs: Number.NaN }));
    telemetry.callFinished(finishedCall({ durationMs: 1_000 }));
    const page = await telemetry.renderText();
    expect(sumOf(page, "clauseway_request_duration_seconds_sum")).toBe(1);
    expect(sumOf(page, "clauseway_requests_total")).toBe(2);
  });

  it("counts stripped headers, widenings and upstream failures by kind", async () => {
    const telemetry = makeTelemetry();
    telemetry.callFinished(finishedCall({ strippedHeaders: 3, widening: "background" }));
    telemetry.callFinished(
      finishedCall({ upstreamError: "reset", outcome: "upstream_error", httpStatus: 502 }),
    );
    telemetry.callFinished(finishedCall({ upstreamError: "a word nobody knows", httpStatus: 502 }));
    const page = await telemetry.renderText();
    expect(sumOf(page, "clauseway_stripped_headers_total", `partner="direct"`)).toBe(3);
    expect(sumOf(page, "clauseway_accepted_widenings_total", `widening="background"`)).toBe(1);
    for (const kind of ["none", "reset", "other"]) {
      const filter = `upstream="azure/eastus2",error_type="${kind}"`;
      expect(sumOf(page, "clauseway_upstream_requests_total", filter)).toBe(1);
    }
  });
});

describe("exclusivity violations", () => {
  it("stay 0 while calls are served where the verdict allows", async () => {
    const telemetry = makeTelemetry();
    telemetry.callFinished(finishedCall());
    expect(sumOf(await telemetry.renderText(), "clauseway_exclusivity_violations_total")).toBe(0);
  });

  it.each([
    ["by the provider told", finishedCall({ provider: "aws" })],
    ["by the deployment used", finishedCall({ deployment: "aws/us-east-1" })],
    ["by the provider settled", finishedCall({ settled: settledCall(1n, 0n, { provider: "aws" }) })],
    ["by any provider after a denial", finishedCall({ decision: "deny" })],
  ])("count a call served outside it, %s", async (_how, event) => {
    const telemetry = makeTelemetry();
    telemetry.callFinished(event);
    const page = await telemetry.renderText();
    expect(sumOf(page, "clauseway_exclusivity_violations_total", `clause="C1",kind="provider"`)).toBe(1);
  });
});

describe("series that must not be missed", () => {
  it("exist at 0 before the first call", async () => {
    const series = readSeries(await makeTelemetry().renderText());
    for (const code of REFUSAL_CODES) expect(series.get(`clauseway_refusals_total{code="${code}"}`)).toBe(0);
    for (const clause of ["C1", "C3", "C11", "none"]) {
      const labels = `agreement="${AGREEMENT}",clause="${clause}",kind="provider"`;
      expect(series.get(`clauseway_exclusivity_violations_total{${labels}}`)).toBe(0);
    }
    expect(series.get(`clauseway_label_overflow_total{label="model"}`)).toBe(0);
    expect(series.get(`clauseway_billable_requests_total{agreement="${AGREEMENT}"}`)).toBe(0);
  });
});

describe("gauges", () => {
  it("follow calls in flight and the health of a deployment", async () => {
    const telemetry = makeTelemetry();
    telemetry.upstreamOpened("azure");
    telemetry.upstreamOpened("azure");
    telemetry.upstreamClosed("azure");
    telemetry.setUpstreamState("azure/eastus2", "up");
    telemetry.setUpstreamState("azure/eastus2", "down");
    const series = readSeries(await telemetry.renderText());
    expect(series.get(`clauseway_requests_in_flight{provider="azure"}`)).toBe(1);
    expect(series.get(`clauseway_upstream_state{upstream="azure/eastus2",state="up"}`)).toBe(0);
    expect(series.get(`clauseway_upstream_state{upstream="azure/eastus2",state="down"}`)).toBe(1);
  });

  it("tell the simulated date, the build and the agreement", async () => {
    const page = await makeTelemetry().renderText();
    expect(sumOf(page, "clauseway_simulation_timestamp_seconds")).toBe(Date.UTC(2026, 2, 31) / 1_000);
    expect(sumOf(page, "clauseway_agreement_info", `digest="${"d".repeat(64)}"`)).toBe(1);
    expect(sumOf(page, "clauseway_build_info", `version="0.1.0",revision="unknown"`)).toBe(1);
  });

  it("refuse a contract date that is none", () => {
    expect(() => makeTelemetry({ contractDate: "soon" })).toThrow(RangeError);
  });
});

describe("commits of the ledger", () => {
  it("are observed with their time and group size", async () => {
    const telemetry = makeTelemetry();
    telemetry.observeCommit(4, 30);
    const page = await telemetry.renderText();
    expect(sumOf(page, "clauseway_ledger_commit_seconds_sum")).toBe(0.004);
    expect(sumOf(page, "clauseway_ledger_group_size_bucket", `le="16"`)).toBe(0);
    expect(sumOf(page, "clauseway_ledger_group_size_bucket", `le="32"`)).toBe(1);
  });
});
