/** `clauseway price show`: the price book as the program reads it. */

import { readPriceFile } from "../app/read-prices.ts";
import { readDay, readSettings, UsageError } from "../app/settings.ts";
import { didYouMean } from "../config/did-you-mean.ts";
import { parsePriceBook } from "../pricing/price-book.ts";
import { selectVersions, type PricedVersion, type Selection } from "../pricing/price-lines.ts";
import { formatPrices, pricesAsJson } from "./text/price-list.ts";

export interface PriceShowFlags {
  readonly config?: string;
  readonly at?: string;
  readonly asOf?: string;
  readonly json?: boolean;
}

/** Prints the versions that are asked for. Throws UsageError for a model that the book does not have, or a day that is none. */
export function priceShow(model: string | null, flags: PriceShowFlags): void {
  const selection: Selection = {
    at: flags.at === undefined ? null : readDay("--at", flags.at),
    asOf: flags.asOf === undefined ? null : readDay("--as-of", flags.asOf),
  };
  const { configDir } = readSettings(flags.config === undefined ? {} : { config: flags.config }, process.env);
  const { file, text } = readPriceFile(configDir, null);
  const book = parsePriceBook(text, file);
  checkModel(model, [...new Set([...book.models.keys(), ...book.training.keys()])]);
  const versions = selectVersions(book, selection).filter((each) => model === null || each.model === model);
  process.stdout.write(write(versions, selection, flags.json === true));
}

function write(versions: readonly PricedVersion[], selection: Selection, json: boolean): string {
  return json ? pricesAsJson(versions, selection) : formatPrices(versions, selection);
}

function checkModel(model: string | null, known: readonly string[]): void {
  if (model === null || known.includes(model)) return;
  throw new UsageError(`the price book has no \`${model}\`${didYouMean(model, known)}`);
}
