/** What `clauseway diff` prints for people: the verdict, the traffic, what changes in the agreement and in the classes of calls. */

import type { Side } from "../../app/read-side.ts";
import type { Traffic } from "../../app/read-traffic.ts";
import type { PolicyDiff } from "../../policy/diff/diff-policies.ts";
import { summarise, summariseEvidence } from "../../policy/diff/summary.ts";
import { weighPlaces, type DiffWeights } from "../../policy/diff/weigh-diff.ts";
import { columns, counted, grouped } from "./columns.ts";
import { changeSections } from "./diff-changes.ts";
import { evidenceSections, moveTitle } from "./diff-classes.ts";
import type { Style } from "./diff-style.ts";
import { formatGate, formatTraffic, moneyLine, shareOfTraffic } from "./diff-traffic.ts";

export interface DiffReport {
  readonly sides: readonly [Side, Side];
  readonly diff: PolicyDiff;
  readonly traffic: (Traffic & { readonly weights: DiffWeights }) | null;
  /** Null where new providers are no matter. */
  readonly gate: { readonly violated: boolean } | null;
}

/** The report as text, ending with a newline; `all` shows what is else cut short. */
export function formatDiff(report: DiffReport, all: boolean): string {
  const { diff, traffic, gate } = report;
  const style = styleOf(report, all);
  const { space, impossible } = diff.joint;
  const parts = [
    formatHead(report),
    ...(traffic === null ? [] : [formatTraffic(traffic)]),
    ...changeSections(summarise(space, diff.rows, impossible), style),
    ...evidenceSections(summariseEvidence(diff.evidence), style),
    ...diff.moves.map((move) => {
      const sections = changeSections(summarise(space, move.rows, move.impossible), style);
      const lines = sections.length === 0 ? ["nothing changes for them"] : sections.join("\n").split("\n");
      return [`${moveTitle(move)}${style.weigh([move])}`, ...lines.map((line) => `  ${line}`)].join("\n");
    }),
    ...(gate === null ? [] : [formatGate(gate)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function styleOf({ diff, traffic }: DiffReport, all: boolean): Style {
  return {
    providers: [...new Set([diff.before, diff.after].flatMap(({ agreement }) => agreement.providers))],
    most: all ? Number.POSITIVE_INFINITY : 4,
    weigh: (places) => {
      if (traffic === null) return "";
      return `  ${shareOfTraffic(weighPlaces(traffic.weights, places), traffic.weights.total)}`;
    },
    money: (rows) => (traffic === null ? [] : moneyLine(weighPlaces(traffic.weights, rows))),
  };
}

function formatHead({ sides: [before, after], diff }: DiffReport): string {
  const { cells, moved, joint, headStartDays: days, verdict } = diff;
  const rows = [
    ["before", `${before.name}  ${before.policy.digest.slice(0, 12)}`],
    ["after", `${after.name}  ${after.policy.digest.slice(0, 12)}`],
    ["verdict", verdict === "EQUIVALENT" ? "EQUIVALENT, no call gets other hosts" : verdict],
    [
      "cells",
      `${grouped(cells.changed)} of ${grouped(joint.cellCount)} change (${hostsTally(cells)})${countedIf(cells.splitOnly, "split-only")}${countedIf(cells.citationOnly, "citation-only")}`,
    ],
    ...(diff.moves.length === 0
      ? []
      : [["moves", `calls that are read as another kind (${hostsTally(moved)})`]]),
    ...(days === null
      ? []
      : [["head start", `of a new model, ${days.before} -> ${counted(days.after, "day")}`]]),
  ];
  return columns(rows);
}

/** Cells that gain a provider, and cells that lose one. */
function hostsTally({ gaining, losing }: { readonly gaining: number; readonly losing: number }): string {
  return `+${grouped(gaining)} -${grouped(losing)}`;
}

function countedIf(count: number, what: string): string {
  return count === 0 ? "" : `, ${grouped(count)} ${what}`;
}
