/** The price book of a configuration, or one that is not in it (yet). */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { configurationFile } from "./configuration-files.ts";
import { UsageError } from "./settings.ts";

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
