import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { picoUsd, ppm } from "../../../src/domain/units.ts";
import { chargeHost } from "../../../src/ledger/charge-host.ts";

const AZURE = { payer: "openai", payee: "microsoft", feePpm: ppm(300_000) };

function feeOf(list: bigint, feePpm: number): bigint {
  const { postings } = chargeHost("azure", picoUsd(list), { ...AZURE, feePpm: ppm(feePpm) });
  return postings[0]?.amount ?? -1n;
}

describe("the hosting fee", () => {
  it("is the payer's cost and the provider's owner's claim, in a transaction of its own", () => {
    expect(chargeHost("azure", picoUsd(1_000_000n), AZURE)).toEqual({
      kind: "host",
      postings: [
        { account: "hosting:openai:azure", party: "openai", amount: 300_000n, clause: "none" },
        { account: "fee:azure:microsoft", party: "microsoft", amount: -300_000n, clause: "none" },
      ],
    });
  });

  it("rounds to the nearest picodollar, halves to even", () => {
    expect(feeOf(1n, 500_000)).toBe(0n);
    expect(feeOf(3n, 500_000)).toBe(2n);
    expect(feeOf(5n, 500_000)).toBe(2n);
    expect(feeOf(7n, 500_000)).toBe(4n);
    expect(feeOf(10n, 49_999)).toBe(0n);
    expect(feeOf(10n, 50_001)).toBe(1n);
  });

  it("is within half a picodollar of exact, and balances", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 70n }), fc.nat({ max: 1_000_000 }), (list, share) => {
        const { postings } = chargeHost("aws", picoUsd(list), { ...AZURE, feePpm: ppm(share) });
        const error = 2n * ((postings[0]?.amount ?? 0n) * 1_000_000n - list * BigInt(share));
        expect(error >= -1_000_000n && error <= 1_000_000n).toBe(true);
        expect(postings.reduce((sum, { amount }) => sum + amount, 0n)).toBe(0n);
      }),
      { numRuns: 500 },
    );
  });
});
