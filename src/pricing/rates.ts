/** Turns one row of the price book into whole picodollars per token, for every tier and length it has a price for. */

import { picoUsd, type PicoUsd } from "../domain/units.ts";
import { multiplyExactly, parseDecimal, parseFactor, type Rational } from "./decimal.ts";
import type { PriceRow } from "./schema.ts";

/** Picodollars per token (= micro-USD per million tokens); null where the price is not known. */
export interface Rates {
  readonly input: PicoUsd;
  readonly cachedInput: PicoUsd | null;
  readonly cacheWrite: PicoUsd | null;
  readonly output: PicoUsd;
}

/** Rates of one tier; `long` is null where no source prices long context on it. */
export interface TierRates {
  readonly short: Rates;
  readonly long: Rates | null;
}

interface ZoneRates {
  /** By tier served: `default`, and `priority`, `flex`, `fast` where the row prices them. */
  readonly tiers: ReadonlyMap<string, TierRates>;
  /** Null where no source gives a batch price. */
  readonly batch: TierRates | null;
}

/** The rates of a deployment that may process calls anywhere, and those of one that may not. */
export interface CompiledRates extends ZoneRates {
  /** Null where no source prices a data zone. */
  readonly dataZone: ZoneRates | null;
  /** Above this many input tokens the `long` rates hold for the whole request; null: never. */
  readonly longContextOver: number | null;
}

/** Told of each part of the row that cannot be read or does not come out whole. */
export type ReportProblem = (path: readonly string[], message: string) => void;

const PICO_PER_TOKEN_PER_USD_PER_MTOK = 1_000_000n;

/**
 * Compiles a row; null when a problem was reported. Multipliers compose (data zone x batch x long context) as exact
 * rationals. They do not extend to a tier with prices of its own: for long context, or a data zone, on `priority` no source
 * gives a price.
 */
export function compileRates(row: PriceRow, report: ReportProblem): CompiledRates | null {
  let failed = false;
  const fail: ReportProblem = (path, message) => {
    failed = true;
    report(path, message);
  };
  const base = readRates(row, fail);
  const longContext = readLongContext(row, fail);
  const factors = readFactors(row, fail);
  const uplift = readFactor(row.dataZoneMultiplier, ["dataZoneMultiplier"], fail);
  const zoned = base && uplift && scaleRates(base, uplift, uplift, ["dataZoneMultiplier"], fail);
  const priority = readPriority(row, fail);
  const global = base && zoneRates(base, factors, longContext, fail);
  const inZone: ReportProblem = (path, message) => fail(path, `${message} in a data zone`);
  const dataZone = zoned && zoneRates(zoned, factors, longContext, inZone);
  if (failed || global === null) return null;
  const tiers = new Map(global.tiers);
  if (priority) tiers.set("priority", { short: priority, long: null });
  return { tiers, batch: global.batch, dataZone, longContextOver: row.longContext?.inputTokensOver ?? null };
}

interface Factors {
  readonly flex: Rational | null;
  readonly fast: Rational | null;
  readonly batch: Rational | null;
}

function readFactors(row: PriceRow, fail: ReportProblem): Factors {
  return {
    flex: readDiscount(row.flexDiscount, ["flexDiscount"], fail),
    fast: readFactor(row.fastMultiplier, ["fastMultiplier"], fail),
    batch: readDiscount(row.batchDiscount, ["batchDiscount"], fail),
  };
}

/** What follows from the prices of the default tier by factors alone. */
function zoneRates(
  base: Rates,
  { flex, fast, batch }: Factors,
  longContext: LongContext | null,
  fail: ReportProblem,
): ZoneRates {
  const scaled = (path: readonly string[], by: Rational | null): TierRates | null => {
    const short = by && scaleRates(base, by, by, path, fail);
    return short && { short, long: longContext && longRates(short, longContext, path, fail) };
  };
  const tiers = new Map<string, TierRates>();
  const add = (tier: string, rates: TierRates | null): void => {
    if (rates) tiers.set(tier, rates);
  };
  add("default", scaled(["input"], ONE));
  add("flex", scaled(["flexDiscount"], flex));
  add("fast", scaled(["fastMultiplier"], fast));
  return { tiers, batch: scaled(["batchDiscount"], batch) };
}

/** Reads a price in USD per million tokens as picodollars per token; null when reported. */
export function readPrice(text: string, path: readonly string[], report: ReportProblem): PicoUsd | null {
  const decimal = parseDecimal(text);
  if (!decimal) {
    report(path, `\`${text}\` is no price: write dollars per million tokens, such as "2.50"`);
    return null;
  }
  const price = multiplyExactly(PICO_PER_TOKEN_PER_USD_PER_MTOK, decimal);
  if (price === null) {
    report(path, `\`${text}\` is finer than a micro-dollar per million tokens: use at most six decimals`);
    return null;
  }
  return picoUsd(price);
}

const ONE: Rational = { numerator: 1n, denominator: 1n };

function readRates(row: PriceRow, fail: ReportProblem): Rates | null {
  const input = readPrice(row.input, ["input"], fail);
  const output = readPrice(row.output, ["output"], fail);
  const cachedInput = row.cachedInput === null ? null : readPrice(row.cachedInput, ["cachedInput"], fail);
  const cacheWrite =
    row.cacheWrite === null || row.cacheWrite === "as-input"
      ? null
      : readPrice(row.cacheWrite, ["cacheWrite"], fail);
  if (input === null || output === null) return null;
  return { input, cachedInput, cacheWrite: row.cacheWrite === "as-input" ? input : cacheWrite, output };
}

function readPriority(row: PriceRow, fail: ReportProblem): Rates | null {
  if (row.priority === null) return null;
  const { input, cachedInput, output } = row.priority;
  const inputRate = readPrice(input, ["priority", "input"], fail);
  const cachedRate = cachedInput === null ? null : readPrice(cachedInput, ["priority", "cachedInput"], fail);
  const outputRate = readPrice(output, ["priority", "output"], fail);
  if (inputRate === null || outputRate === null) return null;
  return {
    input: inputRate,
    cachedInput: cachedRate,
    cacheWrite: row.cacheWrite === "as-input" ? inputRate : null,
    output: outputRate,
  };
}

interface LongContext {
  readonly inputFactor: Rational;
  readonly outputFactor: Rational;
}

function readLongContext(row: PriceRow, fail: ReportProblem): LongContext | null {
  if (row.longContext === null) return null;
  const { inputAndCacheMultiplier, outputMultiplier } = row.longContext;
  const inputFactor = readFactor(inputAndCacheMultiplier, ["longContext", "inputAndCacheMultiplier"], fail);
  const outputFactor = readFactor(outputMultiplier, ["longContext", "outputMultiplier"], fail);
  return inputFactor && outputFactor && { inputFactor, outputFactor };
}

function longRates(
  short: Rates,
  long: LongContext,
  path: readonly string[],
  fail: ReportProblem,
): Rates | null {
  return scaleRates(short, long.inputFactor, long.outputFactor, path, (at, message) =>
    fail(at, `${message} in long context`),
  );
}

function scaleRates(
  rates: Rates,
  inputFactor: Rational,
  outputFactor: Rational,
  path: readonly string[],
  fail: ReportProblem,
): Rates | null {
  const scale = (rate: PicoUsd | null, factor: Rational, name: string): PicoUsd | null => {
    if (rate === null) return null;
    const scaledRate = multiplyExactly(rate, factor);
    if (scaledRate === null) fail(path, `the ${name} price does not come out whole in picodollars per token`);
    return scaledRate === null ? null : picoUsd(scaledRate);
  };
  const input = scale(rates.input, inputFactor, "input");
  const cachedInput = scale(rates.cachedInput, inputFactor, "cached input");
  const cacheWrite = scale(rates.cacheWrite, inputFactor, "cache write");
  const output = scale(rates.output, outputFactor, "output");
  return input === null || output === null ? null : { input, cachedInput, cacheWrite, output };
}

function readFactor(text: string | null, path: readonly string[], fail: ReportProblem): Rational | null {
  if (text === null) return null;
  const factor = parseFactor(text);
  if (factor && factor.numerator > 0n) return factor;
  fail(
    path,
    `\`${text}\` is no factor: write a decimal above 0, such as "1.5", or a fraction, such as "11/10"`,
  );
  return null;
}

function readDiscount(text: string | null, path: readonly string[], fail: ReportProblem): Rational | null {
  if (text === null) return null;
  const discount = parseDecimal(text);
  if (discount && discount.numerator < discount.denominator) {
    return { numerator: discount.denominator - discount.numerator, denominator: discount.denominator };
  }
  fail(path, `\`${text}\` is no discount: write the part taken off, below 1, such as "0.5"`);
  return null;
}
