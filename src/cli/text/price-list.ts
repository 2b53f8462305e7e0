/** What `clauseway price show` prints. */

import type { PricedUnit } from "../../domain/ledger.ts";
import { formatPerMtok } from "../../pricing/decimal.ts";
import {
  conditionText,
  type PricedVersion,
  type PriceLine,
  type Selection,
} from "../../pricing/price-lines.ts";
import { columns, counted, grouped } from "./columns.ts";

const UNITS: Readonly<Record<PricedUnit, string>> = {
  input: "input",
  cached_input: "cached",
  cache_write: "cache write",
  output: "output",
  training: "training",
};

/** The list as text: a block for each version, ending with a newline. */
export function formatPrices(versions: readonly PricedVersion[], selection: Selection): string {
  const blocks = versions.map(formatVersion);
  return `${[headOf(versions, selection), ...blocks].join("\n\n")}\n`;
}

function headOf(versions: readonly PricedVersion[], { at, asOf }: Selection): string {
  const when = at === null ? "" : `, in force on ${at}`;
  const known = asOf === null ? "" : `, as known on ${asOf}`;
  return `${counted(versions.length, "price version")}${when}${known}; US dollars per million tokens`;
}

function formatVersion({ version, lines }: PricedVersion): string {
  const { id, assumed, recordedAt, reviewBy, supersedes, sources, remarks } = version;
  const about = [
    `valid ${validity(version)}${assumed ? ", assumed" : ""}`,
    `recorded ${recordedAt}${reviewBy === null ? "" : `, to be reviewed by ${reviewBy}`}`,
    ...(supersedes === null ? [] : [`stands in for ${supersedes}`]),
    ...temporary(version),
    ...remarks.map((text) => `note: ${text}`),
    ...sources.map((source) => `source: ${source}`),
  ];
  return [id, indent(tableOf(lines)), ...threshold(version), ...about.map((line) => `  ${line}`)].join("\n");
}

function validity({ from, to }: PricedVersion["version"]): string {
  if (from === null) return to === null ? "at any date" : `at any date before ${to}`;
  return to === null ? `from ${from}` : `from ${from} until ${to}`;
}

function temporary(version: PricedVersion["version"]): readonly string[] {
  const through = "promisedThrough" in version ? version.promisedThrough : null;
  return through === null ? [] : [`temporary: promised through ${through}`];
}

function threshold(version: PricedVersion["version"]): readonly string[] {
  const over = "rates" in version ? version.rates.longContextOver : null;
  return over === null ? [] : [`  long context: over ${grouped(over)} input tokens, for the whole request`];
}

function tableOf(lines: readonly PriceLine[]): string {
  const byCondition = Map.groupBy(lines, ({ condition }) => conditionText(condition));
  const units = [...new Set(lines.map(({ unit }) => unit))];
  const rows = [...byCondition].map(([condition, prices]) => [
    condition,
    ...units.map((unit) => priceText(prices.find((line) => line.unit === unit)?.price ?? null)),
  ]);
  const numbers = units.map((_, index) => index + 1);
  return columns([["", ...units.map((unit) => UNITS[unit])], ...rows], numbers);
}

function priceText(price: bigint | null): string {
  return price === null ? "unknown" : formatPerMtok(price);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

/** The list as JSON, ending with a newline; prices are decimal text, exact. */
export function pricesAsJson(versions: readonly PricedVersion[], { at, asOf }: Selection): string {
  const document = {
    unit: "US dollars per million tokens (= 1,000,000 picodollars per token)",
    at,
    asOf,
    versions: versions.map(({ model, version, lines }) => ({
      model,
      id: version.id,
      from: version.from,
      to: version.to,
      assumed: version.assumed,
      recordedAt: version.recordedAt,
      reviewBy: version.reviewBy,
      supersedes: version.supersedes,
      promisedThrough: "promisedThrough" in version ? version.promisedThrough : null,
      longContextOver: "rates" in version ? version.rates.longContextOver : null,
      remarks: version.remarks,
      sources: version.sources,
      prices: lines.map(({ condition, unit, price }) => ({
        ...condition,
        unit,
        usdPerMtok: price === null ? null : formatPerMtok(price),
        picoUsdPerToken: price === null ? null : price.toString(),
      })),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
