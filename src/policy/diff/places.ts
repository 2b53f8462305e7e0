/** Where in a diff a call falls: the rows of its evidence, of its cell and of its move. */

import type { Axis } from "../../decision-table/axes.ts";
import { cellHolding } from "../../decision-table/space.ts";
import type { CallFacts } from "../../domain/call.ts";
import type { DecidedCall, WeightedCall } from "../traffic.ts";
import type { ChangeRow } from "./change-rows.ts";
import type { PolicyDiff } from "./diff-policies.ts";
import type { AxisMove, Move } from "./moves.ts";
import type { EvidenceRow } from "./reclassified.ts";

export type Place = ChangeRow | EvidenceRow | Move;

/** A finder of the places of a call that was decided on both sides; none where nothing changes for it. */
export function placesIn(
  diff: PolicyDiff,
): (call: WeightedCall, before: DecidedCall, after: DecidedCall) => readonly Place[] {
  const { joint, evidence } = diff;
  const { axes: seenAxes } = diff.before.classifier;
  const { axes } = diff.before.agreement;
  const seenRows = byCell(evidence.rows);
  const rows = byCell(diff.rows);
  const moves = new Map(
    diff.moves.map((move) => [textOf(move.axes), { move, rows: byCell(move.rows) }] as const),
  );
  return (call, before, after) => {
    const seen = isKnown(seenAxes, call.evidence) ? cellHolding(evidence.space, call.evidence) : -1;
    const evidenceRow = present(seenRows.get(seen));
    if (before.verdict === null && after.verdict === null) return evidenceRow;
    const start = before.verdict === null ? after.facts : before.facts;
    if (!isKnown(axes, start)) return evidenceRow;
    const cell = cellHolding(joint.space, start);
    const moved = moves.get(textOf(movesBetween(diff, before, after)));
    if (moved === undefined) return [...evidenceRow, ...present(rows.get(cell))];
    return [...evidenceRow, moved.move, ...present(moved.rows.get(cell))];
  };
}

/** In the order in which the diff combines them: the class first, then the head start where anything depends on it. */
function movesBetween(
  { headStartDays }: PolicyDiff,
  before: DecidedCall,
  after: DecidedCall,
): readonly AxisMove[] {
  const workload = { axis: "workload", from: classOf(before), to: classOf(after) };
  const headStart = { axis: "head-start", from: headStartOf(before), to: headStartOf(after) };
  return (headStartDays === null ? [workload] : [workload, headStart]).filter(({ from, to }) => from !== to);
}

function classOf({ verdict, facts }: DecidedCall): string | null {
  return verdict === null ? null : (facts["workload"] ?? null);
}

function headStartOf({ facts }: DecidedCall): string | null {
  return facts["head-start"] ?? null;
}

function textOf(axes: readonly AxisMove[]): string {
  return axes.map(({ axis, from, to }) => `${axis} ${from} ${to}`).join(", ");
}

function byCell<Row extends { readonly cells: readonly number[] }>(
  rows: readonly Row[],
): ReadonlyMap<number, Row> {
  return new Map(rows.flatMap((row) => row.cells.map((cell) => [cell, row] as const)));
}

function present<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

function isKnown(axes: readonly Axis[], facts: CallFacts): boolean {
  return axes.every(({ name, offsets }) => offsets.has(facts[name] ?? ""));
}
