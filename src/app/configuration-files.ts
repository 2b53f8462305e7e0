/** Files of a configuration folder, read with a bound on their size; a file that cannot be read is told as one with a mistake. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../config/config-error.ts";
import { MAX_YAML_BYTES, TOO_LARGE } from "../config/refused-yaml.ts";
import { whyUnreadable } from "../config/why-unreadable.ts";
import { parsePolicy, type PolicySources, type PolicyTexts } from "../policy/policy-sources.ts";
import { underShares } from "../policy/under-shares.ts";
import { UsageError } from "./settings.ts";

interface ConfigurationFile {
  readonly file: string;
  /** Throws ConfigError when it cannot be read, or is too large; that is asked before reading. */
  readonly text: () => string;
}

/** One file of the folder. */
export function configurationFile(folder: string, path: string): ConfigurationFile {
  const file = join(folder, path);
  return { file, text: () => readText(file) };
}

/**
 * Everything a decision depends on; with `shares`, the money clauses of that preset in place of those of every regime. Throws
 * ConfigError with what is wrong in all the files, UsageError for folders that are not there and a preset that there is not.
 */
export function readPolicy(folder: string, shares: string | null = null): PolicySources {
  const sources = parsePolicy(policyFiles(folder));
  if (shares === null) return sources;
  const swapped = underShares(sources, shares);
  if (swapped.kind === "missing") throw new UsageError(swapped.message);
  return swapped.sources;
}

function policyFiles(folder: string): PolicyTexts {
  const one = (path: string): ConfigurationFile => configurationFile(folder, path);
  return {
    vocabulary: one("vocabulary.yaml"),
    agreements: filesIn(folder, "agreements"),
    readings: filesIn(folder, "readings"),
    shares: existsSync(join(folder, "shares")) ? filesIn(folder, "shares") : [],
    facts: one("facts.yaml"),
    properties: one("properties.yaml"),
    classification: one("classification.yaml"),
  };
}

/** Every `.yaml` of a part of the configuration, in the order of the names. Throws UsageError for a folder that has none. */
export function filesIn(folder: string, name: string): readonly ConfigurationFile[] {
  const within = join(folder, name);
  const names = namesIn(within);
  const misnamed = names.find((each) => /\.ya?ml$/i.test(each) && !each.endsWith(".yaml"));
  if (misnamed !== undefined) {
    throw new UsageError(`${join(within, misnamed)} would not be read; rename it so that it ends in .yaml`);
  }
  const files = names.filter((each) => each.endsWith(".yaml")).toSorted();
  if (files.length === 0) throw new UsageError(`${within} holds no .yaml file; there must be at least one`);
  return files.map((each) => configurationFile(within, each));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    throw new UsageError(`cannot read the folder ${folder}; point --config at a configuration folder`);
  }
}

function readText(file: string): string {
  const reason = whyRefused(file);
  if (reason !== null) throw unreadable(file, reason);
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw unreadable(file, `cannot be read: ${whyUnreadable(error)}`);
  }
}

/** A pipe or a device could be read without end, so neither is; nor is what is too large. */
function whyRefused(file: string): string | null {
  try {
    const found = statSync(file);
    if (found.isDirectory()) return "is a folder and no file, remove or rename it";
    if (!found.isFile()) return "is no regular file, replace it with one";
    return found.size > MAX_YAML_BYTES ? TOO_LARGE : null;
  } catch (error) {
    return `cannot be read: ${whyUnreadable(error)}; point --config at a configuration folder`;
  }
}

function unreadable(file: string, message: string): ConfigError {
  return new ConfigError([{ file, line: 1, column: 1, path: "", message }]);
}
