/** From the parsed classification and the choices of a reading to the table that classifies: bind, enumerate, digest. */

import { createHash } from "node:crypto";
import { canonicalText } from "../agreement/digest.ts";
import { KNOB_IDS, type Choices } from "../agreement/knobs.ts";
import { ConfigError } from "../config/parse-yaml.ts";
import { layOutAxes, type Axis } from "../decision-table/axes.ts";
import { collectProblems } from "../decision-table/problems.ts";
import {
  expandTable,
  MAX_RULES,
  reduceTable,
  type FlatTable,
  type ReducedTable,
} from "../decision-table/table.ts";
import type { CallFacts } from "../domain/call.ts";
import { bindRules } from "./bind.ts";
import type { Classification } from "./classification.ts";
import { locatorOn, type Locator } from "./evidence.ts";
import type { ClassificationDocument } from "./parse.ts";
import { ruleOn, unclassifiable, type ClassRuling, type Rule } from "./rule.ts";
import type { ClassificationRules } from "./schema.ts";

/** What classifying has found out about a cell. */
export interface SeenCell {
  readonly ruling: ClassRuling;
  readonly evidence: CallFacts;
  /** At most four: with and without inference, retained or not. */
  readonly classifications: Classification[];
}

export interface Classifier extends FlatTable<ClassRuling> {
  readonly source: ClassificationDocument;
  /** The choices it was compiled under, of the knobs that its rules ask about. */
  readonly choices: Readonly<Record<string, string>>;
  /** SHA-256, 64 hex digits. */
  readonly digest: string;
  readonly axes: readonly Axis[];
  /** The rules and impossibilities that count under the reading, in the order of their ids. */
  readonly rules: readonly Rule[];
  /** The same rulings over merged cells, for those who look at all of them. */
  readonly reduced: ReducedTable<Rule, ClassRuling>;
  readonly locate: Locator;
  /** A memo of `classify` by cell: callers can show at most as many cells as operations have combinations of fields. */
  readonly seen: Map<number, SeenCell>;
}

/**
 * Compiles the classification under the choices of a reading. Throws ConfigError for more rules than a table can hold. Gaps and
 * conflicts compile, and deny.
 */
export function compileClassifier(document: ClassificationDocument, choices: Choices): Classifier {
  const axes = layOutAxes(document.value.axes);
  const rules = bindRules(document.value, choices, axes);
  checkSize(document, rules.length);
  const reduced = reduceTable({ axes, rules, ruleOn });
  const asked = choicesAskedAbout(document.value, choices);
  return Object.freeze({
    ...expandTable(reduced, axes, unclassifiable),
    source: document,
    choices: asked,
    digest: digestOf(document.value, asked, reduced),
    axes,
    rules,
    reduced,
    locate: locatorOn(axes),
    seen: new Map<number, SeenCell>(),
  });
}

function checkSize(document: ClassificationDocument, ruleCount: number): void {
  if (ruleCount <= MAX_RULES) return;
  const problems = collectProblems(document);
  problems.at(["rules"], `${ruleCount} rules and impossibilities count, at most ${MAX_RULES} can`);
  throw new ConfigError(problems.found);
}

function choicesAskedAbout(
  { rules }: ClassificationRules,
  choices: Choices,
): Readonly<Record<string, string>> {
  const asked = new Set(rules.flatMap((rule) => Object.keys(rule["only-if"])));
  const knobs = KNOB_IDS.filter((id) => asked.has(id));
  return Object.freeze(Object.fromEntries(knobs.map((id) => [id, choices[id]])));
}

/**
 * One number for everything that can change a class or what it cites: the rules and their words, the choices they ask about,
 * the table. Comments and the order of keys and lists do not count, neither do properties and examples.
 */
function digestOf(
  { sources, axes, infeasible, rules }: ClassificationRules,
  choices: Readonly<Record<string, string>>,
  { space, cells, outcomes }: ReducedTable<Rule, ClassRuling>,
): string {
  return createHash("sha256")
    .update(canonicalText({ sources, axes, infeasible, rules, choices }))
    .update(JSON.stringify(space.facets.map(({ axis, groups }) => [axis.name, groups])))
    .update(JSON.stringify(outcomes))
    .update(cells.join(","))
    .digest("hex");
}
