/** Collects what is wrong with a document of rules, each with its place in the file. */

import { pathText, type ConfigProblem, type Located } from "../config/parse-yaml.ts";

export type Path = readonly (string | number)[];

/** A document that can say where its parts stand. */
export interface Source extends Pick<Located<unknown>, "locate" | "locateKey"> {
  readonly file: string;
}

export interface Problems {
  readonly found: readonly ConfigProblem[];
  /** The value at the end of the path is at fault. */
  at(path: Path, message: string, code?: string): void;
  /** The key at the end of the path is at fault. */
  atKey(path: Path, message: string, code?: string): void;
}

/** `code` of a problem is a finding code such as `CT013`, for those who sort findings by it. */
export function collectProblems(source: Source): Problems {
  const found: ConfigProblem[] = [];
  const { file } = source;
  const add = (place: ReturnType<Source["locate"]>, path: Path, message: string, code?: string): void => {
    // A place in another file names it.
    found.push({ file, ...place, path: pathText(path), message, ...(code === undefined ? {} : { code }) });
  };
  return {
    found,
    at: (path, message, code) => add(source.locate(path), path, message, code),
    atKey: (path, message, code) => add(source.locateKey(path), path, message, code),
  };
}
