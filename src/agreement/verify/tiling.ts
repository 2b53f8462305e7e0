/** CT012: each regime begins on the day the one before it ends. */

import type { Finding } from "../../decision-table/findings.ts";
import type { Agreement } from "../parse.ts";
import { finding } from "../../decision-table/finding.ts";

/** Overlaps and holes between regimes, which may be given in any order. */
export function checkTiling(agreements: readonly Agreement[]): readonly Finding[] {
  const ordered = [...agreements].sort((a, b) => (a.effective.from < b.effective.from ? -1 : 1));
  return ordered.flatMap((agreement, index) => {
    const before = ordered[index - 1];
    if (before === undefined || before.effective.to === agreement.effective.from) return [];
    const { to } = before.effective;
    const overlap = to === null || to > agreement.effective.from;
    const message = overlap
      ? `${agreement.regime} begins on ${agreement.effective.from}, while ${before.regime} is in force to ${to ?? "open"}`
      : `no regime is in force from ${to} to ${agreement.effective.from}`;
    return [
      finding({
        code: "CT012",
        subject: agreement.regime,
        message,
        at: { source: agreement, path: ["agreement", "effective", "from"] },
        tables: [agreement.regime],
      }),
    ];
  });
}
