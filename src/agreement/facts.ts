/** Facts that depend on the date alone: switches such as "AGI verified", and how long a new product is first on Azure. */

import { z } from "zod";
import { ConfigError, parseYaml, type Located } from "../config/parse-yaml.ts";
import { didYouMean } from "../config/did-you-mean.ts";
import { checkKnown } from "../decision-table/check-condition.ts";
import { prose, word } from "../decision-table/condition.ts";
import { collectProblems, type Problems } from "../decision-table/problems.ts";
import type { CallFacts } from "../domain/call.ts";
import { KNOBS } from "./knobs.ts";
import type { Vocabulary } from "./vocabulary.ts";

const basis = z.enum(["quoted", "summarised", "assumed"]);
const date = z.iso.date("expected a date such as `2026-02-27`");

export const factsSchema = z.strictObject({
  $schema: z.string().optional(),
  facts: z
    .record(
      word,
      z
        .array(
          z.strictObject({
            from: date,
            value: word,
            basis,
            source: z.array(z.string()).min(1),
            because: prose,
          }),
        )
        .min(1),
    )
    .describe("By axis: its values in the order of their dates, each in force until the next begins."),
  head_start: z.strictObject({
    days: z
      .record(word, z.int().min(0).max(3_650))
      .describe("Days for which a new product is on Azure first, by the choice of A22."),
    basis,
    source: z.array(z.string()).min(1),
    because: prose,
  }),
});
type FactsDocument = z.infer<typeof factsSchema>;

export type Facts = FactsDocument;

const FACT_AXIS = "fact";
const DAY_MS = 86_400_000;

/** The file as it stands, its words not yet checked. */
export interface FactsFile extends Located<FactsDocument> {
  readonly file: string;
}

/** Reads `config/facts.yaml`. Throws ConfigError for what is no YAML or does not fit the schema, every problem at once. */
export function readFacts(text: string, file: string): FactsFile {
  return { ...parseYaml<FactsDocument>(text, file, factsSchema), file };
}

/** Throws ConfigError, every problem at once, for unknown axes and values, dates out of order, and an axis left out. */
export function factsOf(located: FactsFile, vocabulary: Vocabulary): Facts {
  const problems = collectProblems(located);
  const { axes, sources } = vocabulary.value;
  const dated = Object.keys(axes).filter((name) => axes[name]?.source === FACT_AXIS);
  for (const [axis, entries] of Object.entries(located.value.facts)) {
    if (!dated.includes(axis)) {
      problems.atKey(
        ["facts", axis],
        `\`${axis}\` is no axis whose source is \`fact\`${didYouMean(axis, dated)}`,
      );
      continue;
    }
    const values = Object.keys(axes[axis]?.values ?? {});
    entries.forEach((entry, index) => {
      const path = ["facts", axis, index];
      checkKnown(entry.value, values, "value", [...path, "value"], problems);
      checkKnown(entry.source, Object.keys(sources), "source", [...path, "source"], problems);
      const before = entries[index - 1];
      if (before !== undefined && before.from >= entry.from) {
        problems.at(
          [...path, "from"],
          `not after \`${before.from}\`, put the entries in the order of their dates`,
        );
      }
    });
  }
  for (const axis of dated.filter((name) => located.value.facts[name] === undefined)) {
    problems.at(["facts"], `no value for \`${axis}\`: say what holds and from when`);
  }
  checkDays(located.value, problems);
  if (problems.found.length > 0) throw new ConfigError(problems.found);
  return located.value;
}

/** The value of each dated axis on a date (`YYYY-MM-DD`); before the first entry, that of the first. */
export function factsAt({ facts }: Facts, date: string): CallFacts {
  const entries = Object.entries(facts).map(([axis, dated]) => {
    const inForce = dated.findLast(({ from }) => from <= date) ?? dated[0];
    return [axis, inForce?.value ?? ""] as const;
  });
  return Object.freeze(Object.fromEntries(entries));
}

/**
 * Whether the head start of a model runs on a date, both `YYYY-MM-DD`: `running` from its launch for the days that the choice of
 * A22 names, else `over`; also `over` where the launch is not known, or still to come.
 */
export function headStartAt(
  { head_start: { days } }: Facts,
  { launched, date, choice }: { launched: string | null; date: string; choice: string },
): "running" | "over" {
  if (launched === null) return "over";
  const sinceDays = (startOfDayMs(date) - startOfDayMs(launched)) / DAY_MS;
  return sinceDays >= 0 && sinceDays < (days[choice] ?? 0) ? "running" : "over";
}

function startOfDayMs(date: string): number {
  // oxlint-disable-next-line no-restricted-globals -- arithmetic on a date that is passed in; no clock is read
  return Date.parse(`${date}T00:00:00Z`);
}

function checkDays({ head_start: { days } }: FactsDocument, problems: Problems): void {
  const { simulated, notYet } = KNOBS.A22;
  for (const choice of Object.keys(days).filter((each) => ![...simulated, ...notYet].includes(each))) {
    const message = `unknown choice \`${choice}\` of A22${didYouMean(choice, simulated)}`;
    problems.atKey(["head_start", "days", choice], message);
  }
  for (const choice of simulated.filter((each) => days[each] === undefined)) {
    problems.at(["head_start", "days"], `no days for the choice \`${choice}\` of A22`);
  }
}
