/** A policy that must not decide anything, because checking it brought up errors. */

import { formatCube } from "../decision-table/cubes.ts";
import type { Finding } from "../decision-table/findings.ts";

/** Its message has one line for each finding: place, code, what is wrong, where, and how to mend it. */
export class FindingsError extends Error {
  override readonly name = "FindingsError";
  readonly code = "policy_refused";
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(findings.map(findingLine).join("\n"));
    this.findings = findings;
  }
}

function findingLine(each: Finding): string {
  const [cube] = each.cover.cubes;
  const where = cube === undefined ? "" : ` (${each.cellCount} cells, such as ${formatCube(cube)})`;
  return `${each.file}:${each.line}:${each.column} ${each.code} ${each.message}${where}; ${each.remedy}`;
}
