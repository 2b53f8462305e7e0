/** Which prices differ between two books or days, and by what. */

import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { diffPrices } from "../../../src/pricing/diff-prices.ts";
import { parsePriceBook } from "../../../src/pricing/price-book.ts";
import { selectVersions, type PricedVersion } from "../../../src/pricing/price-lines.ts";

const SHIPPED = readFileSync(new URL("../../../config/prices/openai.yaml", import.meta.url), "utf8");
const book = parsePriceBook(SHIPPED, "openai.yaml");
const on = (at: string): readonly PricedVersion[] => selectVersions(book, { at, asOf: null });

it("a day on which two models fell: every condition of each, and nothing else", () => {
  const changes = diffPrices(on("2026-07-29"), on("2026-07-30"), false);
  expect(new Set(changes.map(({ model }) => model))).toEqual(new Set(["gpt-5.6-terra", "gpt-5.6-luna"]));
  expect(changes).toContainEqual({
    model: "gpt-5.6-luna",
    from: null,
    condition: "batch, long context",
    unit: "output",
    before: 4_500_000n,
    after: 900_000n,
  });
  expect(changes).toHaveLength(2 * 4 * 4);
});

it("a price that one side does not know is added or removed, not changed from zero", () => {
  const changes = diffPrices(on("2025-06-09"), on("2025-06-10"), false);
  const cached = changes.find(({ condition, unit }) => condition === "default" && unit === "cached_input");
  expect(cached).toMatchObject({ model: "o3", before: null, after: 500_000n });
});

it("two books: versions are told apart by their start", () => {
  const other = parsePriceBook(SHIPPED.replace("    to: 2025-06-10\n", "    to: 2025-06-09\n"), "other.yaml");
  const all = { at: null, asOf: null };
  // Only the end of a validity moved, which is no price.
  expect(diffPrices(selectVersions(book, all), selectVersions(other, all), true)).toEqual([]);
  const cheaper = parsePriceBook(
    SHIPPED.replace('output: "40.00"\n    note', 'output: "30.00"\n    note'),
    "o.yaml",
  );
  const [change, ...more] = diffPrices(selectVersions(book, all), selectVersions(cheaper, all), true);
  expect([change?.before, change?.after]).toEqual([40_000_000n, 30_000_000n]);
  expect(more).toEqual([]);
});

it("nothing differs from itself, and turning the sides around turns each change around", () => {
  const day = fc.constantFrom(
    "2025-01-01",
    "2025-06-10",
    "2026-03-31",
    "2026-07-29",
    "2026-07-30",
    "2026-12-01",
  );
  fc.assert(
    fc.property(day, day, (a, b) => {
      expect(diffPrices(on(a), on(a), false)).toEqual([]);
      const turned = diffPrices(on(b), on(a), false).map(({ before, after, ...place }) => ({
        ...place,
        before: after,
        after: before,
      }));
      const key = (change: (typeof turned)[number]): string =>
        [change.model, change.condition, change.unit, change.before, change.after].join("|");
      expect(new Set(turned.map(key))).toEqual(new Set(diffPrices(on(a), on(b), false).map(key)));
    }),
  );
});
