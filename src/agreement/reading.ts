/** A reading: one choice for every knob, with the reasons, and the widenings it accepts. */

import { z } from "zod";
import { didYouMean } from "../config/did-you-mean.ts";
import { ConfigError, parseYaml, pathText } from "../config/parse-yaml.ts";
import type { ConfigProblem, Located } from "../config/parse-yaml.ts";
import { KNOB_IDS, KNOBS } from "./knobs.ts";
import type { Choices } from "./knobs.ts";

/** A feature that moves a fresh call out of `stateless` by the caller's choice alone, accepted for a reason and counted. */
export interface AcceptedWidening {
  readonly id: string;
  readonly reason: string;
}

export interface Reading {
  readonly id: string;
  readonly title: string;
  readonly choices: Choices;
  /** In the order of their ids, each id once; may be empty. */
  readonly acceptedWidenings: readonly AcceptedWidening[];
}

const sentence = z.string().min(8);
const choiceSchema = z.strictObject({ choose: z.string(), because: sentence });
const readingSchema = z.strictObject({
  reading: z.strictObject({ id: z.string().regex(/^[a-z][a-z0-9-]*$/), title: sentence }),
  choices: z.record(z.enum(KNOB_IDS), choiceSchema),
  accepted_widenings: z.array(
    z.strictObject({ id: z.string().regex(/^[a-z][a-z0-9-]*$/), reason: sentence }),
  ),
});
type ReadingDocument = z.infer<typeof readingSchema>;

/**
 * Reads a file of `config/readings/`. Throws ConfigError for a knob that is missing or unknown, a choice that the knob does
 * not offer or that nothing simulates yet, a widening named twice.
 */
export function parseReading(text: string, file: string): Reading {
  const located = parseYaml<ReadingDocument>(text, file, readingSchema);
  const { reading, choices, accepted_widenings: widenings } = located.value;
  const problems = [...choiceProblems(located, file), ...widenedTwice(located, file)];
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze({
    ...reading,
    choices: Object.freeze(Object.fromEntries(KNOB_IDS.map((id) => [id, choices[id].choose])) as Choices),
    acceptedWidenings: Object.freeze([...widenings].sort((a, b) => (a.id < b.id ? -1 : 1))),
  });
}

function choiceProblems(located: Located<ReadingDocument>, file: string): readonly ConfigProblem[] {
  return KNOB_IDS.flatMap((id) => {
    const chosen = located.value.choices[id].choose;
    const message = wordBadChoice(id, chosen);
    if (message === null) return [];
    const path = ["choices", id, "choose"];
    return [{ file, ...located.locate(path), path: pathText(path), message }];
  });
}

function wordBadChoice(id: keyof typeof KNOBS, chosen: string): string | null {
  const knob: { readonly simulated: readonly string[]; readonly notYet: readonly string[] } = KNOBS[id];
  if (knob.simulated.includes(chosen)) return null;
  if (knob.notYet.includes(chosen)) {
    const offered = knob.simulated.map((each) => `\`${each}\``).join(" or ");
    return `\`${chosen}\` is a known reading of ${id} that nothing simulates yet, choose ${offered}`;
  }
  return `unknown choice \`${chosen}\` for ${id}${didYouMean(chosen, knob.simulated)}`;
}

function widenedTwice(located: Located<ReadingDocument>, file: string): readonly ConfigProblem[] {
  const ids = located.value.accepted_widenings.map((widening) => widening.id);
  return ids.flatMap((id, index) => {
    if (ids.indexOf(id) === index) return [];
    const path = ["accepted_widenings", index, "id"];
    const message = `widening \`${id}\` is listed twice, remove one`;
    return [{ file, ...located.locate(path), path: pathText(path), message }];
  });
}
