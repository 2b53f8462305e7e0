import { pino } from "pino";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { picoUsd, ppm } from "../../../src/domain/units.ts";
import { NO_USAGE } from "../../../src/domain/usage.ts";
import { moneyByAgreement } from "../../../src/ledger/totals.ts";
import { openMemoryStore } from "../../../src/stores/memory.ts";
import { sumOf } from "../../support/metrics-page.ts";
import { AGREEMENT, finishedCall, makeTelemetry, settledCall } from "../../support/telemetry-events.ts";

/** Dollars cut to the micro-USD, by whole-number arithmetic up to the last step. */
function dollars(picoUsd: bigint): number {
  return Number(picoUsd / 1_000_000n) / 1e6;
}

const LEGS = [
  { clause: "C11", party: "microsoft", sharePpm: ppm(200_000) },
  { clause: "C11", party: "openai", sharePpm: ppm(800_000) },
];

/** The lines of a page that hold money. */
function money(page: string): readonly string[] {
  return page
    .split("\n")
    .filter((line) => /^clauseway_(revenue|eligible_revenue|revenue_share)_usd_total/.test(line));
}

describe("revenue and shares", () => {
  it("equal the exact totals at display precision, after any calls and from any ledger", async () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 16n }).map(picoUsd);
    const call = fc.record({ total: amount, sharePpm: fc.nat(1_000_000), completion: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 60 }),
        amount,
        amount,
        async (calls, revenueBefore, shareBefore) => {
          const telemetry = makeTelemetry({
            moneyBefore: new Map([
              [
                AGREEMENT,
                {
                  revenue: [
                    { partner: "direct", model: "gpt-5.4", provider: "azure", picoUsd: revenueBefore },
                  ],
                  eligible: [{ clause: "C11", picoUsd: revenueBefore }],
                  shares: [{ clause: "C11", beneficiary: "microsoft", picoUsd: shareBefore }],
                  hosting: [{ provider: "azure", payee: "microsoft", picoUsd: shareBefore }],
                },
              ],
            ]),
          });
          let revenue: bigint = revenueBefore;
          let share: bigint = shareBefore;
          for (const { total, sharePpm, completion } of calls) {
            const part = (total * BigInt(sharePpm)) / 1_000_000n;
            const settled = settledCall(total, part, { phase: completion ? "completion" : "answer" });
            if (completion) telemetry.jobSettled(settled);
            else telemetry.callFinished(finishedCall({ settled }));
            revenue += total;
            share += part;
          }
          const page = await telemetry.renderText();
          expect(sumOf(page, "clauseway_revenue_usd_total")).toBeCloseTo(dollars(revenue), 5);
          expect(sumOf(page, "clauseway_eligible_revenue_usd_total", `clause="C11"`)).toBeCloseTo(
            dollars(revenue),
            5,
          );
          expect(sumOf(page, "clauseway_revenue_share_usd_total", `beneficiary="microsoft"`)).toBeCloseTo(
            dollars(share),
            5,
          );
          expect(sumOf(page, "clauseway_hosting_fee_usd_total", `provider="azure"`)).toBeCloseTo(
            dollars(share),
            5,
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it("do not drift where floats would: 300,000 additions of 123 micro-USD are 36.9 USD", async () => {
    const telemetry = makeTelemetry();
    const event = finishedCall({ settled: settledCall(123_000_000n, 24_600_000n) });
    for (let call = 0; call < 300_000; call += 1) telemetry.callFinished(event);
    const page = await telemetry.renderText();
    expect(sumOf(page, "clauseway_revenue_usd_total")).toBe(36.9);
    expect(sumOf(page, "clauseway_revenue_share_usd_total", `beneficiary="microsoft"`)).toBe(7.38);
  });

  it("of capped calls are what the ledger left of them", async () => {
    const store = openMemoryStore();
    const telemetry = makeTelemetry();
    const caps = [{ clause: "C11", scope: "lifetime", limitPicoUsd: "30000000" }] as const;
    for (const requestId of ["req_a", "req_b"]) {
      const settled = settledCall(100_000_000n, 20_000_000n, {
        requestId,
        money: { legs: LEGS, caps, hosting: null },
      });
      await store.settle(settled);
      telemetry.callFinished(finishedCall({ requestId, settled }));
    }
    expect(telemetry.sharesAreOpen()).toBe(true);
    telemetry.takeShares(moneyByAgreement(await store.summary()));
    expect(telemetry.sharesAreOpen()).toBe(false);
    const page = await telemetry.renderText();
    expect(sumOf(page, "clauseway_revenue_share_usd_total", `beneficiary="microsoft"`)).toBe(0.00003);
    expect(sumOf(page, "clauseway_eligible_revenue_usd_total")).toBe(0.0002);
    await store.close();
  });

  it("show the same value at every scrape", async () => {
    const telemetry = makeTelemetry();
    telemetry.callFinished(finishedCall({ settled: settledCall(5n * 10n ** 12n, 10n ** 12n) }));
    const first = await telemetry.renderText();
    const second = await telemetry.renderText();
    expect(second).toBe(first);
    expect(sumOf(second, "clauseway_revenue_usd_total")).toBe(5);
  });
});

describe("a restart", () => {
  it("goes on from what the ledger holds", async () => {
    const store = openMemoryStore();
    const first = makeTelemetry();
    for (const [requestId, total, share] of [
      ["req_a", 123_456_789_012n, 24_691_357_802n],
      ["req_b", 987n, 197n],
    ] as const) {
      const settled = settledCall(total, share, { requestId });
      await store.settle(settled);
      first.callFinished(finishedCall({ requestId, settled }));
    }
    const moneyBefore = moneyByAgreement(await store.summary());
    await store.close();
    const second = await makeTelemetry({ moneyBefore }).renderText();
    expect(money(second)).toEqual(money(await first.renderText()));
    expect(money(second)).toHaveLength(3);
  });
});

describe("usage", () => {
  it("counts totals and their parts apart", async () => {
    const telemetry = makeTelemetry();
    telemetry.callFinished(finishedCall({ settled: settledCall(1n, 0n) }));
    const page = await telemetry.renderText();
    const tokens = (name: string): number =>
      sumOf(page, `clauseway_${name}`, `model="gpt-5.4",provider="azure"`);
    expect(tokens("input_tokens_total")).toBe(1_000);
    expect(tokens("cached_input_tokens_total")).toBe(200);
    expect(tokens("output_tokens_total")).toBe(100);
    expect(tokens("reasoning_output_tokens_total")).toBe(30);
    expect(tokens("training_tokens_total")).toBe(0);
  });

  it("of an estimate is visible as one", async () => {
    const telemetry = makeTelemetry();
    const { usage } = settledCall(1n, 0n);
    telemetry.callFinished(
      finishedCall({
        outcome: "aborted",
        settled: settledCall(1n, 0n, { outcome: "aborted", usage: { ...usage, source: "estimated" } }),
      }),
    );
    expect(sumOf(await telemetry.renderText(), "clauseway_estimated_requests_total")).toBe(1);
  });
});

describe("metering", () => {
  it("covers each billable call once", async () => {
    const telemetry = makeTelemetry();
    telemetry.callFinished(finishedCall({ settled: settledCall(1n, 0n) }));
    telemetry.callFinished(
      finishedCall({ settled: settledCall(1n, 0n, { charge: { kind: "unpriced", reason: "no price" } }) }),
    );
    const page = await telemetry.renderText();
    expect(sumOf(page, "clauseway_billable_requests_total")).toBe(2);
    expect(sumOf(page, "clauseway_metered_requests_total", `result="recorded"`)).toBe(1);
    expect(sumOf(page, "clauseway_metered_requests_total", `result="unpriced"`)).toBe(1);
  });

  it("shows the gap when a served call was not settled", async () => {
    const telemetry = makeTelemetry();
    telemetry.callFinished(finishedCall({ settled: null }));
    const page = await telemetry.renderText();
    expect(sumOf(page, "clauseway_billable_requests_total")).toBe(1);
    expect(sumOf(page, "clauseway_metered_requests_total")).toBe(0);
  });

  it("shows the gap when the ledger did not take what a provider answered, or was asked", async () => {
    const telemetry = makeTelemetry();
    const lost = {
      settled: null,
      outcome: "internal_error",
      refusal: "ledger_unavailable",
      httpStatus: 503,
    } as const;
    telemetry.callFinished(finishedCall(lost));
    telemetry.callFinished(finishedCall({ ...lost, upstreamMs: null }));
    telemetry.callFinished(finishedCall({ ...lost, upstreamMs: null, attempts: 0 }));
    const page = await telemetry.renderText();
    expect(sumOf(page, "clauseway_billable_requests_total")).toBe(2);
    expect(sumOf(page, "clauseway_metered_requests_total")).toBe(0);
  });

  it("tells of notes that were let go, by a counter and a line", async () => {
    const lines: string[] = [];
    const telemetry = makeTelemetry({
      logger: pino({ level: "info" }, { write: (line) => void lines.push(line) }),
    });
    expect((await telemetry.renderText()).includes("clauseway_opened_notes_lost_total 0")).toBe(true);
    telemetry.notesLost(3);
    expect(sumOf(await telemetry.renderText(), "clauseway_opened_notes_lost_total")).toBe(3);
    expect(lines).toEqual([expect.stringContaining('"notes":3')]);
  });

  it("leaves management calls out", async () => {
    const telemetry = makeTelemetry();
    const settled = settledCall(0n, 0n, {
      workload: "management",
      usage: NO_USAGE,
      charge: { kind: "free" },
      money: null,
      transactions: [],
    });
    telemetry.callFinished(finishedCall({ workload: "management", settled }));
    const page = await telemetry.renderText();
    expect(sumOf(page, "clauseway_billable_requests_total")).toBe(0);
    expect(sumOf(page, "clauseway_metered_requests_total")).toBe(0);
  });
});
