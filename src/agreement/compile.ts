/** From a parsed agreement and a reading to the table that decides: check words, check links, bind, enumerate, digest. */

import { ConfigError } from "../config/parse-yaml.ts";
import { countCells, layOutAxes, tableSize } from "../decision-table/axes.ts";
import type { Axis } from "../decision-table/axes.ts";
import { collectProblems, type Problems } from "../decision-table/problems.ts";
import { expandTable, MAX_RULES, reduceTable } from "../decision-table/table.ts";
import type { FlatTable, ReducedTable } from "../decision-table/table.ts";
import type { ClauseId, ProviderId } from "../domain/call.ts";
import { bindRules, type Rule } from "./bind.ts";
import { checkLinks } from "./check-links.ts";
import { checkWords } from "./check-words.ts";
import { readClauseTexts, type ClauseText } from "./clause-text.ts";
import { digestOf } from "./digest.ts";
import type { Choices } from "./knobs.ts";
import type { Agreement } from "./parse.ts";
import { choicesUnder } from "./reading.ts";
import type { AcceptedWidening, Reading } from "./reading.ts";
import { ruleOn, unclassifiable } from "./rule.ts";
import type { Interval } from "./schema.ts";
import type { Ruling, Verdict } from "./verdict.ts";

/** About a second of work and 40 MB; an agreement that needs more should merge values that no clause tells apart. */
const MAX_TABLE_SIZE = 20_000_000;

/** An agreement whose open questions are answered: which clauses count, and about which cells they speak. */
export interface BoundAgreement {
  readonly source: Agreement;
  readonly regime: string;
  readonly reading: Reading;
  readonly readingId: string;
  readonly choices: Choices;
  readonly axes: readonly Axis[];
  /** The rules that count under the reading, in the order of their ids. */
  readonly rules: readonly Rule[];
  /** Every clause of the file, also those the reading leaves out, in the order of the ids. */
  readonly clauses: ReadonlyMap<ClauseId, ClauseText>;
  /** In alphabetical order. */
  readonly providers: readonly ProviderId[];
}

export interface CompiledAgreement extends BoundAgreement, FlatTable<Ruling> {
  readonly id: string;
  readonly title: string;
  readonly version: number;
  /** `YYYY-MM-DD`; in force from `from` to, but without, `to` (null: no end known). */
  readonly effective: Interval;
  /** SHA-256, 64 hex digits. */
  readonly digest: string;
  /** The same decisions over merged cells, for those who look at all of them. */
  readonly reduced: ReducedTable<Rule, Ruling>;
  readonly clauseIds: readonly ClauseId[];
  /** Cells in which every value is known; the table also holds those with unknown values, which deny. */
  readonly cellCount: number;
  readonly acceptedWidenings: readonly AcceptedWidening[];
  /** Verdicts already given, by cell: a memo of `decide`, at most one for each cell of the table. */
  readonly verdicts: Map<number, Verdict>;
}

/**
 * Compiles an agreement under a reading. Throws ConfigError, every problem at once and each with its place, for undeclared
 * words, dangling or duplicate ids, exceptions not named on both sides or in a circle, shares that do not sum to 1,000,000
 * ppm, dates that end before they begin, and a space that is too large. Gaps and conflicts compile, and deny: verify/ finds them.
 */
export function compileAgreement(agreement: Agreement, reading: Reading): CompiledAgreement {
  return compileBound(bindAgreement(agreement, reading));
}

/** The first half of compiling: as far as those need it who enumerate for themselves. Throws as `compileAgreement` does. */
export function bindAgreement(agreement: Agreement, reading: Reading): BoundAgreement {
  checkStructure(agreement);
  const words = agreement.vocabulary.value;
  const axes = layOutAxes(words.axes);
  const choices = choicesUnder(reading, agreement.regime);
  const rules = bindRules(agreement.value, { choices, axes, providers: words.providers });
  checkSize(agreement, axes, rules.length);
  return Object.freeze({
    source: agreement,
    regime: agreement.regime,
    reading,
    readingId: reading.id,
    choices,
    axes,
    rules,
    clauses: readClauseTexts(agreement),
    providers: Object.freeze([...words.providers].sort()),
  });
}

/** The second half: every cell enumerated, and the digest over all of it. */
export function compileBound(bound: BoundAgreement): CompiledAgreement {
  const { source, reading, choices, axes, rules, clauses } = bound;
  const reduced = reduceTable({ axes, rules, ruleOn });
  const table = expandTable(reduced, axes, unclassifiable);
  return Object.freeze({
    ...bound,
    ...table,
    id: source.id,
    title: source.value.agreement.title,
    version: source.version,
    effective: Object.freeze({ ...source.effective }),
    digest: digestOf(source, { choices, reading, axes, table }),
    reduced,
    clauseIds: Object.freeze([...clauses.keys()]),
    cellCount: countCells(axes),
    acceptedWidenings: reading.acceptedWidenings,
    verdicts: new Map<number, Verdict>(),
  });
}

/** Agreements whose words and links were found in order: no reading changes that. */
const inOrder = new WeakSet<Agreement>();

/** Throws ConfigError, every problem at once, for what no reading could mend. */
export function checkStructure(agreement: Agreement): void {
  if (inOrder.has(agreement)) return;
  const problems = collectProblems(agreement);
  checkWords(agreement, problems);
  checkLinks(agreement, problems);
  throwIfAny(problems);
  inOrder.add(agreement);
}

function throwIfAny(problems: Problems): void {
  if (problems.found.length > 0) throw new ConfigError(problems.found);
}

function checkSize(agreement: Agreement, axes: readonly Axis[], ruleCount: number): void {
  const size = tableSize(axes);
  if (size > MAX_TABLE_SIZE) {
    const problems = collectProblems(agreement.vocabulary);
    const product = axes.map((axis) => `${axis.name} ${axis.values.length + 1}`).join(" x ");
    problems.at(
      ["axes"],
      `${product} = ${size} cells, at most ${MAX_TABLE_SIZE}: merge values or drop an axis`,
    );
    throwIfAny(problems);
  }
  if (ruleCount > MAX_RULES) {
    const problems = collectProblems(agreement);
    problems.at(["clauses"], `${ruleCount} clauses and impossibilities count, at most ${MAX_RULES} can`);
    throwIfAny(problems);
  }
}
