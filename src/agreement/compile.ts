/** From a parsed agreement and a reading to the table that decides: check words, check links, bind, enumerate, digest. */

import { ConfigError } from "../config/parse-yaml.ts";
import type { ClauseId, ProviderId } from "../domain/call.ts";
import { countCells, describeCell, layOutAxes, tableSize } from "./axes.ts";
import type { Axis } from "./axes.ts";
import { bindRules } from "./bind.ts";
import { checkLinks } from "./check-links.ts";
import { checkWords } from "./check-words.ts";
import { compareClauseIds } from "./clause-order.ts";
import { digestOf } from "./digest.ts";
import type { Choices } from "./knobs.ts";
import type { Agreement } from "./parse.ts";
import { collectProblems } from "./problems.ts";
import type { Problems } from "./problems.ts";
import type { AcceptedWidening, Reading } from "./reading.ts";
import { buildTable, MAX_RULES } from "./table.ts";
import type { DecisionTable } from "./table.ts";
import type { Verdict } from "./verdict.ts";

/** About a second of work and 40 MB; an agreement that needs more should merge values that no clause tells apart. */
const MAX_TABLE_SIZE = 20_000_000;
/** A hole in a base rule opens thousands of cells for a handful of reasons; the rest is counted. */
const MAX_FINDINGS = 20;

/** What a clause says, for those who show it. */
interface ClauseText {
  readonly id: ClauseId;
  readonly name: string;
  readonly text: string;
  readonly basis: "quoted" | "summarised" | "assumed";
  readonly modality: "obligation" | "prohibition" | "permission" | "definition" | "remuneration";
  readonly sources: readonly string[];
  /** `file:line:column` */
  readonly place: string;
}

export interface CompiledAgreement extends DecisionTable {
  readonly id: string;
  readonly title: string;
  readonly regime: string;
  readonly version: number;
  /** `YYYY-MM-DD`; in force from `from` to, but without, `to` (null: no end known). */
  readonly effective: { readonly from: string; readonly to: string | null };
  readonly readingId: string;
  readonly choices: Choices;
  /** SHA-256, 64 hex digits. */
  readonly digest: string;
  readonly axes: readonly Axis[];
  /** Every clause of the file, also those the reading leaves out. */
  readonly clauseIds: readonly ClauseId[];
  readonly clauses: ReadonlyMap<ClauseId, ClauseText>;
  /** In alphabetical order. */
  readonly providers: readonly ProviderId[];
  /** Cells in which every value is known; the table also holds those with unknown values, which deny. */
  readonly cellCount: number;
  readonly acceptedWidenings: readonly AcceptedWidening[];
  /** Verdicts already given, by cell: a memo of `decide`, at most one for each cell of the table. */
  readonly verdicts: Map<number, Verdict>;
}

/**
 * Compiles an agreement under a reading. Throws ConfigError, every problem at once and each with its place, for undeclared
 * words, dangling or duplicate ids, exceptions not named on both sides or in a circle, shares that do not sum to 1,000,000
 * ppm, dates that end before they begin; and, if those are in order, for gaps, conflicts and a space that is too large.
 */
export function compileAgreement(agreement: Agreement, reading: Reading): CompiledAgreement {
  const { value: document } = agreement;
  const problems = collectProblems(agreement);
  checkWords(agreement, problems);
  checkLinks(agreement, problems);
  throwIfAny(problems);

  const axes = layOutAxes(document);
  const rules = bindRules(document, reading.choices, axes);
  checkSize(axes, rules.length, problems);
  throwIfAny(problems);

  const table = buildTable(axes, rules);
  reportHoles(agreement, axes, table, problems);
  throwIfAny(problems);

  const clauses = clauseTexts(agreement);
  return Object.freeze({
    ...table,
    id: agreement.id,
    title: document.agreement.title,
    regime: agreement.regime,
    version: agreement.version,
    effective: Object.freeze({ ...agreement.effective }),
    readingId: reading.id,
    choices: reading.choices,
    digest: digestOf(document, reading, axes, table),
    axes,
    clauseIds: Object.freeze([...clauses.keys()]),
    clauses,
    providers: Object.freeze([...document.providers].sort()),
    cellCount: countCells(axes),
    acceptedWidenings: reading.acceptedWidenings,
    verdicts: new Map<number, Verdict>(),
  });
}

function throwIfAny(problems: Problems): void {
  if (problems.found.length > 0) throw new ConfigError(problems.found);
}

function checkSize(axes: readonly Axis[], ruleCount: number, problems: Problems): void {
  const size = tableSize(axes);
  if (size > MAX_TABLE_SIZE) {
    const product = axes.map((axis) => `${axis.name} ${axis.values.length + 1}`).join(" x ");
    problems.at(
      ["axes"],
      `${product} = ${size} cells, at most ${MAX_TABLE_SIZE}: merge values or drop an axis`,
    );
  }
  if (ruleCount > MAX_RULES) {
    problems.at(["clauses"], `${ruleCount} clauses and impossibilities count, at most ${MAX_RULES} can`);
  }
}

/** Gaps and conflicts, one finding for each distinct ruling, with an example cell and the number of cells like it. */
function reportHoles(
  agreement: Agreement,
  axes: readonly Axis[],
  table: DecisionTable,
  problems: Problems,
): void {
  const holes = new Map<number, { example: number; count: number }>();
  table.cells.forEach((number, cell) => {
    const ruling = table.rulings[number];
    if (ruling?.kind !== "denied" || (ruling.reason !== "gap" && ruling.reason !== "conflict")) return;
    const hole = holes.get(number);
    if (hole === undefined) holes.set(number, { example: cell, count: 1 });
    else hole.count++;
  });
  for (const [number, { example, count }] of [...holes].slice(0, MAX_FINDINGS)) {
    const ruling = table.rulings[number];
    if (ruling?.kind !== "denied") continue;
    const index = agreement.value.clauses.findIndex((clause) => clause.id === ruling.clauses[0]);
    const cells = count === 1 ? "1 cell" : `${count} cells`;
    const where = `${cells}, such as ${describeCell(axes, example)}`;
    const message = `${ruling.reason}: ${ruling.message} (${where}); ${ruling.remedy ?? "mend the clauses"}`;
    problems.at(index < 0 ? ["clauses"] : ["clauses", index], message);
  }
  if (holes.size > MAX_FINDINGS) problems.at([], `and ${holes.size - MAX_FINDINGS} more gaps or conflicts`);
}

function clauseTexts(agreement: Agreement): ReadonlyMap<ClauseId, ClauseText> {
  const texts = agreement.value.clauses.map((clause, index): ClauseText => {
    const { line, column } = agreement.locate(["clauses", index]);
    const { id, name, text, basis, modality } = clause;
    const place = `${agreement.file}:${line}:${column}`;
    return Object.freeze({
      id,
      name,
      text,
      basis,
      modality,
      sources: Object.freeze([...clause.source]),
      place,
    });
  });
  return new Map(texts.sort((a, b) => compareClauseIds(a.id, b.id)).map((text) => [text.id, text]));
}
