/** Clauses name each other: links must hold on both sides, stay within their subject, and rest on definitions. */

import { didYouMean } from "../config/did-you-mean.ts";
import { checkOverrides, checkUnique } from "../decision-table/check-links.ts";
import { select } from "../decision-table/condition.ts";
import type { Path, Problems } from "../decision-table/problems.ts";
import type { Agreement } from "./parse.ts";
import { isMoneyClause, type AgreementDocument, type Clause } from "./schema.ts";

/** Adds what is wrong with the ids, overrides, exceptions and definitions of an agreement to `problems`. */
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
  // What is accepted is about the clauses of the file, also where those on money were swapped for others.
  if (agreement.shares === null) checkAccepted(agreement.value, problems);
}

/**
 * Reports ids that no decision cites for its hosts, or its money: those of no clause, and those of clauses about the other. To
 * demand that one of them is not cited would demand nothing.
 */
export function checkCited(
  ids: readonly string[],
  { clauses, subject }: { readonly clauses: readonly Clause[]; readonly subject: "hosting" | "money" },
  path: Path,
  problems: Problems,
): void {
  const about = (money: boolean): readonly string[] =>
    clauses.filter((each) => isMoneyClause(each) === money).map(({ id }) => id);
  const [known, others] = [about(subject === "money"), about(subject !== "money")];
  ids.forEach((id, nth) => {
    if (known.includes(id)) return;
    const message = others.includes(id)
      ? `no decision cites ${id} for its ${subject}, which the clause is not about`
      : `unknown clause \`${id}\`${didYouMean(id, [...new Set(known)])}`;
    problems.at([...path, nth], message, "CT013");
  });
}

/** The clauses whose findings are accepted. */
function checkAccepted({ clauses, infeasible, accepted }: AgreementDocument, problems: Problems): void {
  const ids = [...clauses, ...infeasible].map(({ id }) => id);
  accepted.forEach(({ subject }, index) => {
    // A mutant is named by its clause and what is changed of it, such as `C1: provider aws added`.
    const [id = subject] = subject.split(":", 1);
    if (ids.includes(id)) return;
    problems.at(["accepted", index, "subject"], `unknown clause \`${id}\`${didYouMean(id, ids)}`, "CT013");
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
