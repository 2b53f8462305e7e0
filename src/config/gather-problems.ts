/** Goes on after a file that cannot be used, so that the mistakes of all files are told at once. */

import { ConfigError, type ConfigProblem } from "./config-error.ts";

export interface Gathering {
  /** What `parse` returns; null when it throws ConfigError, whose problems are kept. Other errors pass. */
  attempt<T>(parse: () => T): T | null;
  add(problems: readonly ConfigProblem[]): void;
  /** With every problem so far; they may be none. */
  error(): ConfigError;
  /** Throws the error when there are problems. */
  throwIfAny(): void;
}

/** Returns a gathering without problems. */
export function gatherProblems(): Gathering {
  const problems: ConfigProblem[] = [];
  return {
    attempt: (parse) => {
      try {
        return parse();
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        problems.push(...error.problems);
        return null;
      }
    },
    add: (more) => {
      problems.push(...more);
    },
    error: () => new ConfigError(problems),
    throwIfAny: () => {
      if (problems.length > 0) throw new ConfigError(problems);
    },
  };
}
