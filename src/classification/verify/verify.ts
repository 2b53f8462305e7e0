/** The same gates as for an agreement, over the table that classifies: holes, rules without a say, properties, examples. */

import { finding } from "../../decision-table/finding.ts";
import type { Finding } from "../../decision-table/findings.ts";
import { reduceTable, type ReducedTable } from "../../decision-table/table.ts";
import { scopeOf } from "../../decision-table/scope.ts";
import { collapse } from "../../decision-table/space.ts";
import type { ClassificationDocument } from "../parse.ts";
import type { Classifier } from "../compile.ts";
import { ruleOn, type ClassRuling, type Rule } from "../rule.ts";
import { checkStatements, findUnasked } from "./statements.ts";
import { weighRules } from "./rule-weight.ts";

/** One reading's classification, as the checks look at it. */
export interface CheckedClassifier {
  readonly classifier: Classifier;
  /** The choices it depends on, such as `A1 dependence, A2 in-effect`. */
  readonly name: string;
  readonly reduced: ReducedTable<Rule, ClassRuling>;
  readonly impossible: ReadonlySet<number>;
}

/**
 * `classifiers` are the same document under several readings; those that depend on the same choices are checked once. Whether a
 * rule or statement has a say at all can only be asked of all the readings (`complete`).
 */
export function checkClassification(
  document: ClassificationDocument,
  classifiers: readonly Classifier[],
  { complete }: { readonly complete: boolean },
): readonly Finding[] {
  const distinct = [...new Map(classifiers.map((each) => [each.digest, each])).values()];
  const tables = distinct.map((classifier) => checkedClassifier(document, classifier));
  return [
    ...tables.flatMap((table) => findHoles(document, table)),
    ...checkStatements(document, tables),
    ...(complete ? [...weighRules(document, tables), ...findUnasked(document, tables)] : []),
  ];
}

function checkedClassifier(document: ClassificationDocument, classifier: Classifier): CheckedClassifier {
  const { axes, rules, choices } = classifier;
  const asked = document.value.properties.map((each) => ("forall" in each ? each.forall : each.exists));
  const scopes = [...rules.map(({ scope }) => scope), ...asked.map((when) => scopeOf(when, axes))];
  const reduced = reduceTable({ axes, rules, ruleOn, space: collapse(axes, scopes) });
  const impossible = new Set<number>();
  reduced.cells.forEach((set, cell) => {
    const ruling = reduced.outcomes[set];
    if (ruling?.kind === "denied" && ruling.reason === "infeasible") impossible.add(cell);
  });
  const name = Object.entries(choices)
    .map(([knob, choice]) => `${knob} ${choice}`)
    .join(", ");
  return { classifier, name, reduced, impossible };
}

function findHoles(document: ClassificationDocument, table: CheckedClassifier): readonly Finding[] {
  const { reduced } = table;
  const holes = new Map<ClassRuling & { kind: "denied" }, number[]>();
  reduced.cells.forEach((set, cell) => {
    const ruling = reduced.outcomes[set];
    if (ruling?.kind !== "denied" || ruling.reason === "infeasible") return;
    holes.set(ruling, [...(holes.get(ruling) ?? []), cell]);
  });
  return [...holes].map(([ruling, cells]) => {
    const index = document.value.rules.findIndex(({ id }) => id === ruling.rules[0]);
    return finding({
      code: ruling.reason === "conflict" ? "CT002" : "CT001",
      subject: ruling.rules[0] ?? "rules",
      message: ruling.message,
      at: { source: document, path: index < 0 ? ["rules"] : ["rules", index] },
      tables: [table.name],
      cells: { table, cells },
    });
  });
}
