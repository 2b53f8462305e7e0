/** The price book of a configuration, or one that is not in it (yet); and pricing by it what was charged before. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { gatherProblems } from "../config/gather-problems.ts";
import { parseProviders } from "../config/providers.ts";
import { createChargeAgain, type ChargeAgain } from "../pricing/charge-again.ts";
import { parsePriceBook } from "../pricing/price-book.ts";
import { configurationFile } from "./configuration-files.ts";
import { UsageError, type Settings } from "./settings.ts";

export interface PriceFile {
  readonly file: string;
  readonly text: string;
}

/** Reads `file`, or where it is null the book of the configuration folder. Throws UsageError, ConfigError for an unreadable one. */
export function readPriceFile(configDir: string, file: string | null): PriceFile {
  if (file !== null && !existsSync(file)) throw new UsageError(`cannot read ${file}: there is no such file`);
  const path = file ?? join(configDir, "prices/openai.yaml");
  return { file: path, text: configurationFile("", path).text() };
}

/** What makes charges of a ledger anew, by the price book and the regions of a configuration. Throws ConfigError. */
export function readChargeAgain({ configDir }: Pick<Settings, "configDir">): ChargeAgain {
  const problems = gatherProblems();
  const prices = problems.attempt(() => {
    const { file, text } = readPriceFile(configDir, null);
    return parsePriceBook(text, file);
  });
  const hosts = problems.attempt(() => {
    const { file, text } = configurationFile(configDir, "providers.yaml");
    return parseProviders(text(), file, null);
  });
  if (prices === null || hosts === null) throw problems.error();
  const zones = new Map(
    hosts.providers.flatMap(({ id, regions }) =>
      regions.map(({ region, zone }) => [`${id}/${region}`, zone ?? "global"] as const),
    ),
  );
  return createChargeAgain(prices, ({ provider, region }) => zones.get(`${provider}/${region}`) ?? null);
}
