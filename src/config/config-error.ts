/** What is wrong with a configuration file, and where. */

export interface ConfigProblem {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
  /** Where in the document, such as `clauses[2].when.region`; empty for the document itself. */
  readonly path: string;
  /** What is wrong and how to mend it: lower case, no full stop. */
  readonly message: string;
  /** A finding code such as `CT013`, where `clauseway check` has one for it. */
  readonly code?: string;
}

/** Configuration that cannot be used. Its message has one line per problem, in the order of the file. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code = "config_invalid";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const ordered = [...problems].sort(byPlace);
    super(ordered.map(problemLine).join("\n"));
    this.problems = ordered;
  }
}

/** A path as it is printed: `clauses[2].when.region`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");
}

function byPlace(a: ConfigProblem, b: ConfigProblem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

function problemLine({ file, line, column, code, path, message }: ConfigProblem): string {
  const place = `${file}:${line}:${column}`;
  const parts = [place, ...(code === undefined ? [] : [code]), path === "" ? message : `${path}: ${message}`];
  return parts.join(" ");
}
