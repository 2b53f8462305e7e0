import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SettledCall } from "../../../src/domain/ledger.ts";
import type { ShareLeg } from "../../../src/domain/money.ts";
import { picoUsd, ppm } from "../../../src/domain/units.ts";
import { NO_USAGE } from "../../../src/domain/usage.ts";
import { accrue } from "../../../src/ledger/accrue.ts";
import { assertBalanced, assertSettled, LedgerInvariantError } from "../../../src/ledger/invariant.ts";
import { chargeOf, settledCall } from "../../support/settled-call.ts";

const TERMS = { seller: "openai", partner: "amazon" };

function legs(shares: Readonly<Record<string, number>>): readonly ShareLeg[] {
  return Object.entries(shares).map(([party, share]) => ({ clause: "C11", party, sharePpm: ppm(share) }));
}

const USUAL = legs({ openai: 800_000, microsoft: 200_000 });

describe("accruing a call", () => {
  it("debits what the customer owes and credits each party's part", () => {
    expect(accrue({ ...TERMS, totalPicoUsd: picoUsd(1_000_001n), legs: USUAL })).toEqual({
      kind: "accrue",
      postings: [
        { account: "recv:openai:amazon", party: "customer", amount: 1_000_001n, clause: "none" },
        { account: "share:C11:microsoft", party: "microsoft", amount: -200_000n, clause: "C11" },
        { account: "retained:openai:amazon", party: "openai", amount: -800_001n, clause: "none" },
      ],
    });
  });

  it("keeps a leg of zero where a clause applied, and leaves out a party without a share", () => {
    const shares = legs({ openai: 800_000, microsoft: 200_000, amazon: 0 });
    const { postings } = accrue({ ...TERMS, totalPicoUsd: picoUsd(1n), legs: shares });
    expect(postings.map(({ account, amount }) => [account, amount])).toEqual([
      ["recv:openai:amazon", 1n],
      ["share:C11:microsoft", 0n],
      ["retained:openai:amazon", -1n],
    ]);
  });

  it("retains what clauses leave to the seller, whoever that is", () => {
    const resale = legs({ microsoft: 800_000, openai: 200_000 });
    const { postings } = accrue({
      totalPicoUsd: picoUsd(10n),
      legs: resale,
      seller: "microsoft",
      partner: "azure-direct",
    });
    expect(postings.map(({ account, amount }) => [account, amount])).toEqual([
      ["recv:microsoft:azure-direct", 10n],
      ["retained:microsoft:azure-direct", -8n],
      ["share:C11:openai", -2n],
    ]);
  });

  it("fails loudly on terms that do not give the whole away", () => {
    expect(() => accrue({ ...TERMS, totalPicoUsd: picoUsd(5n), legs: [] })).toThrow(LedgerInvariantError);
  });

  it("always balances, debits being the charge", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), fc.nat({ max: 1_000_000 }), (total, share) => {
        const shares = legs({ microsoft: share, openai: 1_000_000 - share });
        const transaction = accrue({ ...TERMS, totalPicoUsd: picoUsd(total), legs: shares });
        const amounts = transaction.postings.map(({ amount }) => amount as bigint);
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

  it("refuses lines of a divided batch that are not its tokens, whatever they cost", () => {
    const of = (outputTokens: number, cachedInputTokens: number | null = null): SettledCall => {
      const price = picoUsd(5n);
      const units = ["input", "cached_input:long", "output", "output:long"] as const;
      const lines = units.map((unit) => {
        return { unit, quantity: 2n, unitPricePicoUsd: price, amountPicoUsd: picoUsd(10n) };
      });
      const charge = { ...chargeOf(40n), lines } as SettledCall["charge"];
      return settledCall("a", {
        charge,
        usage: { ...NO_USAGE, source: "reported", inputTokens: 4, cachedInputTokens, outputTokens },
      });
    };
    expect(() => assertSettled(of(4, 2))).not.toThrow();
    for (const call of [of(3, 2), of(4, 1), of(4)]) {
      expect(() => assertSettled(call)).toThrow("do not sum to its tokens");
    }
  });

  it("refuses postings of a call that was not charged", () => {
    const { transactions } = settledCall("a");
    const free = settledCall("a", { charge: { kind: "free" } });
    expect(() => assertSettled({ ...free, transactions })).toThrow(LedgerInvariantError);
    expect(() => assertSettled({ ...free, transactions: transactions.slice(1) })).toThrow(
      LedgerInvariantError,
    );
  });

  it("refuses two transactions of a kind", () => {
    const call = settledCall("a");
    const transactions = [...call.transactions, ...call.transactions.slice(1)];
    expect(() => assertSettled({ ...call, transactions })).toThrow("two transactions of one kind");
  });
});
