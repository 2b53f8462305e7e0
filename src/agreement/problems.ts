/** Collects what is wrong with an agreement, each with its place in the file. */

import { pathText } from "../config/parse-yaml.ts";
import type { ConfigProblem } from "../config/parse-yaml.ts";
import type { Agreement } from "./parse.ts";

type Path = readonly (string | number)[];

export interface Problems {
  readonly found: readonly ConfigProblem[];
  /** The value at the end of the path is at fault. */
  at(path: Path, message: string): void;
  /** The key at the end of the path is at fault. */
  atKey(path: Path, message: string): void;
}

export function collectProblems(agreement: Agreement): Problems {
  const found: ConfigProblem[] = [];
  const { file } = agreement;
  return {
    found,
    at: (path, message) => {
      found.push({ file, ...agreement.locate(path), path: pathText(path), message });
    },
    atKey: (path, message) => {
      found.push({ file, ...agreement.locateKey(path), path: pathText(path), message });
    },
  };
}
