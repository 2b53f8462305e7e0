/** Whether a price book can be right: rules that real public tables have broken, each told where the row stands. */

import { ConfigError, parseYaml, pathText, type Located } from "../config/parse-yaml.ts";
import { formatPerMtok, multiplyExactly, parseDecimal, ratioText } from "./decimal.ts";
import { parsePriceBook, versionId } from "./price-book.ts";
import { historyOf, type Recorded } from "./price-history.ts";
import { priceBookSchema, type PriceRow, type TrainingRow } from "./schema.ts";

type LintRule =
  /** The book cannot be compiled, such as a tier with an input price and no output price. */
  | "unusable"
  | "out-of-ratio"
  | "uneven-uplift"
  | "cached-over-input"
  | "no-base"
  | "gap"
  | "open-promotion"
  | "review-overdue";

export interface LintFinding {
  readonly severity: "error" | "warning";
  readonly rule: LintRule;
  readonly file: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** Where in the file, such as `prices[3].priority`. */
  readonly path: string;
  readonly message: string;
}

/** Findings in the order of the file. `at` (`YYYY-MM-DD`) is the day of the reader: reviews due before it are overdue. */
export function lintPriceBook(text: string, file: string, at: string): readonly LintFinding[] {
  try {
    parsePriceBook(text, file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => ({ ...problem, severity: "error", rule: "unusable" }));
  }
  const book = parseYaml(text, file, priceBookSchema);
  const found = [...lintPrices(book.value.prices), ...lintDates(book.value, at)];
  return found.map((each) => locate(book, file, each)).toSorted(byPlace);
}

type Path = readonly (string | number)[];

interface Found {
  readonly severity: LintFinding["severity"];
  readonly rule: LintRule;
  readonly path: Path;
  readonly message: string;
}

function locate(book: Located<unknown>, file: string, { path, ...found }: Found): LintFinding {
  return { ...found, file, ...book.locate(path), path: pathText(path) };
}

function byPlace(a: LintFinding, b: LintFinding): number {
  return a.line - b.line || a.column - b.column;
}

/** Prices of a row by column, in picodollars per token; null where it has none. */
interface Columns {
  readonly input: bigint;
  readonly cachedInput: bigint | null;
  readonly output: bigint;
}

function lintPrices(rows: readonly PriceRow[]): readonly Found[] {
  return rows.flatMap((row, index) => {
    const path = ["prices", index];
    const base = columnsOf(row);
    return [
      ...lintCached(base, [...path, "cachedInput"]),
      ...lintCacheWrite(row, base, [...path, "cacheWrite"]),
      ...lintPriority(row, base, [...path, "priority"]),
      ...lintZoneRow(row, base, rows, path),
    ];
  });
}

function lintCached({ input, cachedInput }: Columns, path: Path): readonly Found[] {
  if (cachedInput === null || cachedInput <= input) return [];
  const message = `cached input costs ${ratioText(cachedInput, input)} of fresh input: a cache is a discount`;
  return [{ severity: "error", rule: "cached-over-input", path, message }];
}

/** Beyond this a price is a slip of the decimal point rather than a surcharge. */
const LARGEST_RATIO = 10n;

/** Writing to a cache is fresh input with a surcharge: where that is free, so is this. */
function lintCacheWrite({ cacheWrite }: PriceRow, { input }: Columns, path: Path): readonly Found[] {
  if (cacheWrite === null || cacheWrite === "as-input") return [];
  const price = priceOf(cacheWrite);
  if (price <= LARGEST_RATIO * input) return [];
  const message = `cache write is more than ${LARGEST_RATIO} times fresh input (${formatPerMtok(price)} over ${formatPerMtok(input)})`;
  return [{ severity: "error", rule: "out-of-ratio", path, message }];
}

function lintPriority({ priority }: PriceRow, base: Columns, path: Path): readonly Found[] {
  if (priority === null) return [];
  const tier = columnsOf(priority);
  const found: Found[] = [...lintCached(tier, [...path, "cachedInput"])];
  for (const column of ["input", "cachedInput", "output"] as const) {
    const [price, basePrice] = [tier[column], base[column]];
    if (price === null) continue;
    const at = [...path, column];
    if (basePrice === null) {
      const message = `priority prices \`${column}\`, which the row itself has no price for`;
      found.push({ severity: "error", rule: "no-base", path: at, message });
    } else if (price > LARGEST_RATIO * basePrice) {
      const message = `priority ${column} is more than ${LARGEST_RATIO} times its base (${formatPerMtok(price)} over ${formatPerMtok(basePrice)})`;
      found.push({ severity: "error", rule: "out-of-ratio", path: at, message });
    }
  }
  const uneven = unevenRatios(tier, base);
  if (uneven !== null && found.length === 0) {
    const message = `priority is ${uneven} of the base: a surcharge is usually the same on every column`;
    found.push({ severity: "warning", rule: "uneven-uplift", path, message });
  }
  return found;
}

/** `azure/<zone>/MODEL`, with or without the day of the model. */
const ZONE_ROW = /^azure\/[a-z]+\/(?<model>.+?)(?:-\d{4}-\d\d-\d\d)?$/;

function lintZoneRow(row: PriceRow, zoned: Columns, rows: readonly PriceRow[], path: Path): readonly Found[] {
  const model = ZONE_ROW.exec(row.model)?.groups?.["model"];
  if (model === undefined) return [];
  const named = (name: string): PriceRow | undefined => rows.findLast((each) => each.model === name);
  const base = named(`azure/${model}`) ?? named(model);
  const place = [...path, "model"];
  if (base === undefined) {
    const message = `neither \`azure/${model}\` nor \`${model}\` is in the book to compare it with`;
    return [{ severity: "warning", rule: "no-base", path: place, message }];
  }
  const uneven = unevenRatios(zoned, columnsOf(base));
  if (uneven === null) return [];
  const message = `the prices are ${uneven} of \`${base.model}\`: the uplift is not on every column alike`;
  return [{ severity: "warning", rule: "uneven-uplift", path: place, message }];
}

/** The ratio of each column in words where they differ; null where all are the same. A column without a price has none. */
function unevenRatios(prices: Columns, base: Columns): string | null {
  const ratios = (["input", "cachedInput", "output"] as const).flatMap((column) => {
    const [price, basePrice] = [prices[column], base[column]];
    if (price === null || basePrice === null || basePrice === 0n) return [];
    return [{ column, ratio: ratioText(price, basePrice) }];
  });
  if (new Set(ratios.map(({ ratio }) => ratio)).size <= 1) return null;
  return ratios.map(({ column, ratio }) => `${column} ${ratio}`).join(", ");
}

type Rows = { readonly prices: readonly PriceRow[]; readonly training: readonly TrainingRow[] };

function lintDates({ prices, training }: Rows, at: string): readonly Found[] {
  const pricesNow = standingVersions(prices, "prices");
  const standing = new Set(pricesNow.flat().map(({ index }) => index));
  return [
    ...pricesNow.flatMap((versions) => lintVersions(versions, "prices", at)),
    ...standingVersions(training, "training").flatMap((versions) => lintVersions(versions, "training", at)),
    ...prices.flatMap((row, index) =>
      standing.has(index) ? lintPromotion(row, ["prices", index, "promotion"], at) : [],
    ),
  ];
}

/** The dates of a row, and its place in the file. */
interface Standing extends Recorded {
  readonly model: string;
  readonly reviewBy: string | null;
  readonly index: number;
}

/** What is known now of each price, one list for each: versions in order of start, without those that a later row corrects. */
function standingVersions(
  rows: readonly (PriceRow | TrainingRow)[],
  section: keyof Rows,
): readonly (readonly Standing[])[] {
  const dated = rows.map((row, index): Standing => {
    const { model, from, to, recordedAt, supersedes, reviewBy } = row;
    const id = versionId(row, section === "training" ? `${model}/training` : model);
    return { id, model, from, to, recordedAt, supersedes, reviewBy, index };
  });
  return [...Map.groupBy(dated, ({ model }) => model).values()].map(
    (versions) => historyOf(versions).history.at(-1)?.versions ?? [],
  );
}

function lintVersions(versions: readonly Standing[], section: keyof Rows, at: string): readonly Found[] {
  return [...lintGaps(versions, section), ...lintReviews(versions, section, at)];
}

function lintGaps(versions: readonly Standing[], section: keyof Rows): readonly Found[] {
  return versions.flatMap((version, place): readonly Found[] => {
    const next = versions[place + 1];
    if (!next || version.to === null || next.from === null || version.to >= next.from) return [];
    const message = `no price for \`${version.model}\` from ${version.to} until ${next.from}: calls of those days are unpriced`;
    return [{ severity: "warning", rule: "gap", path: [section, version.index, "to"], message }];
  });
}

function lintReviews(versions: readonly Standing[], section: keyof Rows, at: string): readonly Found[] {
  return versions.flatMap(({ model, reviewBy, index }): readonly Found[] => {
    if (reviewBy === null || reviewBy >= at) return [];
    const message = `the sources of \`${model}\` were to be read again by ${reviewBy}`;
    return [{ severity: "warning", rule: "review-overdue", path: [section, index, "reviewBy"], message }];
  });
}

function lintPromotion({ model, to, promotion }: PriceRow, path: Path, at: string): readonly Found[] {
  if (promotion === null || to !== null) return [];
  const past = promotion.through < at ? ", which is past" : "";
  const message = `the price of \`${model}\` is temporary and has no end: its sources promise it through ${promotion.through}${past}`;
  return [{ severity: "warning", rule: "open-promotion", path, message }];
}

function columnsOf(row: {
  readonly input: string;
  readonly cachedInput: string | null;
  readonly output: string;
}): Columns {
  return {
    input: priceOf(row.input),
    cachedInput: row.cachedInput === null ? null : priceOf(row.cachedInput),
    output: priceOf(row.output),
  };
}

/** The book has compiled, so this comes out whole. */
function priceOf(text: string): bigint {
  const decimal = parseDecimal(text);
  return (decimal && multiplyExactly(1_000_000n, decimal)) ?? 0n;
}
