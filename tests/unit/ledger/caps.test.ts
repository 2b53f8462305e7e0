import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ShareCap } from "../../../src/domain/money.ts";
import { picoUsd, ppm } from "../../../src/domain/units.ts";
import { accrue } from "../../../src/ledger/accrue.ts";
import { applyCaps, type CapKey } from "../../../src/ledger/caps.ts";

const LEGS = [
  { clause: "C11", party: "microsoft", sharePpm: ppm(200_000) },
  { clause: "C11", party: "openai", sharePpm: ppm(800_000) },
];

function callOf(total: bigint, caps: readonly ShareCap[], legs = LEGS) {
  const seller = "openai";
  const partner = "amazon";
  const transactions = [accrue({ totalPicoUsd: picoUsd(total), legs, seller, partner })];
  return { seller, partner, caps, transactions };
}

const cap = (limit: bigint, scope: ShareCap["scope"] = "lifetime"): ShareCap => ({
  clause: "C11",
  scope,
  limitPicoUsd: `${limit}`,
});
const nothing = (): ReturnType<typeof picoUsd> => picoUsd(0n);

function creditsOf(transactions: ReturnType<typeof applyCaps>["transactions"]): readonly unknown[] {
  return transactions.flatMap(({ postings }) => postings.map(({ account, amount }) => [account, amount]));
}

describe("a cap", () => {
  it.each([
    [200n, 200n, 800n, false],
    [201n, 200n, 800n, false],
    [199n, 199n, 801n, true],
    [0n, 0n, 1_000n, true],
  ])("of %d lets %d of 200 through, the seller keeps %d", (limit, given, kept, cut) => {
    const capped = applyCaps(callOf(1_000n, [cap(limit)]), "2026-05", nothing);
    expect(creditsOf(capped.transactions)).toEqual([
      ["recv:openai:amazon", 1_000n],
      ["share:C11:microsoft", -given],
      ["retained:openai:amazon", -kept],
    ]);
    expect(capped.cut).toBe(cut);
    expect(capped.uses).toEqual([
      { clause: "C11", span: "lifetime", limitPicoUsd: limit, beforePicoUsd: 0n, grantedPicoUsd: given },
    ]);
  });

  it("counts what was given before, for ever or in the month", () => {
    const asked: CapKey[] = [];
    const granted = (key: CapKey): ReturnType<typeof picoUsd> => {
      asked.push(key);
      return picoUsd(key.span === "lifetime" ? 950n : 10n);
    };
    const capped = applyCaps(callOf(1_000n, [cap(1_000n), cap(100n, "period")]), "2026-05", granted);
    expect(asked).toEqual([
      { clause: "C11", span: "lifetime" },
      { clause: "C11", span: "2026-05" },
    ]);
    // 50 are left for ever, 90 of the month: the tighter one counts, and both are told what was given.
    expect(capped.uses.map(({ grantedPicoUsd }) => grantedPicoUsd)).toEqual([50n, 50n]);
    expect(creditsOf(capped.transactions)).toContainEqual(["retained:openai:amazon", -950n]);
  });

  it("leaves a clause that it does not name alone", () => {
    const capped = applyCaps(callOf(1_000n, [{ ...cap(0n), clause: "C12" }]), "2026-05", nothing);
    expect(capped).toMatchObject({ cut: false, uses: [] });
  });

  it("gives the seller a leg of its own where the clause gave everything away", () => {
    const legs = [{ clause: "C11", party: "microsoft", sharePpm: ppm(1_000_000) }];
    const capped = applyCaps(callOf(10n, [cap(4n)], legs), "2026-05", nothing);
    expect(creditsOf(capped.transactions)).toEqual([
      ["recv:openai:amazon", 10n],
      ["share:C11:microsoft", -4n],
      ["retained:openai:amazon", -6n],
    ]);
  });

  it("is never exceeded, whatever comes, and every call stays balanced", () => {
    const calls = fc.array(fc.bigInt({ min: 1n, max: 10n ** 15n }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(calls, fc.bigInt({ min: 0n, max: 10n ** 15n }), (totals, limit) => {
        let given = 0n;
        let asked = 0n;
        for (const total of totals) {
          const call = callOf(total, [cap(limit)]);
          asked += -(call.transactions[0]?.postings[1]?.amount ?? 0n);
          const capped = applyCaps(call, "2026-05", () => picoUsd(given));
          given += capped.uses[0]?.grantedPicoUsd ?? 0n;
          const sum = capped.transactions.flatMap(({ postings }) => postings);
          expect(sum.reduce((all, { amount }) => all + amount, 0n)).toBe(0n);
        }
        expect(given).toBe(asked < limit ? asked : limit);
      }),
    );
  });
});
