/** An explanation as JSON: the same sections as the text, under their labels. */

import type { ExplainReport } from "../explain/report.ts";

/** Ends with a newline. Amounts are strings of picodollars, since JSON numbers are not exact. */
export function explanationJson(report: ExplainReport): string {
  return `${JSON.stringify(fieldsOf(report), (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2)}\n`;
}

function fieldsOf({ call, terms, explanation }: ExplainReport): Readonly<Record<string, unknown>> {
  const { kind, ...about } = call;
  if (explanation === null) return { terms, [kind]: about, decision: null };
  const { facts, ruling, cell, matters, classification, ...sections } = explanation;
  return {
    terms,
    [kind === "facts" ? "given" : kind]: about,
    facts,
    class: classification,
    decision: { ...ruling, cell },
    because: sections.because,
    matters: matters?.rests ?? null,
    irrelevant: matters?.irrelevant ?? null,
    rejected: sections.rejected,
    revenue: sections.revenue,
    nearest: sections.nearest,
    flips: sections.flips,
  };
}
