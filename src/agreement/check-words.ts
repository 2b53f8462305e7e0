/** Every word of an agreement must be declared: axes, values, providers, parties, sources, knobs. Dates and shares must fit. */

import { didYouMean } from "../config/did-you-mean.ts";
import { checkCondition, checkKnown, checkSelector } from "../decision-table/check-condition.ts";
import { select, type Condition } from "../decision-table/condition.ts";
import type { Path, Problems } from "../decision-table/problems.ts";
import { WHOLE_PPM } from "../domain/units.ts";
import { canonicalText } from "./digest.ts";
import { KNOBS } from "./knobs.ts";
import { earning } from "./money.ts";
import type { Commission, Remuneration } from "./money-schema.ts";
import type { Agreement } from "./parse.ts";
import type { ChoiceSelectors, Clause, Example, Interval } from "./schema.ts";

type Words = Agreement["vocabulary"]["value"];

/** Adds every word of an agreement that its vocabulary does not know, and every date or share that does not fit, to `problems`. */
export function checkWords(agreement: Agreement, problems: Problems): void {
  const { value: document, effective } = agreement;
  const words = agreement.vocabulary.value;
  checkInterval(effective, ["agreement", "effective"], problems);
  document.infeasible.forEach((entry, index) => {
    checkCondition(words.axes, entry.when, ["infeasible", index, "when"], problems);
  });
  document.clauses.forEach((clause, index) => {
    const path = ["clauses", index];
    checkClause(words, clause, path, problems);
    checkDuration(clause, effective, path, problems);
  });
  document.examples.forEach((example, index) => {
    checkExample(words, example, ["examples", index], problems);
  });
}

/** The words of one clause, which stands at `path`; not whether it lasts as long as its regime. */
export function checkClause(words: Words, clause: Clause, path: Path, problems: Problems): void {
  checkCondition(words.axes, clause.when, [...path, "when"], problems);
  checkIncludes(words, clause, path, problems);
  checkKnown(clause.source, Object.keys(words.sources), "source", [...path, "source"], problems);
  checkEffect(words, clause, path, problems);
  checkChoices(clause["only-if"], [...path, "only-if"], problems);
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
      checkRemuneration(words, clause.then, [...path, "then"], problems);
      return;
    case "commission":
      checkCommission(words, clause.then, [...path, "then"], problems);
  }
}

function checkRemuneration(words: Words, then: Remuneration, path: Path, problems: Problems): void {
  checkShares(words, then.share_ppm, [...path, "share_ppm"], problems);
  checkRates(words, then.rates, [...path, "rates"], problems);
  then.rates.forEach(({ share_ppm: shares }, index) => {
    const before = then.rates[index - 1]?.share_ppm ?? then.share_ppm;
    if (canonicalText(earning(shares)) !== canonicalText(earning(before))) return;
    problems.at([...path, "rates", index], "changes nothing: these shares hold already");
  });
  if (then.cap?.party !== undefined) {
    const message = wordBadLimit(words, then.cap.party, then);
    if (message !== null) problems.at([...path, "cap", "party"], message);
  }
}

function checkRates(words: Words, rates: Remuneration["rates"], path: Path, problems: Problems): void {
  rates.forEach(({ from, share_ppm: shares }, index) => {
    checkShares(words, shares, [...path, index, "share_ppm"], problems);
    const before = rates[index - 1]?.from;
    if (before === undefined || before < from) return;
    problems.at(
      [...path, index, "from"],
      `not after \`${before}\`, put the rates in the order of their dates`,
    );
  });
}

/** A cap limits all that a clause gives to others than the seller, so whose part it limits must be the only other part. */
function wordBadLimit(
  { parties }: Words,
  party: string,
  { share_ppm: shares, rates }: Remuneration,
): string | null {
  if (!parties.includes(party)) return `unknown party \`${party}\`${didYouMean(party, parties)}`;
  const earners = new Set(
    [shares, ...rates.map((rate) => rate.share_ppm)].flatMap((each) => Object.keys(earning(each))),
  );
  if (!earners.has(party)) return `the clause gives nothing to ${party}, whose part the cap is to limit`;
  const others = [...earners].filter((each) => each !== party);
  if (others.length <= 1) return null;
  return `the clause gives to ${others.join(" and ")} too, and a cap limits all that goes to others than the seller`;
}

function checkCommission({ parties }: Words, then: Commission, path: Path, problems: Problems): void {
  checkKnown(then.payee, parties, "party", [...path, "payee"], problems);
  checkKnown(then.borne_by, parties, "party", [...path, "borne_by"], problems);
  if (then.payee === then.borne_by) {
    problems.at([...path, "borne_by"], `${then.payee} would pay itself, name who pays the commission`);
  }
}

function checkParties(
  { parties }: Words,
  shares: Readonly<Record<string, number>>,
  path: Path,
  problems: Problems,
): void {
  for (const party of Object.keys(shares).filter((each) => !parties.includes(each))) {
    problems.atKey([...path, party], `unknown party \`${party}\`${didYouMean(party, parties)}`);
  }
}

function checkShares(
  words: Words,
  shares: Readonly<Record<string, number>>,
  path: Path,
  problems: Problems,
): void {
  checkParties(words, shares, path, problems);
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
  // An example may name the parties that matter to it and no others, so here the shares need not sum to the whole.
  checkParties(words, expect.share_ppm ?? {}, [...path, "expect", "share_ppm"], problems);
  checkRates(words, expect.rates ?? [], [...path, "expect", "rates"], problems);
}
