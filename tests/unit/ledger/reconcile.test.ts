import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatReconciliation } from "../../../src/cli/text/reconciliation.ts";
import type { SettledCall } from "../../../src/domain/ledger.ts";
import { picoUsd } from "../../../src/domain/units.ts";
import { NO_USAGE } from "../../../src/domain/usage.ts";
import type { PriceOf } from "../../../src/ledger/reconcile/compare-call.ts";
import type { MeterRow } from "../../../src/ledger/reconcile/meter-row.ts";
import { reconCallOf } from "../../../src/ledger/reconcile/recon-call.ts";
import { reconcile, type AllowedFor, type Reconciliation } from "../../../src/ledger/reconcile/reconcile.ts";
import { book } from "../../support/month-book.ts";
import { chargeOf, settledCall } from "../../support/settled-call.ts";

/** Three picodollars for a token in, seven for one out; a model without a name has no price. */
const priceOf: PriceOf = (row, call) => {
  if (row.model === "nameless") return null;
  const used = { in: row.inputTokens ?? 0, out: row.outputTokens ?? 0, trained: row.trainedTokens ?? 0 };
  if (call === null && row.model === null) return null;
  return picoUsd(BigInt(used.in * 3 + used.out * 7 + used.trained * 2));
};

const anywhere: AllowedFor = () => ["azure", "aws", "stargate"];

describe("a reconciliation", () => {
  it("matches a call that the ledger and the meter tell alike", () => {
    expect(compare([used("a", 10, 5)], [rowOf("a", 10, 5)])).toMatchObject({
      calls: 1,
      matched: 1,
      breaks: [],
      ledgerPicoUsd: 65n,
      meterPicoUsd: 65n,
      breaksPicoUsd: 0n,
      violations: [],
    });
  });

  it.each([
    ["missing_at_provider", [used("a", 10, 5)], [], -65n],
    ["missing_in_ledger", [], [rowOf("a", 10, 5)], 65n],
    ["missing_in_ledger", [], [rowOf(null, 10, 5)], 65n],
    ["quantity", [used("a", 10, 5)], [rowOf("a", 10, 6)], 7n],
    ["duplicate", [used("a", 10, 5)], [rowOf("a", 10, 5), rowOf("a", 10, 5)], 65n],
    ["provider", [used("a", 10, 5)], [rowOf("a", 10, 5, { provider: "aws" })], 0n],
    ["price", [used("a", 10, 5, 60n)], [rowOf("a", 10, 5)], 5n],
  ] as const)("tells %s, with what it amounts to", (status, calls, rows, amount) => {
    const result = compare(calls, rows);
    expect(result.breaks.map((each) => [each.status, each.amountPicoUsd])).toEqual([[status, amount]]);
    expect(result.byStatus.get(status)).toEqual({ count: 1, amountPicoUsd: amount, withoutPrice: 0 });
    expect(result.meterPicoUsd - result.ledgerPicoUsd).toBe(amount);
  });

  it("tells a use without a price in tokens, and leaves its call out of the totals", () => {
    const result = compare([used("a", 10, 5)], [rowOf("a", 11, 5, { model: "nameless" })]);
    expect(result.breaks).toMatchObject([
      { status: "quantity", amountPicoUsd: null, meterTokens: { inputTokens: 11, outputTokens: 5 } },
    ]);
    expect(result).toMatchObject({ ledgerPicoUsd: 0n, meterPicoUsd: 0n, notComparablePicoUsd: 65n });
    expect(result.byStatus.get("quantity")).toMatchObject({ count: 1, withoutPrice: 1 });
  });

  it("finds the twin of the call among rows that differ, so that what differs is the duplicate", () => {
    const rows = [rowOf("a", 99, 9), rowOf("a", 10, 5, { provider: "aws" }), rowOf("a", 10, 5)];
    expect(compare([used("a", 10, 5)], rows).breaks.map((each) => [each.status, each.amountPicoUsd])).toEqual(
      [
        ["duplicate", 65n],
        ["duplicate", 360n],
      ],
    );
  });

  it("compares a call without a price in the ledger with what the meter counted", () => {
    const unpriced = settledCall("a", {
      charge: { kind: "unpriced", reason: "usage unknown" },
      usage: NO_USAGE,
    });
    expect(compare([unpriced], [rowOf("a", 10, 5)]).breaks).toMatchObject([
      { status: "quantity", amountPicoUsd: 65n },
    ]);
    expect(compare([unpriced], []).breaks).toMatchObject([
      { status: "missing_at_provider", amountPicoUsd: 0n, note: "without a price in the ledger too" },
    ]);
  });

  it("takes failed attempts, hand-overs and asking after jobs for what they are", () => {
    const rows = [
      rowOf("a", null, null, { status: 429 }),
      rowOf("a", 10, 5),
      rowOf("a-handover", null, null, { operation: "responses.retrieve" }),
      rowOf(null, null, null, { operation: "files.retrieve" }),
    ];
    expect(compare([used("a", 10, 5)], rows)).toMatchObject({ matched: 1, breaks: [], otherRows: 2 });
  });

  it("expects no count of a call that was never sent", () => {
    const unsent = settledCall("a", {
      charge: { kind: "free" },
      usage: NO_USAGE,
      attempts: 0,
      outcome: "upstream_error",
    });
    expect(compare([unsent], [])).toMatchObject({ matched: 1, breaks: [] });
  });

  it("joins a job by its own id, the lines of a batch as one use", () => {
    const started = settledCall("a", {
      operation: "batches.create",
      charge: { kind: "free" },
      usage: NO_USAGE,
      pendingJob: { id: "batch_1", kind: "batch", money: { clauses: ["C11"], versions: [], caps: [] } },
    });
    const ended = { ...used("a", 30, 15), phase: "completion" as const };
    const rows = [
      rowOf("a", null, null, { operation: "batches.create" }),
      rowOf("batch_1", 10, 5, { operation: "batches.line" }),
      rowOf("batch_1", 20, 10, { operation: "batches.line" }),
      rowOf("batch_1", null, null, { operation: "batches.line", status: 400 }),
      rowOf("batch_1", null, null, { operation: "batches.completed" }),
    ];
    expect(compare([started, ended], rows)).toMatchObject({
      calls: 2,
      matched: 2,
      breaks: [],
      meterPicoUsd: 195n,
    });
    expect(compare([started], rows).breaks).toMatchObject([
      { status: "missing_in_ledger", note: "a job that is not settled yet", amountPicoUsd: 65n },
      { status: "missing_in_ledger", note: "a job that is not settled yet", amountPicoUsd: 130n },
    ]);
  });

  it("prices the lines of a batch as the requests that they are, not as one of their sum", () => {
    const started = settledCall("a", {
      operation: "batches.create",
      charge: { kind: "free" },
      usage: NO_USAGE,
      pendingJob: { id: "batch_1", kind: "batch", money: { clauses: ["C11"], versions: [], caps: [] } },
    });
    const ended = { ...used("a", 30, 15), phase: "completion" as const };
    const rows = [10, 20].map((tokens) =>
      rowOf("batch_1", tokens, tokens / 2, { operation: "batches.line" }),
    );
    const asked: MeterRow[] = [];
    const asking: PriceOf = (row, call) => {
      asked.push(row);
      return priceOf(row, call);
    };
    const calls = book([started, ended]).map(reconCallOf);
    reconcile({ calls, rows, period: null, priceOf: asking, allowedFor: anywhere });
    expect(asked).toMatchObject([{ inputTokens: 30, outputTokens: 15, pieces: rows }]);
  });

  it("compares only the calls of a month when asked for one, and takes no other call for a stranger", () => {
    const calls = [used("feb", 1, 1), used("mar", 2, 2)].map((call, index) => ({
      ...call,
      effectiveAt: index === 0 ? "2026-02-01" : "2026-03-01",
    }));
    const result = compare(calls, [rowOf("feb", 9, 9), rowOf("mar", 2, 2)], { period: "2026-03" });
    expect(result).toMatchObject({ calls: 1, matched: 1, breaks: [], ledgerPicoUsd: 20n, meterPicoUsd: 20n });
  });

  it("leaves rows that no call names out of every month and counts them, so that months do not tell of them twice", () => {
    const calls = [used("feb", 1, 1), used("mar", 2, 2)].map((call, index) => ({
      ...call,
      effectiveAt: index === 0 ? "2026-02-01" : "2026-03-01",
    }));
    const rows = [rowOf("feb", 1, 2), rowOf("mar", 2, 2), rowOf("stranger", 10, 5), rowOf(null, 1, 1)];
    const whole = compare(calls, rows);
    expect(whole.breaks).toHaveLength(3);
    expect(whole.ofNoMonth).toBe(0);
    const months = ["2026-02", "2026-03"].map((period) => compare(calls, rows, { period }));
    expect(months.map(({ breaks }) => breaks.map(({ status }) => status))).toEqual([["quantity"], []]);
    for (const month of months) {
      expect(month.ofNoMonth).toBe(2);
      expect(month.meterPicoUsd - month.ledgerPicoUsd).toBe(month.breaksPicoUsd);
      expect(formatReconciliation(month, "2026-03")).toContain(
        "left out: 2 rows of the meters that no call of any month names",
      );
    }
    expect(formatReconciliation(whole, null)).not.toContain("left out:");
  });
});

describe("a call that was served where its decision did not allow", () => {
  const onlyAzure: AllowedFor = () => ["azure"];

  it("is told by the word of the ledger", () => {
    const call = { ...used("a", 10, 5), provider: "aws" };
    const { violations } = compare([call], [rowOf("a", 10, 5, { provider: "aws" })], {
      allowedFor: onlyAzure,
    });
    expect(violations).toMatchObject([
      { requestId: "a", provider: "aws", by: "ledger", allowed: ["azure"] },
      { requestId: "a", provider: "aws", by: "meter" },
    ]);
  });

  it("is told by the word of the meter, whatever the ledger says", () => {
    const { violations, breaks } = compare([used("a", 10, 5)], [rowOf("a", 10, 5, { provider: "aws" })], {
      allowedFor: onlyAzure,
    });
    expect(violations).toMatchObject([{ requestId: "a", seq: 1n, provider: "aws", by: "meter" }]);
    expect(breaks).toMatchObject([{ status: "provider" }]);
  });

  it("is told of an attempt that failed there, and of a duplicate there", () => {
    const failed = rowOf("a", null, null, { provider: "aws", status: 500 });
    const twice = rowOf("a", 10, 5, { provider: "stargate" });
    const { violations } = compare([used("a", 10, 5)], [rowOf("a", 10, 5), failed, twice], {
      allowedFor: onlyAzure,
    });
    expect(violations.map(({ provider }) => provider)).toEqual(["aws", "stargate"]);
  });

  it("cannot be told where the policy is not known, which is counted", () => {
    const { violations, notVerifiable } = compare([used("a", 1, 1), used("b", 1, 1)], [], {
      allowedFor: ({ digest }) => `no policy here has digest ${digest.slice(0, 4)}`,
    });
    expect(violations).toEqual([]);
    expect(notVerifiable).toEqual([{ reason: "no policy here has digest dddd", calls: 2 }]);
  });
});

describe("what was done to any meter", () => {
  const harm = fc.constantFrom("none", "none", "lost", "twice", "more", "elsewhere", "unpriceable");
  const one = fc.record({
    input: fc.integer({ min: 1, max: 9_999 }),
    output: fc.integer({ min: 0, max: 9_999 }),
    skew: fc.integer({ min: 1, max: 99 }),
    harm,
  });
  const stranger = fc.record({ input: fc.integer({ min: 1, max: 999 }), output: fc.nat({ max: 999 }) });

  it("is found with its amount, and the breaks sum to the difference of the totals", () => {
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 30 }),
        fc.array(stranger, { maxLength: 5 }),
        fc.boolean(),
        (calls, strangers, backwards) => {
          const settled = calls.map(({ input, output }, index) => used(`call-${index}`, input, output));
          const expected = new Map<string, number>();
          let difference = 0n;
          const expectBreak = (status: string, amount: number): void => {
            expected.set(status, (expected.get(status) ?? 0) + 1);
            difference += BigInt(amount);
          };
          const rows = calls.flatMap(({ input, output, skew, harm: what }, index): MeterRow[] => {
            const row = rowOf(`call-${index}`, input, output);
            const cost = input * 3 + output * 7;
            switch (what) {
              case "lost":
                expectBreak("missing_at_provider", -cost);
                return [];
              case "twice":
                expectBreak("duplicate", cost);
                return [row, row];
              case "more":
                expectBreak("quantity", skew * 3);
                return [{ ...row, inputTokens: input + skew }];
              case "elsewhere":
                expectBreak("provider", 0);
                return [{ ...row, provider: "aws" }];
              case "unpriceable":
                expectBreak("price", 0);
                return [{ ...row, model: "nameless" }];
              default:
                return [row];
            }
          });
          for (const { input, output } of strangers) {
            expectBreak("missing_in_ledger", input * 3 + output * 7);
            rows.push(rowOf("stranger", input, output));
          }
          const result = compare(settled, backwards ? rows.toReversed() : rows);
          expect(result.meterPicoUsd - result.ledgerPicoUsd).toBe(difference);
          expect(result.breaksPicoUsd).toBe(difference);
          expect(new Map([...result.byStatus].map(([status, { count }]) => [status, count]))).toEqual(
            expected,
          );
          expect(result.matched).toBe(calls.filter((each) => each.harm === "none").length);
        },
      ),
    );
  });
});

/** A call that used tokens and was charged by the prices of `priceOf`, unless told otherwise. */
function used(requestId: string, inputTokens: number, outputTokens: number, charged?: bigint): SettledCall {
  return settledCall(requestId, {
    usage: { ...NO_USAGE, inputTokens, outputTokens, source: "reported" },
    charge: chargeOf(charged ?? BigInt(inputTokens * 3 + outputTokens * 7)),
  });
}

function rowOf(
  requestId: string | null,
  inputTokens: number | null,
  outputTokens: number | null,
  changes: Partial<MeterRow> = {},
): MeterRow {
  return {
    provider: "azure",
    requestId,
    region: "eastus2",
    operation: "chat.completions.create",
    model: "gpt-5.4",
    status: 200,
    inputTokens,
    cachedInputTokens: null,
    outputTokens,
    trainedTokens: null,
    ...changes,
  };
}

function compare(
  calls: readonly SettledCall[],
  rows: readonly MeterRow[],
  { period = null, allowedFor = anywhere }: { period?: string | null; allowedFor?: AllowedFor } = {},
): Reconciliation {
  return reconcile({ calls: book(calls).map(reconCallOf), rows, period, priceOf, allowedFor });
}
