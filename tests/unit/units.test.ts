import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatUsdExact, parseUsd, ppm } from "../../src/domain/units.ts";

test("an amount is written with all twelve decimals, also below zero", () => {
  expect(formatUsdExact(2_500_000_000n)).toBe("0.002500000000");
  expect(formatUsdExact(-1n)).toBe("-0.000000000001");
  expect(formatUsdExact(38_000_000_000n * 10n ** 12n)).toBe("38000000000.000000000000");
});

test("a share that is not an integer from 0 to 1000000 is refused", () => {
  for (const bad of [-1, 0.2, 1_000_001, Number.NaN]) expect(() => ppm(bad)).toThrow(RangeError);
});

test("dollars are read as they are written, to the last of twelve decimals", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), (amount) => {
      expect(parseUsd(formatUsdExact(amount))).toBe(amount);
    }),
  );
  expect(parseUsd("38000000000")).toBe(38_000_000_000n * 10n ** 12n);
  expect(parseUsd("0.5")).toBe(500_000_000_000n);
});

test.each([
  "",
  " 1",
  "1 ",
  "1e9",
  "1E9",
  "-1",
  "+1",
  ".5",
  "5.",
  "01",
  "0x10",
  "1_000",
  "1,000",
  "NaN",
  "Infinity",
  "0.0000000000001",
  "１",
])("`%s` is no amount of dollars", (text) => {
  expect(() => parseUsd(text)).toThrow(RangeError);
});
