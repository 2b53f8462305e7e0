/** Every word of the classification must be declared, and every axis and value be something that a call can show. */

import { checkChoices } from "../agreement/check-words.ts";
import { checkAxes, checkCondition, checkKnown } from "../decision-table/check-condition.ts";
import { checkUnique } from "../decision-table/check-links.ts";
import type { Problems } from "../decision-table/problems.ts";
import { EVIDENCE } from "./evidence.ts";
import type { ClassificationRules } from "./schema.ts";

/** Adds every axis, value and choice of the classification that nothing declares or can show to `problems`. */
export function checkWords(document: ClassificationRules, problems: Problems): void {
  const { axes } = document;
  checkAxes(axes, problems);
  checkEvidence(axes, problems);
  document.infeasible.forEach(({ when }, index) => {
    checkCondition(axes, when, ["infeasible", index, "when"], problems);
  });
  document.rules.forEach((rule, index) => {
    const path = ["rules", index];
    checkKnown(rule.source, Object.keys(document.sources), "source", [...path, "source"], problems);
    checkCondition(axes, rule.when, [...path, "when"], problems);
    checkChoices(rule["only-if"], [...path, "only-if"], problems);
  });
  document.properties.forEach((property, index) => {
    const path = ["properties", index];
    if ("forall" in property) checkCondition(axes, property.forall, [...path, "forall"], problems);
    else checkCondition(axes, property.exists, [...path, "exists"], problems);
    checkChoices(property.readings, [...path, "readings"], problems);
  });
  document.examples.forEach(({ given, readings, expect }, index) => {
    const path = ["examples", index];
    checkCondition(axes, given, [...path, "given"], problems);
    checkChoices(readings, [...path, "readings"], problems);
    const rules = document.rules.map(({ id }) => id);
    checkKnown(expect.rules ?? [], rules, "rule", [...path, "expect", "rules"], problems);
  });
  const { infeasible, rules, properties, examples } = document;
  checkUnique({ infeasible, rules, properties, examples }, problems);
}

/**
 * The evidence is read by code, so the file must name exactly what the code can see: a value it leaves out would refuse honest
 * calls, and one it adds would describe calls that nobody can make.
 */
function checkEvidence(axes: ClassificationRules["axes"], problems: Problems): void {
  for (const name of Object.keys(axes)) {
    if (!EVIDENCE.has(name)) problems.atKey(["axes", name], `no call shows anything on an axis \`${name}\``);
  }
  for (const [name, shown] of EVIDENCE) {
    const declared = axes[name];
    if (declared === undefined) problems.at(["axes"], `the axis \`${name}\` is missing`);
    else checkShown(name, Object.keys(declared.values), shown, problems);
  }
}

function checkShown(
  axis: string,
  values: readonly string[],
  shown: readonly string[],
  problems: Problems,
): void {
  const path = ["axes", axis, "values"];
  for (const value of values) {
    if (!shown.includes(value))
      problems.atKey([...path, value], `no call shows \`${value}\` as its \`${axis}\``);
  }
  for (const value of shown) {
    if (!values.includes(value))
      problems.at(path, `\`${value}\` is missing, which calls show as their \`${axis}\``);
  }
}
