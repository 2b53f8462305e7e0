/** Compiles what the checks ask for, each thing once, whoever asks first. */

import { layOutAxes, type Axis } from "../decision-table/axes.ts";
import { collapse, type Space } from "../decision-table/space.ts";
import { bindAgreement, compileBound } from "../agreement/compile.ts";
import type { Agreement } from "../agreement/parse.ts";
import { choicesUnder, type Reading } from "../agreement/reading.ts";
import { checkedTable, type CheckedTable } from "../agreement/verify/checked-table.ts";
import type { Surroundings } from "../agreement/verify/examine.ts";
import { scopesOf } from "../agreement/verify/parse-properties.ts";
import { classesReached } from "../classification/classes-reached.ts";
import { compileClassifier, type Classifier } from "../classification/compile.ts";
import { scopeOf, type Scope } from "../decision-table/scope.ts";
import { joinPolicy, type Policy } from "./policy.ts";
import type { PolicySources } from "./policy-sources.ts";

export interface Workshop {
  /** Tells apart all that any rule of any regime, any property and any example speaks about. */
  readonly space: Space;
  table(agreement: Agreement, reading: Reading): CheckedTable;
  classifier(agreement: Agreement, reading: Reading): Classifier;
  policy(agreement: Agreement, reading: Reading): Policy;
  /** The tables of the other regimes under the reading of this one. */
  around(table: CheckedTable): Surroundings;
}

/** Throws ConfigError as soon as something is asked for that does not compile. */
export function openWorkshop(sources: PolicySources): Workshop {
  const axes = layOutAxes(sources.vocabulary.value.axes);
  const regimes = sources.agreements.map(({ regime }) => regime);
  const tables = new Map<string, CheckedTable>();
  const classifiers = new Map<string, Classifier>();
  const spaces = new Map<string, Space>();
  const classes = new Map<string, ReadonlySet<string>>();
  const overOtherSpaces = new WeakMap<Space, Map<string, CheckedTable>>();
  const elsewhere = (over: Space): Map<string, CheckedTable> => {
    const known = overOtherSpaces.get(over) ?? new Map<string, CheckedTable>();
    overOtherSpaces.set(over, known);
    return known;
  };

  const space = (): Space =>
    once(spaces, "all", () =>
      collapse(axes, [...scopesOf(sources.properties), ...scopesOfRules(sources, axes)]),
    );
  const table = (agreement: Agreement, reading: Reading): CheckedTable =>
    once(tables, `${agreement.regime} ${reading.id}`, () =>
      checkedTable(bindAgreement(agreement, reading), space()),
    );
  const classifier = (agreement: Agreement, reading: Reading): Classifier => {
    const choices = choicesUnder(reading, agreement.regime);
    return once(classifiers, JSON.stringify(choices), () =>
      compileClassifier(sources.classification, choices),
    );
  };
  return {
    get space() {
      return space();
    },
    table,
    classifier,
    policy: (agreement, reading) =>
      joinPolicy(
        compileBound(table(agreement, reading).compiled),
        classifier(agreement, reading),
        sources.facts,
      ),
    around: ({ compiled: { reading } }) => ({
      regimes,
      tableOf: (regime, over) => {
        const agreement = sources.agreements.find((each) => each.regime === regime);
        if (agreement === undefined) return null;
        const known = table(agreement, reading);
        return over === known.reduced.space
          ? known
          : once(elsewhere(over), known.name, () => checkedTable(known.compiled, over));
      },
      classesOf: ({ compiled }, evidence) => {
        const own = classifier(compiled.source, compiled.reading);
        return once(classes, `${own.digest} ${JSON.stringify(evidence)}`, () =>
          classesReached(own, evidence),
        );
      },
    }),
  };
}

/** Conditions of clauses, with what they include, and of impossibilities. Words that are none are reported when compiling. */
function scopesOfRules({ agreements }: PolicySources, axes: readonly Axis[]): readonly Scope[] {
  return agreements.flatMap(({ value }) => [
    ...value.infeasible.map(({ when }) => scopeOf(when, axes)),
    ...value.clauses.flatMap(({ when, includes }) => [
      scopeOf(when, axes),
      ...includes.map((part) => scopeOf({ ...when, ...part }, axes)),
    ]),
  ]);
}

function once<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}
