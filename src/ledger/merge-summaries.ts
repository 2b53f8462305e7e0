/** Adds the summaries of two disjoint sets of calls. Rows are only ever added, so a fold can go on from where it was. */

import { picoUsd } from "../domain/units.ts";
import type { LedgerSummary } from "./summary.ts";

/** The summary of the calls of both; no call may be in both. */
export function mergeSummaries(a: LedgerSummary, b: LedgerSummary): LedgerSummary {
  return {
    uses: addRows(a.uses, b.uses),
    parts: addRows(a.parts, b.parts),
    eligible: addRows(a.eligible, b.eligible),
    unpricedReasons: addRows(a.unpricedReasons, b.unpricedReasons),
    balancePicoUsd: picoUsd(a.balancePicoUsd + b.balancePicoUsd),
  };
}

/** Rows of a summary are told apart by their words (and nulls); their numbers are sums. */
function addRows<T extends object>(a: readonly T[], b: readonly T[]): readonly T[] {
  const rows = new Map<string, T>();
  for (const row of [...a, ...b]) {
    const key = JSON.stringify(
      Object.entries(row).filter(([, value]) => value === null || typeof value === "string"),
    );
    const known = rows.get(key);
    rows.set(key, known ? addRow(known, row) : row);
  }
  return [...rows.values()];
}

function addRow<T extends object>(a: T, b: T): T {
  const sums = Object.entries(b).map(([field, value]: [string, unknown]) => {
    const before: unknown = Reflect.get(a, field);
    if (typeof value === "bigint" && typeof before === "bigint") return [field, before + value];
    if (typeof value === "number" && typeof before === "number") return [field, before + value];
    return [field, value];
  });
  return Object.fromEntries(sums) as T;
}
