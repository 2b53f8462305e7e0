/** `clauseway price diff`: which prices differ between two books, or between two days of one. */

import { existsSync } from "node:fs";
import { readPriceFile } from "../app/read-prices.ts";
import { readDay, readSettings, UsageError } from "../app/settings.ts";
import { diffPrices } from "../pricing/diff-prices.ts";
import { parsePriceBook } from "../pricing/price-book.ts";
import { selectVersions, type PricedVersion } from "../pricing/price-lines.ts";
import { formatPriceDiff, priceDiffAsJson } from "./text/price-changes.ts";

export interface PriceDiffFlags {
  readonly config?: string;
  readonly at?: string;
  readonly json?: boolean;
}

/** A side as the user gives it: a day of the configuration's book, or a book of its own. */
type Side = { readonly kind: "day"; readonly day: string } | { readonly kind: "file"; readonly file: string };

/** Prints what changes. Throws UsageError for a side that is neither a day nor a file, or for `--at` beside days. */
export function priceDiff(before: string, after: string, flags: PriceDiffFlags): void {
  const sides = [readSide(before), readSide(after)] as const;
  const days = sides.filter(({ kind }) => kind === "day").length;
  const at = flags.at === undefined ? null : readDay("--at", flags.at);
  if (at !== null && days > 0) throw new UsageError("a side is a day already; give --at with two files only");
  const { configDir } = readSettings(flags.config === undefined ? {} : { config: flags.config }, process.env);
  // A day against a file: what each holds on that day.
  const only = sides.find((side) => side.kind === "day")?.day ?? at;
  const select = (side: Side): readonly PricedVersion[] => {
    const { file, text } = readPriceFile(configDir, side.kind === "file" ? side.file : null);
    const book = parsePriceBook(text, file);
    return selectVersions(book, { at: side.kind === "day" ? side.day : only, asOf: null });
  };
  const changes = diffPrices(select(sides[0]), select(sides[1]), only === null);
  const report = { before, after, at, changes };
  process.stdout.write(flags.json === true ? priceDiffAsJson(report) : formatPriceDiff(report));
}

function readSide(text: string): Side {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return { kind: "day", day: readDay("a side", text) };
  if (existsSync(text)) return { kind: "file", file: text };
  throw new UsageError(`\`${text}\` is neither a day such as 2026-03-31 nor a file that exists`);
}
