/** What a command that only reads says of a policy that must not serve. */

import type { Finding } from "../decision-table/findings.ts";
import { counted } from "./text/columns.ts";

/** One line on stderr; none where there are no findings. What is denied for them is part of the answer. */
export function tellFindings(findings: readonly Finding[]): void {
  if (findings.length === 0) return;
  process.stderr.write(`clauseway: ${counted(findings.length, "finding")}: see \`clauseway check\`\n`);
}
