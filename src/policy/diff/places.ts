/** Where in a diff a call falls: the rows of its evidence, of its cell and of its move. */

import type { Axis } from "../../decision-table/axes.ts";
import { cellHolding } from "../../decision-table/space.ts";
import type { CallFacts } from "../../domain/call.ts";
import type { DecidedCall, WeightedCall } from "../traffic.ts";
import type { AxisMove } from "./axis-moves.ts";
import type { ChangeRow } from "./change-rows.ts";
import type { PolicyDiff } from "./diff-policies.ts";
import type { Move } from "./moves.ts";
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
  const moving = [...new Set(diff.moves.flatMap((move) => move.axes.map(({ axis }) => axis)))];
  return (call, before, after) => {
    const seen = isKnown(seenAxes, call.evidence) ? cellHolding(evidence.space, call.evidence) : -1;
    const evidenceRow = present(seenRows.get(seen));
    if (before.verdict === null && after.verdict === null) return evidenceRow;
    const start =
      before.verdict === null ? { ...before.facts, workload: classOf(after) ?? "" } : before.facts;
    if (!isKnown(axes, start)) return evidenceRow;
    const cell = cellHolding(joint.space, start);
    const moved = moves.get(textOf(movesBetween(before, after, moving)));
    if (moved === undefined) return [...evidenceRow, ...present(rows.get(cell))];
    return [...evidenceRow, moved.move, ...present(moved.rows.get(cell))];
  };
}

/** What of a call is another fact after, on these axes. */
function movesBetween(before: DecidedCall, after: DecidedCall, axes: readonly string[]): readonly AxisMove[] {
  return axes
    .map((axis) => ({ axis, from: valueOf(before, axis), to: valueOf(after, axis) }))
    .filter(({ from, to }) => from !== to);
}

function valueOf(call: DecidedCall, axis: string): string | null {
  return axis === "workload" ? classOf(call) : (call.facts[axis] ?? null);
}

function classOf({ verdict, facts }: DecidedCall): string | null {
  return verdict === null ? null : (facts["workload"] ?? null);
}

/** The same whatever their order. */
function textOf(axes: readonly AxisMove[]): string {
  return axes
    .map(({ axis, from, to }) => `${axis} ${from} ${to}`)
    .sort()
    .join(", ");
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
