/** What checking a table of rules can bring to light: each kind with its code, its weight and how to mend it. */

import type { Cover } from "./cubes.ts";

export const FINDING_CODES = [
  "CT001",
  "CT002",
  "CT003",
  "CT004",
  "CT005",
  "CT006",
  "CT007",
  "CT008",
  "CT009",
  "CT010",
  "CT011",
  "CT012",
  "CT013",
  "CT014",
  "CT015",
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

/** Warnings about a clause, which an agreement may accept with a reason; nothing excuses an error, or an excuse. */
export const ACCEPTABLE_CODES = [
  "CT003",
  "CT004",
  "CT005",
  "CT010",
  "CT014",
] as const satisfies readonly FindingCode[];

type Severity = "error" | "warning";

interface FindingKind {
  readonly title: string;
  readonly severity: Severity;
  readonly remedy: string;
}

/** Errors stop the server and CI; warnings are listed. */
export const FINDING_KINDS: Readonly<Record<FindingCode, FindingKind>> = {
  CT001: kind(
    "gap",
    "error",
    "add a clause that covers the cells, or list them under `infeasible` with the reason",
  ),
  CT002: kind("conflict", "error", "name one clause as an exception to the other, on both sides"),
  CT003: kind("dead clause", "warning", "widen its `when`, or remove it"),
  CT004: kind("shadowed clause", "warning", "narrow the clauses that override it, or remove it"),
  CT005: kind("redundant clause", "warning", "remove it, or let it change something"),
  CT006: kind("includes escapes", "error", "correct `includes`, or let the clause decide what it names"),
  CT007: kind(
    "caller widens",
    "error",
    "decide by a fact that the caller does not control, or accept it with a reason",
  ),
  CT008: kind("property failed", "error", "mend the clauses, or state the exception in clause and property"),
  CT009: kind(
    "vacuous property",
    "error",
    "correct the condition so that it meets a cell, or remove the property",
  ),
  CT010: kind("uncovered clause", "warning", "add a property or an example that fails without it"),
  CT011: kind("split not conserved", "error", "let the shares be whole ppm that sum to 1000000"),
  CT012: kind("time not tiled", "error", "let each regime begin on the day the one before it ends"),
  CT013: kind("broken link", "error", "name clauses that exist, on both sides, and in no circle"),
  CT014: kind("surviving mutant", "warning", "add a property or an example that fails for the mutant"),
  CT015: kind("idle excuse", "warning", "remove it, so that it cannot hide what goes wrong later"),
};

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
  /** What it is about: a clause, property, example, axis or widening id. */
  readonly subject: string;
  /** Lower case, no full stop. */
  readonly message: string;
  readonly remedy: string;
  /** The cells concerned; no cubes where it is about no cell in particular. */
  readonly cover: Cover;
  /** How many cells that is, in the full space. */
  readonly cellCount: number;
  /** Where it was found, as `regime x reading`; never empty. */
  readonly tables: readonly string[];
  /** Why it is accepted, where it is; an accepted finding never stops anything. */
  readonly accepted: string | null;
}

/** Whether a finding stops the server and CI. */
export function isBlocking(finding: Finding): boolean {
  return finding.severity === "error" && finding.accepted === null;
}

function kind(title: string, severity: Severity, remedy: string): FindingKind {
  return { title, severity, remedy };
}
