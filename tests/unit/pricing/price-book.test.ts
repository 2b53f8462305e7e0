import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/config/parse-yaml.ts";
import { parsePriceBook } from "../../../src/pricing/price-book.ts";
import { knownAt, priceAt } from "../../../src/pricing/price-history.ts";
import { closeVersions, versionAt } from "../../../src/pricing/validity.ts";

const SHIPPED = readFileSync(new URL("../../../config/prices/openai.yaml", import.meta.url), "utf8");

/** A book of rows, each a list of YAML lines without the leading dash. */
function bookOf(...rows: readonly (readonly string[])[]): string {
  const body = rows.map((lines) => `  - ${lines.join("\n    ")}`).join("\n");
  return `currency: USD\nper: million tokens\nprices:\n${body}\n`;
}

function row(model: string, from: string, to: string, ...more: readonly string[]): readonly string[] {
  const prices = ['input: "2.00"', 'cachedInput: "0.50"', "cacheWrite: as-input", 'output: "8.00"'];
  const dates = [`from: ${from}`, `to: ${to}`, "recordedAt: 2025-01-01", "reviewBy: null"];
  return [`model: ${model}`, ...dates, ...prices, "sources: [a test]", ...more];
}

function problemsOf(text: string): readonly string[] {
  try {
    parsePriceBook(text, "book.yaml");
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
  return [];
}

describe("the shipped price book", () => {
  const book = parsePriceBook(SHIPPED, "openai.yaml");

  it("prices in whole picodollars per token, down to 5.5e-9 USD", () => {
    const [first] = knownAt(book.models.get("azure/eu/gpt-5-nano-2025-08-07"), null);
    const nano = first?.rates.tiers.get("default")?.short;
    expect(nano).toEqual({ input: 55_000n, cachedInput: 5_500n, cacheWrite: 55_000n, output: 440_000n });
    const [gpt] = knownAt(book.models.get("gpt-5.4"), null);
    expect(gpt?.rates.tiers.get("priority")?.short.output).toBe(30_000_000n);
    expect(gpt?.rates.batch?.short.cachedInput).toBe(125_000n);
    expect(gpt?.rates.batch?.long?.output).toBe(11_250_000n);
  });

  it("marks what no source dates, and what is assumed", () => {
    const assumed = (model: string): boolean | undefined =>
      priceAt(book.models.get(model), "2026-03-31", null)?.assumed;
    expect(assumed("gpt-5.4")).toBe(false);
    expect(assumed("gpt-4o")).toBe(true);
    expect(assumed("gpt-oss-120b")).toBe(true);
    const training = [...book.training.values()].flatMap((history) => knownAt(history, null));
    expect(training.length).toBeGreaterThan(5);
    expect(training.every((version) => version.assumed)).toBe(true);
  });

  it.each([
    ["gpt-5.6-luna", "2026-07-08", null],
    ["gpt-5.6-luna", "2026-07-09", "gpt-5.6-luna@2026-07-09"],
    ["gpt-5.6-luna", "2026-07-29", "gpt-5.6-luna@2026-07-09"],
    ["gpt-5.6-luna", "2026-07-30", "gpt-5.6-luna@2026-07-30"],
    ["gpt-5.6-luna", "2099-12-31", "gpt-5.6-luna@2026-07-30"],
    ["o3", "1999-01-01", "o3@undated"],
    ["o3", "2025-06-09", "o3@undated"],
    ["o3", "2025-06-10", "o3@2025-06-10"],
    ["gpt-4o", "1999-01-01", "gpt-4o@undated"],
  ])("prices %s at %s by %s", (model, date, id) => {
    expect(priceAt(book.models.get(model), date, null)?.id ?? null).toBe(id);
  });

  it("names a source or a reason for every row", () => {
    const entries = SHIPPED.split(/^ {2}- model: /m).slice(1);
    expect(entries.length).toBeGreaterThan(40);
    expect(
      entries.filter((entry) => !/^ {6}- ".+"$/m.test(entry) && !/^ {4}reason: ".+"$/m.test(entry)),
    ).toEqual([]);
  });
});

describe("dates of a price", () => {
  it("end an undated price where its successor starts", () => {
    const book = parsePriceBook(
      bookOf(row("m", "null", "null"), row("m", "2026-01-01", "null")),
      "book.yaml",
    );
    const idAt = (date: string): string | undefined => priceAt(book.models.get("m"), date, null)?.id;
    expect(idAt("2025-12-31")).toBe("m@undated");
    expect(idAt("2026-01-01")).toBe("m@2026-01-01");
  });

  it("leave no gap and no overlap between versions that meet", () => {
    const day = fc.date({ min: new Date("2023-12-30"), max: new Date("2025-01-03"), noInvalidDate: true });
    const iso = day.map((date) => date.toISOString().slice(0, 10));
    fc.assert(
      fc.property(
        fc.uniqueArray(iso, { minLength: 1, maxLength: 6 }),
        iso,
        fc.boolean(),
        (starts, at, dated) => {
          const ordered = starts.toSorted();
          const versions = ordered.map((from, index) => ({
            from: index === 0 && !dated ? null : from,
            to: ordered[index + 1] ?? null,
          }));
          const { closed, clashes } = closeVersions(versions.toReversed());
          expect(clashes).toEqual([]);
          const holding = closed.filter((version) => versionAt([version], at) !== null);
          expect(holding).toHaveLength(dated && at < (ordered[0] ?? "") ? 0 : 1);
          expect(versionAt(closed, at)).toEqual(holding[0] ?? null);
        },
      ),
    );
  });

  it("may leave days without a price", () => {
    const book = parsePriceBook(
      bookOf(row("m", "2026-03-01", "null"), row("m", "2026-01-01", "2026-02-01")),
      "book.yaml",
    );
    const found = ["2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01"].map(
      (date) => priceAt(book.models.get("m"), date, null)?.id ?? null,
    );
    expect(found).toEqual(["m@2026-01-01", null, null, "m@2026-03-01"]);
  });

  it.each([
    [row("m", "2026-01-01", "null"), row("m", "2026-02-01", "null")],
    [row("m", "2026-01-01", "2026-02-02"), row("m", "2026-02-01", "null")],
    [row("m", "2026-01-01", "null"), row("m", "2026-01-01", "null")],
    [row("m", "null", "null"), row("m", "null", "2026-01-01")],
  ])("must not overlap", (first, second) => {
    expect(problemsOf(bookOf(first, second)).join()).toMatch(
      /^book\.yaml:\d+:\d+ prices\[\d\]\.from: overlaps/,
    );
  });

  it("must be days of the calendar, the end after the start", () => {
    expect(problemsOf(bookOf(row("m", "2026-02-29", "null")))).toEqual([
      "book.yaml:5:11 prices[0].from: expected a date of the calendar, YYYY-MM-DD",
    ]);
    expect(problemsOf(bookOf(row("m", "2026-02-01", "2026-02-01")))).toEqual([
      "book.yaml:6:9 prices[0].to: the end `2026-02-01` must be after the start `2026-02-01`",
    ]);
  });
});

describe("a price that was learned later", () => {
  const correction = [
    row("m", "2026-01-01", "null"),
    row("m", "2026-01-01", "null", "supersedes: m@2026-01-01").map((line) =>
      line.replace("2025-01-01", "2026-03-01").replace("2.00", "1.00"),
    ),
  ];

  it("stands in for the one it names, from its recording on", () => {
    const book = parsePriceBook(bookOf(...correction), "book.yaml");
    const at = (asOf: string | null): string | undefined =>
      priceAt(book.models.get("m"), "2026-02-01", asOf)?.id;
    expect([at("2025-06-01"), at("2026-02-28"), at("2026-03-01"), at(null)]).toEqual([
      "m@2026-01-01",
      "m@2026-01-01",
      "m@2026-01-01/2026-03-01",
      "m@2026-01-01/2026-03-01",
    ]);
  });

  it("must name one that there is", () => {
    const [first = [], second = []] = correction;
    const misnamed = second.map((line) => line.replace("m@2026-01-01", "m@2026-01-02"));
    expect(problemsOf(bookOf(first, misnamed)).join("\n")).toMatch(
      /^book\.yaml:\d+:\d+ prices\[1\]\.supersedes: there is no version `m@2026-01-02`/m,
    );
  });
});

describe("a price that cannot be used", () => {
  it.each([
    [
      "recordedAt: 2025-01-01",
      "recordedAt: 2025-02-30",
      "prices[0].recordedAt: expected a date of the calendar",
    ],
    ["recordedAt: 2025-01-01", "note: x", "prices[0].recordedAt: "],
    ["reviewBy: null", "note: x", "prices[0].reviewBy: "],
    [
      "reviewBy: null",
      "reviewBy: 2025-01-01",
      "prices[0].reviewBy: the review must come after the recording",
    ],
    ['input: "2.00"', 'input: "0.0000001"', "prices[0].input: `0.0000001` is finer than a micro-dollar"],
    ['input: "2.00"', "input: 2.00", 'prices[0].input: expected a decimal in quotes, such as "2.50"'],
    ['input: "2.00"', 'input: "-2"', "prices[0].input: `-2` is no price"],
    ['input: "2.00"', 'input: "2e-6"', "prices[0].input: `2e-6` is no price"],
    ['input: "2.00"', 'input: ""', "prices[0].input: `` is no price"],
    ["sources: [a test]", "basis: assumed", "prices[0].basis: an assumed price needs a `reason`"],
    ["sources: [a test]", "note: none", "prices[0]: a published price needs its `sources`"],
    ["cacheWrite: as-input", "cacheWrit: as-input", "prices[0].cacheWrit: unknown key"],
  ])("instead of %s: %s", (before, after, message) => {
    const text = bookOf(row("m", "null", "null")).replace(before, after);
    expect(problemsOf(text).join("\n")).toContain(message);
  });

  it.each([
    ['batchDiscount: "0.3333333"', "prices[0].batchDiscount: the input price does not come out whole"],
    ['batchDiscount: "1"', "prices[0].batchDiscount: `1` is no discount"],
    ['dataZoneMultiplier: "11/0"', "prices[0].dataZoneMultiplier: `11/0` is no factor"],
    ['dataZoneMultiplier: "0/10"', "prices[0].dataZoneMultiplier: `0/10` is no factor"],
    ['dataZoneMultiplier: "1/3"', "prices[0].dataZoneMultiplier: the input price does not come out whole"],
    [
      'dataZoneMultiplier: "1.000002"\n    batchDiscount: "0.5"',
      "prices[0].batchDiscount: the cached input price does not come out whole in picodollars per token in a data zone",
    ],
    ['fastMultiplier: "0"', "prices[0].fastMultiplier: `0` is no factor"],
    [
      'longContext: { inputTokensOver: 10, inputAndCacheMultiplier: "2", outputMultiplier: "1.00000001" }',
      "prices[0].input: the output price does not come out whole in picodollars per token in long context",
    ],
  ])("because of %s", (line, message) => {
    expect(problemsOf(bookOf(row("m", "null", "null", line))).join("\n")).toContain(message);
  });

  it("is told with every other one", () => {
    const text = bookOf(
      row("m", "null", "null", 'batchDiscount: "x"'),
      row("n", "null", "null", 'flexDiscount: "2"'),
    );
    expect(problemsOf(text)).toHaveLength(2);
  });
});
