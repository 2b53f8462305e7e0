/** Rows taken together by what they do, whatever the clauses behind them: what a reader asks first. */

import { effectOf } from "../../agreement/money.ts";
import type { Space } from "../../decision-table/space.ts";
import { groupCells, type CellGroup } from "./cell-group.ts";
import { CHANGE_KINDS, movesMoney } from "./change.ts";
import type { ChangeRow } from "./change-rows.ts";
import { changesClass, type EvidenceRow, type Reclassified } from "./reclassified.ts";

/** Rows that share a change: of the hosts, of the split, or of nothing but the clauses cited. */
export interface Summary extends CellGroup {
  /** Any of the rows tells the change: they agree in it. */
  readonly example: ChangeRow;
  /** In the order given, at least one. */
  readonly rows: readonly ChangeRow[];
}

export interface ChangeSummary {
  /** By hosts before and after, in the order of the kinds, the largest first. */
  readonly hosts: readonly Summary[];
  /** By terms of money before and after, the largest first; also of cells whose hosts change. */
  readonly split: readonly Summary[];
  /** Cells in which only other clauses are cited; null where there are none. */
  readonly citation: Summary | null;
}

/** Summarises rows of one space; a row can stand under hosts and under split. */
export function summarise(
  space: Space,
  rows: readonly ChangeRow[],
  mayHold: ReadonlySet<number>,
): ChangeSummary {
  const merge = (some: readonly ChangeRow[], keyOf: (row: ChangeRow) => unknown): readonly Summary[] => {
    const groups = Map.groupBy(some, (row) => JSON.stringify(keyOf(row)));
    return [...groups.values()].flatMap((group) => {
      const [example] = group;
      if (example === undefined) return [];
      const cells = group.flatMap(({ cells }) => cells).sort((a, b) => a - b);
      return [{ example, rows: group, ...groupCells(space, cells, mayHold) }];
    });
  };
  const moving = rows.filter(({ gained, lost }) => gained.length + lost.length > 0);
  const citing = rows.filter(({ kind }) => kind === "citation-only");
  const [citation = null] = merge(citing, () => null);
  return {
    hosts: merge(moving, hostsOf).toSorted((a, b) => orderOf(a) - orderOf(b) || b.cellCount - a.cellCount),
    split: merge(rows.filter(movesMoney), sharesOf).toSorted((a, b) => b.cellCount - a.cellCount),
    citation,
  };
}

/** Evidence rows that share a change of class. */
export interface EvidenceSummary extends CellGroup {
  readonly example: EvidenceRow;
  /** At least one; they differ in the rules. */
  readonly rows: readonly EvidenceRow[];
}

/** By class before and after, in the order of the rows; last, as one, what stays in its class by other rules. */
export function summariseEvidence({ space, impossible, rows }: Reclassified): readonly EvidenceSummary[] {
  const groups = Map.groupBy(rows, (row) =>
    changesClass(row) ? `${row.from.workload} ${row.to.workload}` : "",
  );
  return [...groups.values()].flatMap((group) => {
    const [example] = group;
    if (example === undefined) return [];
    const cells = group.flatMap(({ cells }) => cells).sort((a, b) => a - b);
    return [{ example, rows: group, ...groupCells(space, cells, impossible) }];
  });
}

function hostsOf({ before, after }: ChangeRow): unknown {
  return [before.providers, before.denied, after.providers, after.denied];
}

function sharesOf({ split }: ChangeRow): unknown {
  return [split?.before, split?.after].map((side) => side && effectOf(side.money));
}

function orderOf({ example }: Summary): number {
  return CHANGE_KINDS.indexOf(example.kind);
}
