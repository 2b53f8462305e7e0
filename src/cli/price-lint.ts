/** `clauseway price lint`: what in a price book cannot be right. */

import { readPriceFile } from "../app/read-prices.ts";
import { readDay, readSettings } from "../app/settings.ts";
import { lintPriceBook } from "../pricing/lint.ts";
import { formatLint, lintAsJson } from "./text/price-findings.ts";

export interface PriceLintFlags {
  readonly config?: string;
  readonly at?: string;
  readonly json?: boolean;
}

const ERRORS_FOUND = 3;

/** Returns the exit code: 0, or 3 when there are errors. Reading the sources again is due in real time, so today is the default. */
export function priceLint(path: string | null, flags: PriceLintFlags): number {
  const at = flags.at === undefined ? new Date().toISOString().slice(0, 10) : readDay("--at", flags.at);
  const { configDir } = readSettings(flags.config === undefined ? {} : { config: flags.config }, process.env);
  const { file, text } = readPriceFile(configDir, path);
  const findings = lintPriceBook(text, file, at);
  process.stdout.write(flags.json === true ? lintAsJson(findings, at) : formatLint(findings, file, at));
  return findings.some(({ severity }) => severity === "error") ? ERRORS_FOUND : 0;
}
