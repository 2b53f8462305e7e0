/** The properties file, its words checked and its conditions resolved. */

import { ConfigError, parseYaml, type Located } from "../../config/parse-yaml.ts";
import type { Axis } from "../../decision-table/axes.ts";
import { layOutAxes } from "../../decision-table/axes.ts";
import { checkCondition, checkKnown } from "../../decision-table/check-condition.ts";
import type { AxisDeclaration, Condition } from "../../decision-table/condition.ts";
import { collectProblems, type Path, type Problems } from "../../decision-table/problems.ts";
import { scopeOf, type Scope } from "../../decision-table/scope.ts";
import { checkCited } from "../check-links.ts";
import { checkChoices } from "../check-words.ts";
import type { ChoiceSelectors, Clause } from "../schema.ts";
import type { Vocabulary } from "../vocabulary.ts";
import { propertiesSchema } from "./property-schema.ts";
import type { Demand, PropertiesDocument, Property, RegimeSelector } from "./property-schema.ts";

export interface BoundException {
  readonly scope: Scope;
  readonly regimes: RegimeSelector;
  readonly readings: ChoiceSelectors;
}

export interface BoundProperty {
  readonly property: Property;
  /** Its number in the file, from 0. */
  readonly index: number;
  /** The condition of `forall` or `exists`. */
  readonly scope: Scope;
  readonly exceptions: readonly BoundException[];
  /** The condition on the request, on the axes of the classification; null where any request is meant. */
  readonly evidence: Condition | null;
  /** Names of axes that may not matter; empty where that is not asked. */
  readonly invariantAxes: ReadonlySet<string>;
}

/** The file as it stands, its words not yet checked. */
export interface PropertiesFile extends Located<PropertiesDocument> {
  readonly file: string;
}

export interface Properties extends PropertiesFile {
  readonly bound: readonly BoundProperty[];
}

/** Reads `config/properties.yaml`. Throws ConfigError for what is no YAML or does not fit the schema, every problem at once. */
export function readProperties(text: string, file: string): PropertiesFile {
  return { ...parseYaml<PropertiesDocument>(text, file, propertiesSchema), file };
}

/** Throws ConfigError for unknown words and ids used twice, every problem with its position. */
export function propertiesOf(located: PropertiesFile, known: Omit<Known, "problems">): Properties {
  const problems = collectProblems(located);
  const { properties } = located.value;
  properties.forEach((property, index) => {
    const path = ["properties", index];
    checkProperty(property, path, { ...known, problems });
    if (properties.findIndex(({ id }) => id === property.id) !== index) {
      problems.at([...path, "id"], `id \`${property.id}\` is used twice, rename one`);
    }
  });
  if (problems.found.length > 0) throw new ConfigError(problems.found);
  const axes = layOutAxes(known.vocabulary.value.axes);
  return { ...located, bound: properties.map((property, index) => bind(property, index, axes)) };
}

/** Every scope that the properties ask about. */
export function scopesOf({ bound }: Pick<Properties, "bound">): readonly Scope[] {
  return bound.flatMap(({ scope, exceptions }) => [scope, ...exceptions.map((each) => each.scope)]);
}

function bind(property: Property, index: number, axes: readonly Axis[]): BoundProperty {
  const condition = "exists" in property ? property.exists : property.forall;
  const exceptions = "except" in property ? property.except : [];
  const names = "invariantUnder" in property ? property.invariantUnder : [];
  return {
    property,
    index,
    scope: scopeOf(condition, axes),
    exceptions: exceptions.map(({ when, regimes, readings }) => ({
      scope: scopeOf(when, axes),
      regimes,
      readings,
    })),
    evidence: "evidence" in property ? (property.evidence ?? null) : null,
    invariantAxes: new Set(names),
  };
}

/** The words a property may use; null where they are not all known, so that none can be called unknown. */
interface Known {
  readonly vocabulary: Vocabulary;
  readonly regimes: readonly string[] | null;
  /** Of all regimes. */
  readonly clauses: readonly Clause[] | null;
  /** The axes of the classification. */
  readonly evidenceAxes: Readonly<Record<string, AxisDeclaration>> | null;
  readonly problems: Problems;
}

function checkProperty(property: Property, path: Path, known: Known): void {
  const { problems } = known;
  const { axes } = known.vocabulary.value;
  const check = (when: Condition, place: Path): void => checkCondition(axes, when, place, problems);
  checkRegimes(property.regimes, [...path, "regimes"], known);
  checkChoices(property.readings, [...path, "readings"], problems);
  if ("evidence" in property && property.evidence !== undefined && known.evidenceAxes !== null) {
    checkCondition(known.evidenceAxes, property.evidence, [...path, "evidence"], problems);
  }
  if ("exists" in property) check(property.exists, [...path, "exists"]);
  else {
    check(property.forall, [...path, "forall"]);
    property.except.forEach((exception, nth) => {
      const place = [...path, "except", nth];
      check(exception.when, [...place, "when"]);
      checkRegimes(exception.regimes, [...place, "regimes"], known);
      checkChoices(exception.readings, [...place, "readings"], problems);
    });
  }
  if ("then" in property) checkDemand(property.then, [...path, "then"], known);
  if ("invariantUnder" in property) {
    const place = [...path, "invariantUnder"];
    checkKnown(property.invariantUnder, Object.keys(axes), "axis", place, problems);
  }
  if ("relation" in property && known.regimes !== null) {
    for (const side of ["left", "right"] as const) {
      const place = [...path, "relation", side];
      checkKnown(property.relation[side], known.regimes, "regime", place, problems);
    }
  }
}

function checkRegimes(selector: RegimeSelector, path: Path, { regimes, problems }: Known): void {
  if (selector === "any" || regimes === null) return;
  if (Array.isArray(selector)) return checkKnown(selector, regimes, "regime", path, problems);
  const { from, to } = selector;
  checkKnown(from, regimes, "regime", [...path, "from"], problems);
  if (to !== undefined) checkKnown(to, regimes, "regime", [...path, "to"], problems);
}

function checkDemand(demand: Demand, path: Path, known: Known): void {
  const { vocabulary, problems } = known;
  const { providers, parties } = vocabulary.value;
  for (const [word, named] of Object.entries(demand.providers ?? {})) {
    if (named === undefined || named === "any") continue;
    checkKnown(named, providers, "provider", [...path, "providers", word], problems);
  }
  for (const party of Object.keys(demand.share_ppm ?? {})) {
    checkKnown(party, parties, "party", [...path, "share_ppm", party], problems);
  }
  // Not those of share presets: what is said of money is not asked where one of them is in force.
  const { clauses } = known;
  if (clauses === null) return;
  for (const [key, subject] of [
    ["cites", "hosting"],
    ["money", "money"],
  ] as const) {
    for (const [word, ids = []] of Object.entries(demand[key] ?? {})) {
      checkCited(ids, { clauses, subject }, [...path, key, word], problems);
    }
  }
}
