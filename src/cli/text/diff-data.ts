/** What `clauseway diff` prints for programs. Tokens and picodollars are decimal text: they can exceed what a number holds. */

import { formatCube } from "../../decision-table/cubes.ts";
import type { CellGroup } from "../../policy/diff/cell-group.ts";
import type { ChangeRow } from "../../policy/diff/change-rows.ts";
import type { Place } from "../../policy/diff/places.ts";
import { movedPicoUsd, NOTHING_MOVED, type MovedWeight } from "../../policy/diff/weigh-diff.ts";
import type { Weight } from "../../policy/traffic.ts";
import type { DiffReport } from "./diff-report.ts";

/** JSON, ending with a newline: every row with its cubes, however many there are. */
export function diffAsJson(report: DiffReport): string {
  const { sides, diff, traffic, gate } = report;
  const weighed = (place: Place): object => {
    if (traffic === null) return {};
    return { traffic: movedAsJson(traffic.weights.places.get(place) ?? NOTHING_MOVED) };
  };
  const row = (each: ChangeRow): object => ({ ...changeAsJson(each), ...weighed(each) });
  const document = {
    before: sideAsJson(sides[0]),
    after: sideAsJson(sides[1]),
    verdict: diff.verdict,
    cells: { total: diff.joint.cellCount, ...diff.cells },
    reclassifiedCells: diff.moved,
    headStartDays: diff.headStartDays,
    rows: diff.rows.map(row),
    evidence: diff.evidence.rows.map((each) => ({
      from: each.from,
      to: each.to,
      ...cellsAsJson(each),
      ...weighed(each),
    })),
    moves: diff.moves.map((move) => ({ axes: move.axes, ...weighed(move), rows: move.rows.map(row) })),
    traffic: traffic && trafficAsJson(traffic),
    noNewProviders: gate,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function sideAsJson({ name, policy }: DiffReport["sides"][number]): object {
  const { regime, readingId, source } = policy.agreement;
  return { name, regime, reading: readingId, file: source.file, digest: policy.digest };
}

function changeAsJson(row: ChangeRow): object {
  const { kind, before, after, gained, lost, split } = row;
  return { kind, before, after, gained, lost, split, ...cellsAsJson(row) };
}

function cellsAsJson({ cellCount, cover }: CellGroup): object {
  const cubes = cover.cubes.map((cube) => ({ text: formatCube(cube), axes: cube }));
  return { cells: cellCount, cubes, mergedCellsInNoCube: cover.cellsLeft };
}

function trafficAsJson({ title, weights, unreadable, unpriced }: NonNullable<DiffReport["traffic"]>): object {
  const { total, otherHosts, gaining, losing, newlyDenied, newlyAllowed } = weights;
  const sums = { otherHosts, gaining, losing, newlyDenied, newlyAllowed, leftOut: unreadable };
  return {
    note: "simulated",
    unit: "picodollar (1 USD = 10^12)",
    title,
    total: movedAsJson(total),
    ...Object.fromEntries(Object.entries(sums).map(([name, weight]) => [name, weightAsJson(weight)])),
    unpricedCalls: unpriced,
  };
}

function movedAsJson(weight: MovedWeight): object {
  const moved = Object.entries(movedPicoUsd(weight)).map(([party, amount]) => [party, amount.toString()]);
  return { ...weightAsJson(weight), movedPicoUsd: Object.fromEntries(moved) };
}

function weightAsJson({ calls, tokens, grossPicoUsd }: Weight): object {
  return { calls, tokens: tokens.toString(), grossPicoUsd: grossPicoUsd.toString() };
}
