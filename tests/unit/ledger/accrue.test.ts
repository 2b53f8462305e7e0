import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { picoUsd, ppm } from "../../../src/domain/units.ts";
import { accrue } from "../../../src/ledger/accrue.ts";
import { assertBalanced, assertSettled, LedgerInvariantError } from "../../../src/ledger/invariant.ts";
import { chargeOf, settledCall } from "../../support/settled-call.ts";

const TERMS = {
  requestId: "req-1",
  sharePpm: { microsoft: ppm(200_000), openai: ppm(800_000) },
  moneyClauses: ["C11", "C1"],
  seller: "openai",
  partner: "amazon",
};

describe("accruing a call", () => {
  it("debits what the customer owes and credits each party's part", () => {
    expect(accrue({ ...TERMS, charge: chargeOf(1_000_001n) })).toEqual({
      kind: "accrue",
      postings: [
        { account: "recv:openai:amazon", party: "customer", amount: 1_000_001n, clause: "none" },
        { account: "share:C11:microsoft", party: "microsoft", amount: -200_000n, clause: "C11" },
        { account: "retained:openai:amazon", party: "openai", amount: -800_001n, clause: "none" },
      ],
    });
  });

  it("keeps a leg of zero where a clause applied, and leaves out a party without a share", () => {
    const sharePpm = { ...TERMS.sharePpm, amazon: ppm(0) };
    const postings = accrue({ ...TERMS, sharePpm, charge: chargeOf(1n) })?.postings;
    expect(postings?.map(({ account, amount }) => [account, amount])).toEqual([
      ["recv:openai:amazon", 1n],
      ["share:C11:microsoft", 0n],
      ["retained:openai:amazon", -1n],
    ]);
  });

  it("moves no money for a call that is free, unpriced or of zero", () => {
    expect(accrue({ ...TERMS, charge: { kind: "free" } })).toBeNull();
    expect(accrue({ ...TERMS, charge: { kind: "unpriced", reason: "usage unknown" } })).toBeNull();
    expect(
      accrue({ ...TERMS, charge: { ...chargeOf(0n), lines: [] } as ReturnType<typeof chargeOf> }),
    ).toBeNull();
  });

  it("fails loudly on terms that do not give the whole away", () => {
    expect(() => accrue({ ...TERMS, sharePpm: {}, charge: chargeOf(5n) })).toThrow(LedgerInvariantError);
  });

  it("always balances, debits being the charge", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), fc.nat({ max: 1_000_000 }), (total, share) => {
        const sharePpm = { microsoft: ppm(share), openai: ppm(1_000_000 - share) };
        const transaction = accrue({ ...TERMS, sharePpm, charge: chargeOf(total) });
        const amounts = transaction?.postings.map(({ amount }) => amount as bigint) ?? [];
        expect(amounts.reduce((sum, amount) => sum + amount, 0n)).toBe(0n);
        expect(amounts.filter((amount) => amount > 0n)).toEqual([total]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the check at commit", () => {
  it("accepts a call whose money adds up", () => {
    expect(() => assertSettled(settledCall("a"))).not.toThrow();
    expect(() => assertSettled(settledCall("a", { charge: { kind: "free" } }))).not.toThrow();
  });

  it("refuses an unbalanced transaction", () => {
    const postings = [
      { account: "recv:openai:amazon", party: "customer", amount: picoUsd(1n), clause: "none" },
    ];
    expect(() => assertBalanced({ kind: "accrue", postings })).toThrow("off balance by `1`");
  });

  it("refuses a line that is not quantity x price, and lines that are not the total", () => {
    const call = settledCall("a");
    if (call.charge.kind !== "rated") throw new Error("the usual call is rated");
    const [line] = call.charge.lines;
    if (!line) throw new Error("the usual call has a line");
    const wrongLine = { ...call.charge, lines: [{ ...line, quantity: 2n }] };
    expect(() => assertSettled({ ...call, charge: wrongLine })).toThrow("not quantity x price");
    expect(() =>
      assertSettled({ ...call, charge: { ...call.charge, lines: [line, line] } as typeof call.charge }),
    ).toThrow("do not sum to its charge");
  });

  it("refuses postings of a call that was not charged", () => {
    const { transaction } = settledCall("a");
    const free = settledCall("a", { charge: { kind: "free" } });
    expect(() => assertSettled({ ...free, transaction })).toThrow(LedgerInvariantError);
  });
});
