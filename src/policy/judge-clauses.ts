/** How much say each clause of a regime has, and how well the properties and examples guard it. */

import type { Agreement } from "../agreement/parse.ts";
import type { CheckedTable } from "../agreement/verify/checked-table.ts";
import { weighClauses } from "../agreement/verify/clause-weight.ts";
import { allMutants, judgeMutants, type Fate, type Guarded } from "../agreement/verify/mutate.ts";
import type { Mutant } from "../agreement/verify/mutants.ts";
import type { Properties } from "../agreement/verify/parse-properties.ts";
import { finding } from "../decision-table/finding.ts";
import type { Finding } from "../decision-table/findings.ts";
import { splitFirst } from "../decision-table/space.ts";
import type { Workshop } from "./workshop.ts";

export interface MutationScore {
  readonly mutants: number;
  readonly killed: number;
  /** Change no decision under any reading, so nothing could notice them. */
  readonly equivalent: number;
  readonly survived: number;
}

export interface Judged {
  readonly findings: readonly Finding[];
  readonly score: MutationScore;
}

/** `tables` are the regime under every reading. Only the mutants that drop a clause are tried unless `mutate`. */
export function judgeClauses(
  agreement: Agreement,
  tables: readonly CheckedTable[],
  { workshop, properties, mutate }: { workshop: Workshop; properties: Properties; mutate: boolean },
): Judged {
  const space = splitFirst(workshop.space);
  const guarded: Guarded = { tables, properties, space, aroundOf: workshop.around };
  const fateOf = judgeMutants(guarded);
  const weighed = weighClauses(agreement, tables);
  const withoutSay = new Set(weighed.map(({ subject }) => subject));
  const findings: Finding[] = [...weighed];
  const count = { killed: 0, equivalent: 0, survived: 0 };
  const swapped = new Set(agreement.shares?.value.clauses.map(({ id }) => id));
  // Nothing is promised about the clauses of a share preset, so nothing could notice a change of them.
  const mutants = allMutants(guarded).filter(
    ({ clause, rule }) => !swapped.has(clause) && (mutate || rule === null),
  );
  for (const mutant of mutants) {
    const fate = fateOf(mutant);
    count[fate.kind] += 1;
    if (fate.kind === "killed" || withoutSay.has(mutant.clause)) continue;
    if (mutant.rule === null) findings.push(wordUncovered(agreement, mutant, tables));
    if (mutate && fate.kind === "survived") findings.push(wordSurvivor(agreement, mutant, fate));
  }
  return { findings, score: { mutants: mutants.length, ...count } };
}

function wordUncovered(agreement: Agreement, { clause }: Mutant, tables: readonly CheckedTable[]): Finding {
  return finding({
    code: "CT010",
    subject: clause,
    message: `without ${clause} every property and example still holds`,
    at: { source: agreement, path: pathOf(agreement, clause) },
    tables: tables.filter(({ rules }) => rules.some(({ id }) => id === clause)).map(({ name }) => name),
  });
}

function wordSurvivor(
  agreement: Agreement,
  mutant: Mutant,
  fate: Extract<Fate, { kind: "survived" }>,
): Finding {
  return finding({
    code: "CT014",
    subject: mutant.change,
    message: `nobody notices "${mutant.change}"`,
    at: { source: agreement, path: pathOf(agreement, mutant.clause) },
    tables: [fate.table.name],
    cells: { table: fate.table, cells: fate.cells },
  });
}

function pathOf({ value }: Agreement, id: string): readonly (string | number)[] {
  const clause = value.clauses.findIndex((each) => each.id === id);
  if (clause >= 0) return ["clauses", clause];
  return [
    "infeasible",
    Math.max(
      0,
      value.infeasible.findIndex((each) => each.id === id),
    ),
  ];
}
