/** Changes of hosts, of the split and of citations, as sections of text. */

import { movesMoney } from "../../policy/diff/change.ts";
import type { ChangeRow } from "../../policy/diff/change-rows.ts";
import type { ChangeSummary, Summary } from "../../policy/diff/summary.ts";
import { counted } from "./columns.ts";
import { moneyText } from "./money-text.ts";
import { citedLines, citedText, labelled, whereLines, type Style } from "./diff-style.ts";

/** One section for each kind of change that there is. */
export function changeSections({ hosts, split, citation }: ChangeSummary, style: Style): readonly string[] {
  const sections: string[] = [];
  if (hosts.length > 0) {
    sections.push(["hosts", ...hosts.flatMap((each) => hostsLines(each, style))].join("\n"));
  }
  if (split.length > 0) {
    sections.push(["split", ...split.flatMap((each) => splitLines(each, style))].join("\n"));
  }
  if (citation !== null) sections.push(citationLines(citation, style).join("\n"));
  return sections;
}

function hostsLines({ example, rows, cellCount, cover }: Summary, style: Style): readonly string[] {
  const { before, after, kind } = example;
  const change = `${hostsText(before, style)} -> ${hostsText(after, style)}`;
  const splitToo = sumCells(rows.filter(movesMoney));
  return [
    `  ${kind.padEnd(12)}  ${change}  ${counted(cellCount, "cell")}${style.weigh(rows)}`,
    ...whereLines(cover, style),
    ...citedLines("clauses", rows, clausesText, style),
    ...(splitToo === 0 ? [] : labelled("split", [`changes too in ${counted(splitToo, "cell")}`])),
  ];
}

function splitLines({ example, rows, cellCount, cover }: Summary, style: Style): readonly string[] {
  const { split } = example;
  const [before, after] = [split?.before, split?.after].map((side) =>
    side ? moneyText(side.money) : "nobody",
  );
  const change = `${before} -> ${after}`;
  const hostsToo = sumCells(rows.filter(({ kind }) => kind !== "split-only"));
  return [
    `  ${change}  ${counted(cellCount, "cell")}${style.weigh(rows)}`,
    ...style.money(rows),
    ...whereLines(cover, style),
    ...citedLines("clauses", rows, moneyClausesText, style),
    ...(hostsToo === 0 ? [] : labelled("hosts", [`change too in ${counted(hostsToo, "cell")}`])),
  ];
}

function citationLines({ rows, cellCount }: Summary, style: Style): readonly string[] {
  const head = `citation only  ${counted(cellCount, "cell")}${style.weigh(rows)}`;
  return [head, ...citedLines("clauses", rows, citationText, style)];
}

function hostsText({ providers, denied }: ChangeRow["before"], style: Style): string {
  if (denied !== null) return denied === "infeasible" ? "cannot exist" : `denied (${denied})`;
  return providers.length === style.providers.length ? "any" : `{${providers.join(", ")}}`;
}

function clausesText({ before, after }: ChangeRow): string {
  return citedText(before.clauses, after.clauses, "no clause");
}

function moneyClausesText({ split }: ChangeRow): string {
  return citedText(split?.before?.clauses ?? [], split?.after?.clauses ?? [], "no clause");
}

/** Those that place the call, or where they are the same those that split the money. */
function citationText(row: ChangeRow): string {
  const { before, after } = row;
  if (before.denied !== after.denied) return `denied (${before.denied}) -> denied (${after.denied})`;
  return before.clauses.join() === after.clauses.join() ? moneyClausesText(row) : clausesText(row);
}

function sumCells(rows: readonly ChangeRow[]): number {
  return rows.reduce((sum, { cellCount }) => sum + cellCount, 0);
}
