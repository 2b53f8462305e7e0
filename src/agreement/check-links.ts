/** Clauses name each other: every id must exist once, exceptions be named on both sides, and override no circle. */

import { didYouMean } from "../config/did-you-mean.ts";
import { select } from "./axes.ts";
import type { Agreement } from "./parse.ts";
import type { Problems } from "./problems.ts";
import type { AgreementDocument, Clause } from "./schema.ts";

export function checkLinks({ value: document }: Agreement, problems: Problems): void {
  checkUnique(document, problems);
  const clauses = new Map(document.clauses.map((clause) => [clause.id, clause]));
  document.clauses.forEach((clause, index) => {
    for (const link of ["overrides", "except", "rests-on"] as const) {
      clause[link].forEach((id, nth) => {
        const path = ["clauses", index, link, nth];
        const message = wordBadLink(clause, link, id, clauses);
        if (message !== null) problems.at(path, message);
      });
    }
    checkDefinitionsNamed(document, clause, index, problems);
  });
  for (const circle of overrideCircles(document.clauses)) {
    const index = document.clauses.findIndex((clause) => clause.id === circle[0]);
    const text = [...circle, circle[0]].join(" -> ");
    problems.at(["clauses", index, "overrides"], `clauses override each other in a circle: ${text}`);
  }
}

function checkUnique(document: AgreementDocument, problems: Problems): void {
  const seen = new Set<string>();
  for (const list of ["clauses", "infeasible"] as const) {
    document[list].forEach(({ id }, index) => {
      if (seen.has(id)) problems.at([list, index, "id"], `id \`${id}\` is used twice, rename one`);
      seen.add(id);
    });
  }
}

function wordBadLink(
  clause: Clause,
  link: "overrides" | "except" | "rests-on",
  id: string,
  clauses: ReadonlyMap<string, Clause>,
): string | null {
  const other = clauses.get(id);
  if (other === undefined) return `unknown clause \`${id}\`${didYouMean(id, [...clauses.keys()])}`;
  if (link === "rests-on") {
    return other.modality === "definition"
      ? null
      : `${clause.id} can only rest on a definition, ${id} is none`;
  }
  if (id === clause.id) return `${id} cannot be an exception to itself`;
  if (link === "overrides" && !other.except.includes(clause.id)) {
    return `${clause.id} overrides ${id}, but ${id} does not name it: add \`except: [${clause.id}]\` there`;
  }
  if (link === "except" && !other.overrides.includes(clause.id)) {
    return `${id} is named as an exception, but does not say so: add \`overrides: [${clause.id}]\` there`;
  }
  if (subjectOf(clause) !== subjectOf(other)) {
    return `${clause.id} is about ${subjectOf(clause)} and ${id} about ${subjectOf(other)}, so neither can override the other`;
  }
  return null;
}

function subjectOf(clause: Clause): "money" | "words" | "hosting" {
  if (clause.modality === "remuneration") return "money";
  return clause.modality === "definition" ? "words" : "hosting";
}

/** A clause that turns on a defined word cites the definition, so that a decision shows what it rests on. */
function checkDefinitionsNamed(
  document: AgreementDocument,
  clause: Clause,
  index: number,
  problems: Problems,
): void {
  for (const definition of document.clauses) {
    if (definition.modality !== "definition" || definition.id === clause.id) continue;
    if (clause["rests-on"].includes(definition.id)) continue;
    for (const [axis, words] of Object.entries(definition.defines)) {
      const selector = clause.when[axis];
      const values = Object.keys(document.axes[axis]?.values ?? {});
      const chosen = select(selector, values);
      const turnsOn = words.find((word) => chosen.has(word) && chosen.size < values.length);
      if (turnsOn === undefined) continue;
      const message = `\`${turnsOn}\` is defined by ${definition.id}: add \`rests-on: [${definition.id}]\``;
      problems.at(["clauses", index, "when", axis], message);
    }
  }
}

/** Each circle once, starting at its first clause in the file. */
function overrideCircles(clauses: readonly Clause[]): readonly (readonly string[])[] {
  const targets = new Map(clauses.map((clause) => [clause.id, clause.overrides]));
  const finished = new Set<string>();
  const circles: string[][] = [];
  const walk = (id: string, trail: readonly string[]): void => {
    const start = trail.indexOf(id);
    if (start >= 0) circles.push(trail.slice(start));
    if (start >= 0 || finished.has(id)) return;
    for (const next of targets.get(id) ?? []) walk(next, [...trail, id]);
    finished.add(id);
  };
  for (const clause of clauses) walk(clause.id, []);
  return circles;
}
