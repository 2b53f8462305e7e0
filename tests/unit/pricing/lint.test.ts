/** What `price lint` finds: each rule with the mistake that a real price table made. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lintPriceBook } from "../../../src/pricing/lint.ts";
import { parsePriceBook } from "../../../src/pricing/price-book.ts";
import { countOverdue } from "../../../src/pricing/price-lines.ts";

const SHIPPED = readFileSync(new URL("../../../config/prices/openai.yaml", import.meta.url), "utf8");
const BEFORE = "2026-11-23";

const HEAD = "currency: USD\nper: million tokens\nprices:\n";

/** A row as YAML; a field is left out by undefined. */
function row(model: string, changes: Readonly<Record<string, string | undefined>> = {}): string {
  const fields = {
    from: "null",
    to: "null",
    recordedAt: "2026-01-01",
    reviewBy: "2026-06-30",
    input: '"2.00"',
    cachedInput: '"0.50"',
    cacheWrite: "as-input",
    output: '"8.00"',
    sources: "[a test]",
    ...changes,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return `  - model: ${model}\n${lines.map((line) => `    ${line}\n`).join("")}`;
}

function lint(rows: readonly string[], at = "2026-06-30"): readonly string[] {
  return lintPriceBook(HEAD + rows.join(""), "book.yaml", at).map(
    ({ severity, rule, line, column, path, message }) =>
      `${severity} ${rule} ${line}:${column} ${path} ${message}`,
  );
}

describe("the shipped book", () => {
  it("has no error, and tells of what its own sources leave open", () => {
    const found = lintPriceBook(SHIPPED, "openai.yaml", BEFORE);
    expect(found.map(({ severity, rule }) => `${severity} ${rule}`)).toEqual([
      "warning open-promotion",
      "warning uneven-uplift",
    ]);
    // The public table rounds 0.275 to 0.28.
    expect(found[1]?.message).toContain("cachedInput 28/25");
  });
});

describe("a row that is as it should be", () => {
  it.each([
    ["plain", row("m")],
    [
      "priority at the same factor everywhere",
      row("m", { priority: '{ input: "4.00", cachedInput: "1.00", output: "16.00" }' }),
    ],
    [
      "priority at ten times",
      row("m", { priority: '{ input: "20.00", cachedInput: "5.00", output: "80.00" }' }),
    ],
    ["a cache write at ten times fresh input", row("m", { cacheWrite: '"20.00"' })],
    ["cached as dear as fresh", row("m", { cachedInput: '"2.00"' })],
    ["free", row("m", { input: '"0.00"', cachedInput: "null", output: '"0.00"' })],
    ["never to be reviewed", row("m", { reviewBy: "null" })],
    ["a promotion that ends", row("m", { to: "2026-12-01", promotion: "{ through: 2026-11-21 }" })],
  ])("is not told of: %s", (_case, text) => {
    expect(lint([text])).toEqual([]);
  });

  it("such as versions that meet, and a zone at one factor", () => {
    expect(lint([row("m", { to: "2026-02-01" }), row("m", { from: "2026-02-01" })])).toEqual([]);
    const zone = row("azure/us/m-2025-08-07", { input: '"2.20"', cachedInput: '"0.55"', output: '"8.80"' });
    expect(lint([row("azure/m"), zone])).toEqual([]);
  });
});

describe("a mistake", () => {
  it.each<[string, readonly string[], RegExp]>([
    [
      "priority at 50 times its base",
      [row("m", { priority: '{ input: "100.00", cachedInput: null, output: "16.00" }' })],
      /^error out-of-ratio 14:24 prices\[0\]\.priority\.input .*more than 10 times its base \(100\.00 over 2\.00\)$/,
    ],
    [
      "an input price without its output pair",
      [row("m", { priority: '{ input: "4.00", cachedInput: null }' })],
      /^error unusable 14:15 prices\[0\]\.priority\.output /,
    ],
    [
      "priority on a column without a base",
      [
        row("m", {
          cachedInput: "null",
          priority: '{ input: "4.00", cachedInput: "1.00", output: "16.00" }',
        }),
      ],
      /^error no-base 14:45 prices\[0\]\.priority\.cachedInput /,
    ],
    [
      "cached dearer than fresh",
      [row("m", { cachedInput: '"2.50"' })],
      /^error cached-over-input 10:18 .* cached input costs 5\/4 of fresh input/,
    ],
    [
      "cached dearer than fresh on a tier",
      [row("m", { priority: '{ input: "4.00", cachedInput: "4.01", output: "16.00" }' })],
      /^error cached-over-input 14:45 prices\[0\]\.priority\.cachedInput /,
    ],
    [
      "a surcharge on some columns only",
      [row("m", { priority: '{ input: "4.00", cachedInput: "1.00", output: "8.00" }' })],
      /^warning uneven-uplift 14:15 prices\[0\]\.priority .*input 2, cachedInput 2, output 1/,
    ],
    [
      "an uplift on some columns only",
      [row("azure/m"), row("azure/us/m", { input: '"2.20"', output: '"8.80"' })],
      /^warning uneven-uplift 14:12 prices\[1\]\.model .*input 11\/10, cachedInput 1, output 11\/10 of `azure\/m`/,
    ],
    [
      "a zone of a model that is not in the book",
      [row("azure/eu/n")],
      /^warning no-base 4:12 prices\[0\]\.model neither `azure\/n` nor `n` is in the book/,
    ],
    [
      "days without a price",
      [row("m", { to: "2026-02-01" }), row("m", { from: "2026-02-03" })],
      /^warning gap 6:9 prices\[0\]\.to no price for `m` from 2026-02-01 until 2026-02-03/,
    ],
    [
      "a cache that is dear to write where input is free",
      [row("m", { input: '"0.00"', cachedInput: "null", cacheWrite: '"99"' })],
      /^error out-of-ratio 11:17 prices\[0\]\.cacheWrite cache write is more than 10 times fresh input \(99\.00 over 0\.00\)$/,
    ],
    [
      "a promotion taken for the price",
      [row("m", { promotion: "{ through: 2026-07-31 }" })],
      /^warning open-promotion 14:16 .*promise it through 2026-07-31$/,
    ],
    [
      "a promotion that is over",
      [row("m", { promotion: "{ through: 2026-06-29 }" })],
      /promise it through 2026-06-29, which is past$/,
    ],
  ])("is found: %s", (_case, rows, finding) => {
    expect(lint(rows)).toEqual([expect.stringMatching(finding)]);
  });

  it("is found where a price is finer than a picodollar, with every other one", () => {
    const rows = [row("m", { input: '"0.0000001"' }), row("n", { dataZoneMultiplier: '"1/3"' })];
    const inZone = (name: string): RegExp =>
      new RegExp(
        `^error unusable 24:25 prices\\[1\\]\\.dataZoneMultiplier the ${name} price does not come out whole`,
      );
    expect(lint(rows)).toEqual([
      expect.stringMatching(/^error unusable 9:12 prices\[0\]\.input `0\.0000001` is finer than/),
      ...["input", "cached input", "cache write", "output"].map((name) =>
        expect.stringMatching(inZone(name)),
      ),
    ]);
  });
});

describe("a review", () => {
  it("is overdue from the day after it was due", () => {
    expect(lint([row("m")], "2026-06-30")).toEqual([]);
    expect(lint([row("m")], "2026-07-01")).toEqual([
      "warning review-overdue 8:15 prices[0].reviewBy the sources of `m` were to be read again by 2026-06-30",
    ]);
  });

  it("of training prices counts too", () => {
    const training =
      'training:\n  - model: m\n    from: null\n    to: null\n    recordedAt: 2026-01-01\n    reviewBy: 2026-02-01\n    perMtok: "25.00"\n    sources: [a test]\n';
    expect(lint([row("m"), training])).toEqual([
      expect.stringMatching(/^warning review-overdue .* training\[0\]/),
    ]);
  });
});

describe("a corrected row", () => {
  const wrong = row("m", { from: "2026-01-01", to: "2026-03-01" });
  const right = row("m", {
    from: "2026-01-01",
    to: "2026-02-01",
    recordedAt: "2026-03-05",
    reviewBy: "2026-12-31",
    supersedes: "m@2026-01-01",
  });
  const late = { recordedAt: "2026-03-05", reviewBy: "2026-12-31" };

  it("is not taken for a version of its own", () => {
    const rest = row("m", { from: "2026-02-01", ...late });
    // Both are known from the same day on, so on no day two of them hold.
    expect(lint([wrong, right, rest])).toEqual([]);
  });

  it("leaves days without a price where its correction ends before the next one", () => {
    expect(lint([wrong, right, row("m", { from: "2026-03-01", ...late })])).toEqual([
      expect.stringMatching(/^warning gap 16:9 prices\[1\]\.to .* from 2026-02-01 until 2026-03-01/),
    ]);
  });

  it("that is corrected itself leaves only the last correction standing", () => {
    const again = row("m", {
      from: "2026-01-01",
      to: "2026-01-20",
      recordedAt: "2026-03-06",
      reviewBy: "2026-12-31",
      supersedes: "m@2026-01-01/2026-03-05",
    });
    expect(lint([wrong, right, again, row("m", { from: "2026-02-01", ...late })])).toEqual([
      expect.stringMatching(/^warning gap .* prices\[2\]\.to .* from 2026-01-20 until 2026-02-01/),
    ]);
  });

  it("is not to be reviewed any more, as the count of overdue reviews has it", () => {
    const rows = [wrong, right, row("m", { from: "2026-02-01", ...late })];
    const day = "2026-10-01";
    expect(lint(rows, day)).toEqual([]);
    expect(countOverdue(parsePriceBook(HEAD + rows.join(""), "book.yaml"), day)).toBe(0);
  });

  it("gives an open promotion its end", () => {
    const open = row("m", { from: "2026-01-01", promotion: "{ through: 2026-07-31 }" });
    const ended = row("m", {
      from: "2026-01-01",
      to: "2026-08-01",
      ...late,
      promotion: "{ through: 2026-07-31 }",
      supersedes: "m@2026-01-01",
    });
    expect(lint([open, ended])).toEqual([]);
  });
});
