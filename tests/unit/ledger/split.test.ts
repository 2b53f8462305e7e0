import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { picoUsd, ppm, WHOLE_PPM } from "../../../src/domain/units.ts";
import { LedgerInvariantError } from "../../../src/ledger/invariant.ts";
import { splitByLegs } from "../../../src/ledger/split.ts";

function split(total: bigint, shares: Readonly<Record<string, number>>): Readonly<Record<string, bigint>> {
  const legs = Object.entries(shares).map(([party, share]) => ({
    clause: "C11",
    party,
    sharePpm: ppm(share),
  }));
  return Object.fromEntries(
    splitByLegs(picoUsd(total), legs).map(({ leg, amount }) => [leg.party, amount as bigint]),
  );
}

/** Shares of two to six parties that sum to the whole, with some of zero. */
const shares = fc.array(fc.nat({ max: WHOLE_PPM }), { minLength: 1, maxLength: 5 }).map((cuts) => {
  const edges = [0, ...cuts.sort((a, b) => a - b), WHOLE_PPM];
  return edges.slice(1).map((edge, index) => edge - (edges[index] ?? 0));
});
const total = fc.bigInt({ min: 0n, max: 2n ** 70n });
const named = (parts: readonly number[], names: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(parts.map((part, index) => [names[index] ?? "", part]));
const NAMES = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"];

describe("splitting by share", () => {
  it("gives the picodollar left over to the largest remainder", () => {
    expect(split(1_000_001n, { openai: 800_000, microsoft: 200_000 })).toEqual({
      microsoft: 200_000n,
      openai: 800_001n,
    });
    expect(split(3n, { openai: 800_000, microsoft: 200_000 })).toEqual({ microsoft: 1n, openai: 2n });
    expect(split(0n, { openai: 800_000, microsoft: 200_000 })).toEqual({ microsoft: 0n, openai: 0n });
  });

  it("breaks a tie by the alphabet, whatever the order given", () => {
    expect(split(1n, { b: 500_000, a: 500_000 })).toEqual({ a: 1n, b: 0n });
    expect(split(2n, { c: 333_333, b: 333_333, a: 333_334 })).toEqual({ a: 1n, b: 1n, c: 0n });
  });

  it("refuses shares that are not the whole, and a negative amount", () => {
    expect(() => split(10n, { openai: 800_000, microsoft: 100_000 })).toThrow(LedgerInvariantError);
    expect(() => split(10n, {})).toThrow(LedgerInvariantError);
    expect(() => split(0n, { openai: 800_000, microsoft: 300_000 })).toThrow(LedgerInvariantError);
    expect(() => split(-1n, { openai: 1_000_000 })).toThrow(LedgerInvariantError);
  });

  it("loses nothing, and each part is within a picodollar of exact", () => {
    fc.assert(
      fc.property(total, shares, (amount, parts) => {
        const result = split(amount, named(parts, NAMES));
        expect(Object.values(result).reduce((sum, part) => sum + part, 0n)).toBe(amount);
        parts.forEach((part, index) => {
          const error = (result[NAMES[index] ?? ""] ?? 0n) * BigInt(WHOLE_PPM) - amount * BigInt(part);
          expect(error > -BigInt(WHOLE_PPM) && error < BigInt(WHOLE_PPM)).toBe(true);
          if (part === 0) expect(result[NAMES[index] ?? ""]).toBe(0n);
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it("names change an amount only where remainders tie", () => {
    fc.assert(
      fc.property(total, shares, fc.shuffledSubarray(NAMES, { minLength: 6 }), (amount, parts, names) => {
        const remainders = parts.map((part) => (amount * BigInt(part)) % BigInt(WHOLE_PPM));
        const before = split(amount, named(parts, NAMES));
        const after = split(amount, named(parts, names));
        parts.forEach((_, index) => {
          const tied = remainders.filter((remainder) => remainder === remainders[index]).length > 1;
          if (!tied) expect(after[names[index] ?? ""]).toBe(before[NAMES[index] ?? ""]);
        });
      }),
      { numRuns: 500 },
    );
  });

  it("drifts from the split of the sum by at most a picodollar a call", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        fc.integer({ min: 1, max: 200 }),
        shares,
        (amount, calls, parts) => {
          const each = split(amount, named(parts, NAMES));
          const whole = split(amount * BigInt(calls), named(parts, NAMES));
          for (const name of Object.keys(whole)) {
            const drift = (each[name] ?? 0n) * BigInt(calls) - (whole[name] ?? 0n);
            expect(drift >= -BigInt(calls) && drift <= BigInt(calls)).toBe(true);
          }
        },
      ),
    );
  });

  it("keeps the legs of one party under two clauses apart, in the order of their ids", () => {
    const half = ppm(WHOLE_PPM / 2);
    const legs = [
      { clause: "C9", party: "openai", sharePpm: half },
      { clause: "C11", party: "openai", sharePpm: half },
    ];
    expect(splitByLegs(picoUsd(5n), legs).map(({ leg, amount }) => [leg.clause, amount])).toEqual([
      ["C11", 3n],
      ["C9", 2n],
    ]);
  });
});
