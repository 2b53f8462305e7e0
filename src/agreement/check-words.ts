/** Every word of an agreement must be declared: axes, values, providers, parties, sources, knobs. Dates and shares must fit. */

import { didYouMean } from "../config/did-you-mean.ts";
import { checkCondition, checkKnown, checkSelector } from "../decision-table/check-condition.ts";
import { select, type Condition } from "../decision-table/condition.ts";
import type { Path, Problems } from "../decision-table/problems.ts";
import { WHOLE_PPM } from "../domain/units.ts";
import { KNOBS } from "./knobs.ts";
import type { Agreement } from "./parse.ts";
import type { ChoiceSelectors, Clause, Example, Interval } from "./schema.ts";

type Words = Agreement["vocabulary"]["value"];

export function checkWords(agreement: Agreement, problems: Problems): void {
  const { value: document, effective } = agreement;
  const words = agreement.vocabulary.value;
  checkInterval(effective, ["agreement", "effective"], problems);
  document.infeasible.forEach((entry, index) => {
    checkCondition(words.axes, entry.when, ["infeasible", index, "when"], problems);
  });
  document.clauses.forEach((clause, index) => {
    const path = ["clauses", index];
    checkCondition(words.axes, clause.when, [...path, "when"], problems);
    checkIncludes(words, clause, path, problems);
    checkKnown(clause.source, Object.keys(words.sources), "source", [...path, "source"], problems);
    checkEffect(words, clause, path, problems);
    checkChoices(clause["only-if"], [...path, "only-if"], problems);
    checkDuration(clause, effective, path, problems);
  });
  document.examples.forEach((example, index) => {
    checkExample(words, example, ["examples", index], problems);
  });
}

/** Reports unknown knobs and choices of a selector by reading. */
export function checkChoices(selectors: ChoiceSelectors, path: Path, problems: Problems): void {
  for (const [id, selector] of Object.entries(selectors)) {
    const knob = Object.entries(KNOBS).find(([known]) => known === id)?.[1];
    if (knob === undefined) {
      problems.atKey([...path, id], `unknown knob \`${id}\`${didYouMean(id, Object.keys(KNOBS))}`);
      continue;
    }
    checkSelector(selector, [...knob.simulated, ...knob.notYet], [...path, id], problems, `choice of ${id}`);
  }
}

function checkInterval({ from, to }: Interval, path: Path, problems: Problems): void {
  // ISO dates compare as text.
  if (to !== null && from >= to) {
    problems.at([...path, "to"], `in force to \`${to}\`, which is not after \`${from}\``, "CT012");
  }
}

/** A term that began later or ended sooner than the regime would split it in two. */
function checkDuration(clause: Clause, regime: Interval, path: Path, problems: Problems): void {
  const { effective: own } = clause;
  if (own === undefined) return;
  checkInterval(own, [...path, "effective"], problems);
  const covers = own.from <= regime.from && (own.to === null || (regime.to !== null && own.to >= regime.to));
  if (covers) return;
  const text = `${clause.id} is in force for a part of the regime only (${regime.from} to ${regime.to ?? "open"})`;
  problems.at([...path, "effective"], `${text}: split the regime at that date`, "CT012");
}

/** An `includes` may only name what `when` already covers; axes it does not name are those of `when`. */
function checkIncludes(words: Words, clause: Clause, path: Path, problems: Problems): void {
  clause.includes.forEach((part, nth) => {
    const place = [...path, "includes", nth];
    checkCondition(words.axes, part, place, problems);
    for (const [axis, selector] of Object.entries(part)) {
      const values = Object.keys(words.axes[axis]?.values ?? {});
      const covered = select(clause.when[axis], values);
      const named = select(selector, values);
      const outside = values.filter((value) => named.has(value) && !covered.has(value));
      if (outside.length === 0) continue;
      const listed = outside.map((value) => `\`${value}\``).join(", ");
      const message = `escapes \`when\` of ${clause.id}, which does not cover ${listed} of \`${axis}\``;
      problems.at([...place, axis], message, "CT006");
    }
  });
}

function checkEffect(words: Words, clause: Clause, path: Path, problems: Problems): void {
  switch (clause.modality) {
    case "obligation":
    case "prohibition":
    case "permission": {
      const { in: providers } = clause.then.provider;
      if (providers === "any") return;
      checkKnown(providers, words.providers, "provider", [...path, "then", "provider", "in"], problems);
      return;
    }
    case "definition":
      checkCondition(words.axes, clause.defines, [...path, "defines"], problems);
      return;
    case "remuneration":
      checkShares(words, clause.then.share_ppm, [...path, "then", "share_ppm"], problems);
  }
}

function checkShares(
  { parties }: Words,
  shares: Readonly<Record<string, number>>,
  path: Path,
  problems: Problems,
): void {
  for (const party of Object.keys(shares).filter((each) => !parties.includes(each))) {
    problems.atKey([...path, party], `unknown party \`${party}\`${didYouMean(party, parties)}`);
  }
  const sum = Object.values(shares).reduce((total, share) => total + share, 0);
  if (sum !== WHOLE_PPM) {
    problems.at(path, `shares sum to ${sum} ppm, they must sum to ${WHOLE_PPM}`, "CT011");
  }
}

function checkExample(
  words: Words,
  { given, expect, readings }: Example,
  path: Path,
  problems: Problems,
): void {
  checkCondition(words.axes, given as Condition, [...path, "given"], problems);
  checkChoices(readings, [...path, "readings"], problems);
  if (expect.providers !== undefined) {
    checkKnown(expect.providers, words.providers, "provider", [...path, "expect", "providers"], problems);
  }
}
