import { expect, test } from "vitest";
import { rateText, usdText } from "../../../src/cli/text/statement-money.ts";

test.each([
  [0n, "0.000000000000"],
  [1n, "0.000000000001"],
  [-1n, "-0.000000000001"],
  [-1_234_567_500_000_000_000n, "-1,234,567.500000000000"],
  [38_000_000_000_000_000_000_000n, "38,000,000,000.000000000000"],
])("%s picodollars are %s USD: exact, with their sign", (amountPicoUsd, text) => {
  expect(usdText(amountPicoUsd)).toBe(text);
});

test.each([
  [0, "0 %"],
  [1, "0.0001 %"],
  [33_333, "3.3333 %"],
  [200_000, "20 %"],
  [175_500, "17.55 %"],
  [1_000_000, "100 %"],
])("%d ppm are %s", (ratePpm, text) => {
  expect(rateText(ratePpm)).toBe(text);
});
