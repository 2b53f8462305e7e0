/** Findings on what the caller alone can widen: CT007, accepted where the reading says why. */

import { finding } from "../decision-table/finding.ts";
import type { Finding } from "../decision-table/findings.ts";
import type { Laundering } from "./laundering.ts";
import type { PolicySources } from "./policy-sources.ts";

/** One finding for each row. */
export function wordLaundering(
  rows: readonly Laundering[],
  { vocabulary, classification }: Pick<PolicySources, "vocabulary" | "classification">,
): readonly Finding[] {
  return rows.map((row) => {
    const source = row.within === "agreement" ? vocabulary : classification;
    const change = `${row.axis}=${row.to.join("|")} instead of ${row.from.join("|")}`;
    const moves = row.moves === null ? "" : `, ${row.moves.from} becomes ${row.moves.to}`;
    const opens = `${row.gains.join(", ")} ${row.gains.length === 1 ? "opens" : "open"}`;
    const made = finding({
      code: "CT007",
      subject: row.axis,
      message: `the caller alone widens where a call may run: ${change}${moves}, and ${opens}`,
      at: { source, path: ["axes", row.axis], key: true },
      tables: [row.table],
      remedy: `decide by a fact that the caller does not control, or list \`${row.axis}\` under \`accepted_widenings\` of the reading, with the reason`,
    });
    return { ...made, cover: row.cover, cellCount: row.cellCount, accepted: row.accepted };
  });
}
