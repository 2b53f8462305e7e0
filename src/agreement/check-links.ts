/** Clauses name each other: links must hold on both sides, stay within their subject, and rest on definitions. */

import { didYouMean } from "../config/did-you-mean.ts";
import { checkOverrides, checkUnique } from "../decision-table/check-links.ts";
import { select } from "../decision-table/condition.ts";
import type { Problems } from "../decision-table/problems.ts";
import type { Agreement } from "./parse.ts";
import { isMoneyClause, type Clause } from "./schema.ts";

export function checkLinks(agreement: Agreement, problems: Problems): void {
  const { clauses, infeasible, examples } = agreement.value;
  checkUnique({ clauses, infeasible, examples }, problems);
  checkOverrides(clauses, problems, { noun: "clause", objection: wordOtherSubject });
  clauses.forEach((clause, index) => {
    clause["rests-on"].forEach((id, nth) => {
      const message = wordBadRest(clause, id, clauses);
      if (message !== null) problems.at(["clauses", index, "rests-on", nth], message, "CT013");
    });
    checkDefinitionsNamed(agreement, clause, index, problems);
  });
}

function wordBadRest(clause: Clause, id: string, clauses: readonly Clause[]): string | null {
  const other = clauses.find((each) => each.id === id);
  if (other === undefined) {
    return `unknown clause \`${id}\`${didYouMean(
      id,
      clauses.map((each) => each.id),
    )}`;
  }
  return other.modality === "definition" ? null : `${clause.id} can only rest on a definition, ${id} is none`;
}

function wordOtherSubject(clause: Clause, other: Clause): string | null {
  const [one, two] = [subjectOf(clause), subjectOf(other)];
  if (one === two) return null;
  return `${clause.id} is about ${one} and ${other.id} about ${two}, so neither can override the other`;
}

function subjectOf(clause: Clause): "money" | "words" | "hosting" {
  if (isMoneyClause(clause)) return "money";
  return clause.modality === "definition" ? "words" : "hosting";
}

/**
 * A clause that turns on a defined word cites the definition, so that a decision shows what it rests on. One of a share preset
 * does not: the definitions are those of single regimes.
 */
function checkDefinitionsNamed(
  { value: document, vocabulary, shares }: Agreement,
  clause: Clause,
  index: number,
  problems: Problems,
): void {
  if (shares !== null && isMoneyClause(clause)) return;
  for (const definition of document.clauses) {
    if (definition.modality !== "definition" || definition.id === clause.id) continue;
    if (clause["rests-on"].includes(definition.id)) continue;
    for (const [axis, words] of Object.entries(definition.defines)) {
      const selector = clause.when[axis];
      const values = Object.keys(vocabulary.value.axes[axis]?.values ?? {});
      const chosen = select(selector, values);
      const turnsOn = words.find((word) => chosen.has(word) && chosen.size < values.length);
      if (turnsOn === undefined) continue;
      const message = `\`${turnsOn}\` is defined by ${definition.id}: add \`rests-on: [${definition.id}]\``;
      problems.at(["clauses", index, "when", axis], message, "CT013");
    }
  }
}
