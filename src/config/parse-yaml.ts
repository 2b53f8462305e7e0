/** Reads one YAML document strictly: YAML 1.2 core, checked against a schema, every problem with its position. */

import { isMap, LineCounter, parseAllDocuments } from "yaml";
import type { Document, ParsedNode } from "yaml";
import type { z } from "zod";
import { checkShape } from "./check-shape.ts";
import { ConfigError, pathText } from "./config-error.ts";
import type { ConfigProblem } from "./config-error.ts";
import { findRefusedText, findRefusedYaml } from "./refused-yaml.ts";

export { ConfigError, pathText };
export type { ConfigProblem };

/** The rest is counted: a file with more mistakes than this has one cause, and nobody reads on. */
const MAX_PROBLEMS = 50;

type Path = readonly (string | number)[];

/** A place in a file; both counted from 1. */
interface Position {
  /** Only of a part that comes from another file than the rest of its document. */
  readonly file?: string;
  readonly line: number;
  readonly column: number;
}

/** A checked value that still knows where each part of it stands in the file. */
export interface Located<T> {
  readonly value: T;
  /** Where the value at `path` begins; where that is absent, the nearest part around it. */
  locate(path: Path): Position;
  /** Where the key at the end of `path` stands; as `locate` where there is no such key. */
  locateKey(path: Path): Position;
}

/**
 * Parses and checks `text`. `file` only names it in messages. Throws ConfigError with every problem found at once: what
 * is no YAML, what is YAML but refused here (see refused-yaml.ts), what the schema does not know or accept.
 */
export function parseYaml<T>(text: string, file: string, schema: z.ZodType<T>): Located<T> {
  const lineCounter = new LineCounter();
  const positionOf = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problemAt = (place: Position, path: Path, message: string): ConfigProblem => ({
    file,
    ...place,
    path: pathText(path),
    message,
  });

  const refusedText = findRefusedText(text);
  if (refusedText !== null) {
    throw new ConfigError([problemAt(refusedText.position, [], refusedText.message)]);
  }
  const documents = parseAllDocuments<ParsedNode>(text, {
    lineCounter,
    prettyErrors: false,
    schema: "core",
    merge: false,
    resolveKnownTags: false,
    stringKeys: true,
    // Checked in refused-yaml.ts instead: the library compares every key with every other.
    uniqueKeys: false,
    logLevel: "silent",
  });
  const read = findRefusedYaml(text, [...documents]);
  const problems = limit(read.problems, (found, message) => problemAt(positionOf(found.offset), [], message));
  if (read.fatal) throw new ConfigError(problems);

  const root = documents[0];
  const locate = (path: Path): Position => positionOf(offsetOfValue(root, path));
  const locateKey = (path: Path): Position =>
    positionOf(offsetOfKey(root, path) ?? offsetOfValue(root, path));

  const shape = checkShape(root?.toJS(), schema);
  if (!shape.ok) {
    const misfits = limit(shape.problems, ({ path, atKey }, message) =>
      problemAt(atKey ? locateKey(path) : locate(path), path, message),
    );
    // What is refused anyway need not fit as well.
    const refused = new Set(problems.map(({ line, column }) => `${line}:${column}`));
    const others = misfits.filter(({ line, column }) => !refused.has(`${line}:${column}`));
    throw new ConfigError([...problems, ...others]);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { value: shape.value, locate, locateKey };
}

/** The first ones as they are, and where the others begin. */
function limit<T extends { readonly message: string }>(
  found: readonly T[],
  report: (problem: T, message: string) => ConfigProblem,
): readonly ConfigProblem[] {
  const listed = found.slice(0, MAX_PROBLEMS).map((problem) => report(problem, problem.message));
  const next = found[MAX_PROBLEMS];
  if (next === undefined) return listed;
  return [...listed, report(next, `and ${found.length - MAX_PROBLEMS} more problems from here on`)];
}

type Root = Document.Parsed | undefined;

function offsetOfValue(root: Root, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const node = root?.getIn(path.slice(0, length), true) as ParsedNode | undefined;
    if (node?.range) return node.range[0];
  }
  return root?.contents?.range?.[0] ?? 0;
}

function offsetOfKey(root: Root, path: Path): number | null {
  const parent = path.length === 1 ? root?.contents : root?.getIn(path.slice(0, -1), true);
  if (!isMap<ParsedNode>(parent)) return null;
  const pair = parent.items.find((item) => item.key.toJSON() === path.at(-1));
  return pair?.key.range[0] ?? null;
}
