/** Every word of an agreement must be declared: axes, values, providers, parties, sources, knobs. Dates and shares must fit. */

import { didYouMean } from "../config/did-you-mean.ts";
import { WHOLE_PPM } from "../domain/units.ts";
import { select } from "./axes.ts";
import { KNOBS } from "./knobs.ts";
import type { Agreement } from "./parse.ts";
import type { Problems } from "./problems.ts";
import type { AgreementDocument, Clause, Condition, Selector } from "./schema.ts";

type Path = readonly (string | number)[];

export function checkWords({ value: document }: Agreement, problems: Problems): void {
  checkDates(document, problems);
  checkAxes(document, problems);
  document.infeasible.forEach((entry, index) => {
    checkCondition(document, entry.when, ["infeasible", index, "when"], problems);
  });
  document.clauses.forEach((clause, index) => {
    const path = ["clauses", index];
    checkCondition(document, clause.when, [...path, "when"], problems);
    clause.includes.forEach((part, nth) => {
      checkCondition(document, part, [...path, "includes", nth], problems);
      checkInside(document, clause, part, [...path, "includes", nth], problems);
    });
    checkKnown(clause.source, Object.keys(document.sources), "source", [...path, "source"], problems);
    checkEffect(document, clause, path, problems);
    checkReadings(clause, path, problems);
  });
}

function checkDates({ agreement }: AgreementDocument, problems: Problems): void {
  const { from, to } = agreement.effective;
  // ISO dates compare as text.
  if (to !== null && from >= to) {
    problems.at(["agreement", "effective", "to"], `in force to \`${to}\`, which is not after \`${from}\``);
  }
}

function checkAxes(document: AgreementDocument, problems: Problems): void {
  for (const [axis, { values }] of Object.entries(document.axes)) {
    if (Object.keys(values).length === 0)
      problems.at(["axes", axis, "values"], "an axis has at least one value");
    if (values["any"] !== undefined) {
      problems.atKey(["axes", axis, "values", "any"], "`any` means every value, name the value otherwise");
    }
  }
}

function checkCondition(document: AgreementDocument, when: Condition, path: Path, problems: Problems): void {
  for (const [axis, selector] of Object.entries(when)) {
    const declared = document.axes[axis];
    if (declared === undefined) {
      const known = Object.keys(document.axes);
      problems.atKey([...path, axis], `unknown axis \`${axis}\`${didYouMean(axis, known)}`);
      continue;
    }
    const values = Object.keys(declared.values);
    checkSelector(selector, values, [...path, axis], problems);
    if (select(selector, values).size === 0) {
      problems.at([...path, axis], `leaves no value of \`${axis}\`, so nothing can match`);
    }
  }
}

/** An `includes` may only name what `when` already covers; axes it does not name are those of `when`. */
function checkInside(
  document: AgreementDocument,
  clause: Clause,
  part: Condition,
  path: Path,
  problems: Problems,
): void {
  for (const [axis, selector] of Object.entries(part)) {
    const values = Object.keys(document.axes[axis]?.values ?? {});
    const covered = select(clause.when[axis], values);
    const named = select(selector, values);
    const outside = values.filter((value) => named.has(value) && !covered.has(value));
    if (outside.length > 0) {
      const words = outside.map((value) => `\`${value}\``).join(", ");
      problems.at(
        [...path, axis],
        `escapes \`when\` of ${clause.id}, which does not cover ${words} of \`${axis}\``,
      );
    }
  }
}

function checkEffect(document: AgreementDocument, clause: Clause, path: Path, problems: Problems): void {
  switch (clause.modality) {
    case "obligation":
    case "prohibition":
    case "permission": {
      const { in: providers } = clause.then.provider;
      if (providers === "any") return;
      checkKnown(providers, document.providers, "provider", [...path, "then", "provider", "in"], problems);
      return;
    }
    case "definition":
      checkCondition(document, clause.defines, [...path, "defines"], problems);
      return;
    case "remuneration": {
      const shares = clause.then.share_ppm;
      const place = [...path, "then", "share_ppm"];
      for (const party of Object.keys(shares).filter((each) => !document.parties.includes(each))) {
        problems.atKey([...place, party], `unknown party \`${party}\`${didYouMean(party, document.parties)}`);
      }
      const sum = Object.values(shares).reduce((total, share) => total + share, 0);
      if (sum !== WHOLE_PPM) problems.at(place, `shares sum to ${sum} ppm, they must sum to ${WHOLE_PPM}`);
    }
  }
}

function checkReadings(clause: Clause, path: Path, problems: Problems): void {
  for (const [id, options] of Object.entries(clause["only-if"])) {
    const place = [...path, "only-if", id];
    const knob = Object.entries(KNOBS).find(([known]) => known === id)?.[1];
    if (knob === undefined) {
      problems.atKey(place, `unknown knob \`${id}\`${didYouMean(id, Object.keys(KNOBS))}`);
      continue;
    }
    checkKnown(options, [...knob.simulated, ...knob.notYet], `choice of ${id}`, place, problems);
  }
}

/** Each word, alone or in a list, that is not among the known ones is reported at its own place. */
function checkKnown(
  words: string | readonly string[],
  known: readonly string[],
  what: string,
  path: Path,
  problems: Problems,
): void {
  const listed = typeof words === "string" ? [words] : words;
  listed.forEach((word, index) => {
    if (known.includes(word)) return;
    const place = typeof words === "string" ? path : [...path, index];
    problems.at(place, `unknown ${what} \`${word}\`${didYouMean(word, known)}`);
  });
}

function checkSelector(selector: Selector, values: readonly string[], path: Path, problems: Problems): void {
  if (selector === "any") return;
  if (typeof selector === "string" || Array.isArray(selector)) {
    checkKnown(selector, values, "value", path, problems);
  } else {
    checkKnown(selector.not, values, "value", [...path, "not"], problems);
  }
}
