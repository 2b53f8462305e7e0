import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { picoUsd, ppm } from "../../../src/domain/units.ts";
import { NO_USAGE } from "../../../src/domain/usage.ts";
import { formatStatementJson, formatStatementText } from "../../../src/cli/text/statement.ts";
import { buildStatement } from "../../../src/ledger/statement.ts";
import { moneyTotalsOf, totalsOf } from "../../../src/ledger/totals.ts";
import { summaryOf } from "../../support/booked-calls.ts";
import { chargeOf, settledCall } from "../../support/settled-call.ts";

const CALLS = [
  settledCall("a"),
  settledCall("b", { partner: "direct", effectiveAt: "2026-04-01", charge: chargeOf(2_500_000_000_000n) }),
  settledCall("c", { charge: { kind: "unpriced", reason: "usage unknown" }, usage: NO_USAGE }),
  settledCall("d", { charge: { kind: "free" }, usage: { ...NO_USAGE, source: "estimated" } }),
];

describe("a statement", () => {
  it("says what each party earned, by partner and by clause", () => {
    const statement = buildStatement(summaryOf(CALLS));
    expect(statement.period).toEqual({ from: "2026-03-31", to: "2026-04-01" });
    expect(statement.partners.map(({ partner, calls, parts }) => [partner, calls, parts])).toEqual([
      [
        "amazon",
        3,
        [
          { party: "microsoft", amountPicoUsd: 200_000n },
          { party: "openai", amountPicoUsd: 800_001n },
        ],
      ],
      [
        "direct",
        1,
        [
          { party: "microsoft", amountPicoUsd: 500_000_000_000n },
          { party: "openai", amountPicoUsd: 2_000_000_000_000n },
        ],
      ],
    ]);
    expect(statement.clauses).toEqual([
      { clause: "C11", party: "microsoft", basePicoUsd: 2_500_001_000_001n, amountPicoUsd: 500_000_200_000n },
    ]);
    expect(statement.total).toMatchObject({
      calls: 4,
      unpriced: 1,
      estimated: 1,
      grossPicoUsd: 2_500_001_000_001n,
    });
    expect(statement.proof).toEqual({
      grossPicoUsd: 2_500_001_000_001n,
      partsPicoUsd: 2_500_001_000_001n,
      balancePicoUsd: 0n,
      holds: true,
    });
  });

  it("counts a call in a clause's base also when its share comes to nothing", () => {
    const { clauses } = buildStatement(summaryOf([settledCall("tiny", { charge: chargeOf(1n) })]));
    expect(clauses).toEqual([{ clause: "C11", party: "microsoft", basePicoUsd: 1n, amountPicoUsd: 0n }]);
  });

  it("reads as text that names its caveats and its proof", () => {
    const text = formatStatementText(buildStatement(summaryOf(CALLS)));
    expect(text).toContain("simulated; shares as reported");
    expect(text).toContain("contract period 2026-03-31 to 2026-04-01");
    expect(text).toMatch(/^direct \(sold by openai\) +1 +12 +34 +0 +2\.500000000000$/m);
    expect(text).toMatch(/^ {2}of which microsoft +0\.500000200000$/m);
    expect(text).toContain("clause C11 gives microsoft 0.500000200000 USD of 2.500001000001 USD");
    expect(text).toContain("1 call unpriced, 1 estimated, 0 at an assumed price");
    expect(text).toContain("unpriced: usage unknown (1 call)");
    expect(text).toContain("proof: by the running sums the parties' parts sum to gross to the picodollar");
  });

  it("reads as JSON with exact amounts as text", () => {
    const json: unknown = JSON.parse(formatStatementJson(buildStatement(summaryOf(CALLS))));
    expect(json).toMatchObject({
      note: "simulated; shares as reported",
      total: { grossPicoUsd: "2500001000001", calls: 4 },
      proof: { holds: true },
    });
  });

  it("of an empty ledger says so", () => {
    const statement = buildStatement(summaryOf([]));
    expect(statement.period).toBeNull();
    expect(statement.proof.holds).toBe(true);
    expect(formatStatementText(statement)).toContain("no calls settled yet");
  });

  it("does not hide a ledger that does not add up", () => {
    const summary = summaryOf(CALLS);
    const short = summary.parts.map((part) =>
      part.party === "microsoft" ? { ...part, amountPicoUsd: picoUsd(part.amountPicoUsd - 1n) } : part,
    );
    const broken = buildStatement({ ...summary, parts: short });
    expect(broken.proof.holds).toBe(false);
    expect(formatStatementText(broken)).toContain("PROOF FAILED");
    expect(buildStatement({ ...summary, balancePicoUsd: picoUsd(1n) }).proof.holds).toBe(false);

    // One partner a picodollar short, another one over: the total alone would not tell.
    const shifted = summary.parts.map((part) =>
      part.party === "openai"
        ? { ...part, amountPicoUsd: picoUsd(part.amountPicoUsd + (part.partner === "amazon" ? 1n : -1n)) }
        : part,
    );
    const crossed = buildStatement({ ...summary, parts: shifted });
    expect(crossed.proof.partsPicoUsd).toBe(crossed.proof.grossPicoUsd);
    expect(crossed.proof.holds).toBe(false);
  });
});

describe("folds of calls", () => {
  const call = fc
    .record({
      id: fc.uuid(),
      partner: fc.constantFrom("amazon", "direct"),
      provider: fc.constantFrom("azure", "aws"),
      agreement: fc.constantFrom("2026-02-27", "2026-04-27"),
      total: fc.bigInt({ min: 0n, max: 2n ** 62n }),
      share: fc.nat({ max: 1_000_000 }),
      free: fc.boolean(),
    })
    .map(({ id, total, share, free, ...fields }) =>
      settledCall(id, {
        ...fields,
        charge: free || total === 0n ? { kind: "free" } : chargeOf(total),
        legs: [
          { clause: "C11", party: "microsoft", sharePpm: ppm(share) },
          { clause: "C11", party: "openai", sharePpm: ppm(1_000_000 - share) },
        ],
      }),
    );

  it("prove themselves, and equal the sum of the calls", () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 30 }), (calls) => {
        const summary = summaryOf(calls);
        const gross = calls.reduce(
          (sum, { charge }) => sum + (charge.kind === "rated" ? charge.totalPicoUsd : 0n),
          0n,
        );
        expect(buildStatement(summary).proof).toMatchObject({ holds: true, grossPicoUsd: gross });
        expect(totalsOf(summary).grossPicoUsd).toBe(gross);
      }),
    );
  });

  it("give counters what one agreement holds, and nothing of another", () => {
    const other = settledCall("z", { agreement: "2026-04-27", charge: chargeOf(77n) });
    const totals = moneyTotalsOf(summaryOf([...CALLS, other]), "2026-02-27");
    expect(sumOf(totals.revenue)).toBe(2_500_001_000_001n);
    expect(sumOf(totals.eligible)).toBe(2_500_001_000_001n);
    expect(
      totals.shares.every(({ clause, beneficiary }) => clause === "C11" && beneficiary === "microsoft"),
    ).toBe(true);
    expect(sumOf(totals.shares)).toBe(500_000_200_000n);
  });
});

function sumOf(rows: readonly { readonly picoUsd: bigint }[]): bigint {
  return rows.reduce((sum, row) => sum + row.picoUsd, 0n);
}
