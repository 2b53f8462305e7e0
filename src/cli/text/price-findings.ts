/** What `clauseway price lint` prints. */

import type { LintFinding } from "../../pricing/lint.ts";
import { counted } from "./columns.ts";

/** One finding a line and the verdict, ending with a newline. */
export function formatLint(findings: readonly LintFinding[], file: string, at: string): string {
  const lines = findings.map(
    ({ severity, rule, line, column, path, message, ...found }) =>
      `${found.file}:${line}:${column} ${severity} ${rule}  ${path === "" ? "" : `${path}: `}${message}`,
  );
  const { errors, warnings } = count(findings);
  const verdict = `${file} on ${at}: ${counted(errors, "error")}, ${counted(warnings, "warning")}`;
  return `${[...lines, verdict].join("\n")}\n`;
}

/** The findings as JSON, ending with a newline. */
export function lintAsJson(findings: readonly LintFinding[], at: string): string {
  return `${JSON.stringify({ at, ...count(findings), findings }, null, 2)}\n`;
}

function count(findings: readonly LintFinding[]): { readonly errors: number; readonly warnings: number } {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  return { errors, warnings: findings.length - errors };
}
