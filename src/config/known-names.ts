/** Names that one file uses and another declares: a name that nobody declares is an error at the start, not a call denied later. */

import { ConfigError, pathText, type ConfigProblem } from "./config-error.ts";
import { didYouMean } from "./did-you-mean.ts";
import type { Located } from "./parse-yaml.ts";

export interface KnownNames {
  /** Values by axis of the vocabulary. */
  readonly axes: Readonly<Record<string, readonly string[]>>;
  /** Providers that the agreement speaks of. */
  readonly agreementProviders: readonly string[];
  /** Parties that can hold money. */
  readonly parties: readonly string[];
}

/** One use of a name: where it stands, what it is, and the names it may be. */
export interface NameUse {
  readonly path: readonly (string | number)[];
  /** The key at the end of the path is the name, not its value. */
  readonly isKey?: boolean;
  readonly name: string;
  readonly what: string;
  readonly known: readonly string[];
}

/** Throws ConfigError with every name that is not known, each with its place and what may be meant. */
export function checkNames(
  { locate, locateKey }: Pick<Located<unknown>, "locate" | "locateKey">,
  file: string,
  uses: readonly NameUse[],
): void {
  const problems = uses.flatMap(({ path, isKey, name, what, known }): readonly ConfigProblem[] => {
    if (known.includes(name)) return [];
    const place = isKey === true ? locateKey(path) : locate(path);
    const message = `unknown ${what} \`${name}\`${didYouMean(name, known)}`;
    return [{ file, ...place, path: pathText(path), message }];
  });
  if (problems.length > 0) throw new ConfigError(problems);
}
