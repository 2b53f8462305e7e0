/** Evidence that two sides classify differently, or by other rules. */

import type { Classifier } from "../../classification/compile.ts";
import { ruleOn, type ClassRuling, type Rule } from "../../classification/rule.ts";
import { collapse, type Space } from "../../decision-table/space.ts";
import { reduceTable, type ReducedTable } from "../../decision-table/table.ts";
import type { WorkloadClass } from "../../domain/call.ts";
import { groupCells, type CellGroup } from "./cell-group.ts";

interface ClassSide {
  /** Null where the rules leave the call without a class, so that it is refused. */
  readonly workload: WorkloadClass | null;
  readonly rules: readonly string[];
}

/** Merged cells of the evidence that go from one class to another, or stay in theirs by other rules. */
export interface EvidenceRow extends CellGroup {
  readonly from: ClassSide;
  readonly to: ClassSide;
}

export interface Reclassified {
  /** The evidence with what the two sides tell apart. */
  readonly space: Space;
  /** Merged cells of it that cannot exist, so nothing about them matters. */
  readonly impossible: ReadonlySet<number>;
  /** Other classes first, then other rules only; the largest first. */
  readonly rows: readonly EvidenceRow[];
}

/** Compares two classifications of the same evidence: one under two readings, or two with the same axes. */
export function reclassified(one: Classifier, other: Classifier): Reclassified {
  if (one.digest === other.digest) return { space: one.reduced.space, impossible: new Set(), rows: [] };
  const scopes = [...one.rules, ...other.rules].map(({ scope }) => scope);
  const space = collapse(one.axes, scopes);
  const [before, after] = [tableOf(one, space), tableOf(other, space)];
  const impossible = new Set<number>();
  const groups = new Map<string, Pick<EvidenceRow, "from" | "to"> & { readonly cells: number[] }>();
  for (const cell of before.cells.keys()) {
    const [left, right] = [rulingAt(before, cell), rulingAt(after, cell)];
    if (isImpossible(left) && isImpossible(right)) impossible.add(cell);
    const [from, to] = [sideOf(left), sideOf(right)];
    if (JSON.stringify(from) === JSON.stringify(to)) continue;
    const key = JSON.stringify([from, to]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { from, to, cells: [cell] });
    else known.cells.push(cell);
  }
  const rows = [...groups.values()].map((group) => ({
    ...group,
    ...groupCells(space, group.cells, impossible),
  }));
  return { space, impossible, rows: rows.sort(otherClassesFirst) };
}

/** Whether the class itself is another one, not only the rules behind it. */
export function changesClass({ from, to }: Pick<EvidenceRow, "from" | "to">): boolean {
  return from.workload !== to.workload;
}

type ClassTable = ReducedTable<Rule, ClassRuling>;

function tableOf({ axes, rules }: Classifier, space: Space): ClassTable {
  return reduceTable({ axes, rules, ruleOn, space });
}

function rulingAt({ outcomes, cells }: ClassTable, cell: number): ClassRuling {
  const ruling = outcomes[cells[cell] ?? -1];
  if (ruling === undefined) throw new RangeError(`the space has no cell ${cell}`);
  return ruling;
}

function isImpossible(ruling: ClassRuling): boolean {
  return ruling.kind === "denied" && ruling.reason === "infeasible";
}

function sideOf(ruling: ClassRuling): ClassSide {
  return { workload: ruling.kind === "classified" ? ruling.workload : null, rules: ruling.rules };
}

function otherClassesFirst(a: EvidenceRow, b: EvidenceRow): number {
  if (changesClass(a) !== changesClass(b)) return changesClass(a) ? -1 : 1;
  return b.cellCount - a.cellCount;
}
