/** Changes of the class of calls, as sections of text. */

import type { Move } from "../../policy/diff/moves.ts";
import { changesClass, type EvidenceRow } from "../../policy/diff/reclassified.ts";
import type { EvidenceSummary } from "../../policy/diff/summary.ts";
import { citedLines, citedText, whereLines, type Style } from "./diff-style.ts";

/** One section for other classes, one for the same class by other rules; none where there is no such change. */
export function evidenceSections(summaries: readonly EvidenceSummary[], style: Style): readonly string[] {
  const moved = summaries.filter(({ example }) => changesClass(example));
  const same = summaries.filter(({ example }) => !changesClass(example));
  const sections: string[] = [];
  if (moved.length > 0) {
    sections.push(["classes", ...moved.flatMap((each) => movedLines(each, style))].join("\n"));
  }
  for (const each of same) {
    const head = `same class by other rules${style.weigh(each.rows)}`;
    sections.push([head, ...citedLines("rules", each.rows, rulesText, style)].join("\n"));
  }
  return sections;
}

/** What a section on the consequences of a move is headed by. */
export function moveTitle({ axes }: Move): string {
  const texts = axes.map(({ axis, from, to }) =>
    axis === "workload"
      ? `${from ?? "refused"} -> ${to ?? "refused"}`
      : `${axis} ${from ?? "unknown"} -> ${to ?? "unknown"}`,
  );
  return `what becomes of calls that move: ${texts.join(", ")}`;
}

function movedLines({ example, rows, cover }: EvidenceSummary, style: Style): readonly string[] {
  const { from, to } = example;
  return [
    `  ${from.workload ?? "refused"} -> ${to.workload ?? "refused"}${style.weigh(rows)}`,
    ...whereLines(cover, style),
    ...citedLines("rules", rows, rulesText, style),
  ];
}

function rulesText({ from, to }: EvidenceRow): string {
  return citedText(from.rules, to.rules, "no rule");
}
