/** CT003 to CT005: rules that have no say under any reading. */

import { finding } from "../../decision-table/finding.ts";
import type { Finding } from "../../decision-table/findings.ts";
import type { ClassificationDocument } from "../parse.ts";
import { ruleOn, type ClassRuling } from "../rule.ts";
import type { ClassificationRule } from "../schema.ts";
import type { CheckedClassifier } from "./verify.ts";

/** Findings on every rule of the document, judged over all the tables together. */
export function weighRules(
  document: ClassificationDocument,
  tables: readonly CheckedClassifier[],
): readonly Finding[] {
  return document.value.rules.flatMap((rule, index) => {
    const verdict = weighRule(rule, tables);
    if (verdict === null) return [];
    const at = { source: document, path: ["rules", index] };
    return [finding({ ...verdict, subject: rule.id, at, tables: tables.map(({ name }) => name) })];
  });
}

function weighRule(
  { id }: ClassificationRule,
  tables: readonly CheckedClassifier[],
): { readonly code: "CT003" | "CT004" | "CT005"; readonly message: string } | null {
  const shadows = new Set<string>();
  let [fires, live, matters] = [false, false, false];
  for (const { reduced } of tables) {
    reduced.ruleSets.forEach((rules, number) => {
      const own = rules.find((rule) => rule.id === id);
      const outcome = reduced.outcomes[number];
      if (!own || !outcome || rules.some(({ kind }) => kind === "infeasible")) return;
      fires = true;
      const above = rules.filter((rule) => rule.kind === "rule" && rule.overrides.has(id));
      live ||= above.length === 0;
      for (const rule of above) shadows.add(rule.id);
      matters ||= !sameClass(ruleOn(rules.filter((rule) => rule !== own)), outcome);
    });
  }
  if (!fires) return { code: "CT003", message: `${id} is met by no call that can exist` };
  if (!live) {
    return { code: "CT004", message: `${id} is overridden wherever it fires, by ${[...shadows].join(", ")}` };
  }
  return matters ? null : { code: "CT005", message: `without ${id} every class is the same` };
}

function sameClass(one: ClassRuling, other: ClassRuling): boolean {
  if (one.kind === "denied" || other.kind === "denied") return one.kind === other.kind;
  return one.workload === other.workload && one.widening === other.widening;
}
