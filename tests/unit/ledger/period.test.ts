import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LedgerInvariantError } from "../../../src/ledger/invariant.ts";
import { legsOn } from "../../../src/ledger/money-terms.ts";
import { bookedPeriod, isPeriod, nextPeriod, periodOf } from "../../../src/ledger/period.ts";
import { legsOfSplit, splitText } from "../../../src/ledger/split-text.ts";
import { ppm } from "../../../src/domain/units.ts";

describe("a period", () => {
  it("is the month of the contract date, leap days and year ends included", () => {
    expect(periodOf("2028-02-29")).toBe("2028-02");
    expect(nextPeriod("2026-12")).toBe("2027-01");
    expect(nextPeriod("2026-09")).toBe("2026-10");
  });

  it("is written with four and two digits", () => {
    expect(["2026-01", "2026-12"].every(isPeriod)).toBe(true);
    expect(["2026-13", "2026-00", "2026-1", "2026-01-01", "", "26-01"].some(isPeriod)).toBe(false);
  });

  it("books a late call in the first later month that is open", () => {
    const closed = new Set(["2026-11", "2026-12", "2027-02"]);
    const booked = (date: string): string => bookedPeriod(date, (period) => closed.has(period));
    expect(booked("2026-10-31")).toBe("2026-10");
    expect(booked("2026-11-01")).toBe("2027-01");
    expect(booked("2027-02-01")).toBe("2027-03");
  });

  it("never books in a closed month, nor before the call", () => {
    const months = fc.integer({ min: 1, max: 12 }).map((month) => `2026-${String(month).padStart(2, "0")}`);
    fc.assert(
      fc.property(fc.uniqueArray(months), months, (closed, month) => {
        const booked = bookedPeriod(`${month}-15`, (period) => closed.includes(period));
        expect(closed).not.toContain(booked);
        expect(booked >= month).toBe(true);
      }),
    );
  });
});

describe("dated terms", () => {
  const version = (from: string | null, share: number) => ({
    from,
    legs: [
      { clause: "C11", party: "microsoft", sharePpm: ppm(share) },
      { clause: "C11", party: "openai", sharePpm: ppm(1_000_000 - share) },
    ],
  });
  const terms = {
    clauses: ["C11"],
    versions: [version(null, 200_000), version("2028-01-01", 140_000), version("2031-01-01", 0)],
    caps: [],
  };

  it.each([
    ["2023-01-01", 200_000],
    ["2027-12-31", 200_000],
    ["2028-01-01", 140_000],
    ["2030-12-31", 140_000],
    ["2031-01-01", 0],
  ])("on %s give %d ppm", (date, share) => {
    expect(legsOn(terms, date)[0]?.sharePpm).toBe(share);
  });
});

describe("a split as text", () => {
  it("is the same for the same legs in any order, and reads back", () => {
    const legs = [
      { clause: "C11", party: "openai", sharePpm: ppm(700_000) },
      { clause: "C11", party: "microsoft", sharePpm: ppm(200_000) },
      { clause: "S2", party: "amazon", sharePpm: ppm(100_000) },
    ];
    const text = splitText(legs);
    expect(text).toBe("C11:microsoft=200000,C11:openai=700000,S2:amazon=100000");
    expect(splitText(legs.toReversed())).toBe(text);
    expect(splitText(legsOfSplit(text))).toBe(text);
    expect(() => legsOfSplit("microsoft 20 %")).toThrow(LedgerInvariantError);
  });
});
