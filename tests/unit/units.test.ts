import { expect, test } from "vitest";
import { formatUsdExact, ppm } from "../../src/domain/units.ts";

test("an amount is written with all twelve decimals, also below zero", () => {
  expect(formatUsdExact(2_500_000_000n)).toBe("0.002500000000");
  expect(formatUsdExact(-1n)).toBe("-0.000000000001");
  expect(formatUsdExact(38_000_000_000n * 10n ** 12n)).toBe("38000000000.000000000000");
});

test("a share that is not an integer from 0 to 1000000 is refused", () => {
  for (const bad of [-1, 0.2, 1_000_001, Number.NaN]) expect(() => ppm(bad)).toThrow(RangeError);
});
