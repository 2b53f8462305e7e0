/** A reading: one choice for every knob, with the reasons, and the widenings it accepts. */

import { z } from "zod";
import { didYouMean } from "../config/did-you-mean.ts";
import { gatherProblems } from "../config/gather-problems.ts";
import { ConfigError, parseYaml, pathText } from "../config/parse-yaml.ts";
import type { ConfigProblem, Located } from "../config/parse-yaml.ts";
import { word } from "../decision-table/condition.ts";
import { collectProblems, type Path } from "../decision-table/problems.ts";
import { KNOB_IDS, KNOBS } from "./knobs.ts";
import type { Choices, KnobId } from "./knobs.ts";

/** A feature that moves a fresh call out of `stateless` by the caller's choice alone, accepted for a reason and counted. */
export interface AcceptedWidening {
  readonly id: string;
  readonly reason: string;
}

interface Choice {
  readonly choose: string;
  /** Another choice under single regimes, where their words differ. */
  readonly regimes: Readonly<Record<string, string>>;
  readonly because: string;
}

export interface Reading {
  readonly id: string;
  readonly title: string;
  readonly knobs: Readonly<Record<KnobId, Choice>>;
  /** In the order of their ids, each id once; may be empty. */
  readonly acceptedWidenings: readonly AcceptedWidening[];
  /** The file that accepts them, which may be that of a reading it extends; null where none accepts anything. */
  readonly acceptedIn: ReadingFile | null;
}

const sentence = z.string().min(8);
const readingId = z.string().regex(/^[a-z][a-z0-9-]*$/, "expected a name such as `strict-azure`");
const optionalChoices = KNOB_IDS.map((id) => [id, choiceOf(id).optional()] as const);
export const readingSchema = z.strictObject({
  $schema: z.string().optional(),
  reading: z.strictObject({
    id: readingId,
    title: sentence,
    extends: readingId.optional().describe("The reading whose choices hold where this one makes none."),
  }),
  choices: z.strictObject(
    Object.fromEntries(optionalChoices) as Record<KnobId, z.ZodOptional<ReturnType<typeof choiceOf>>>,
  ),
  accepted_widenings: z
    .array(z.strictObject({ id: readingId, reason: sentence }))
    .optional()
    .describe("Facts of the caller's choice alone that may move a call elsewhere, each with the reason."),
});
type ReadingDocument = z.infer<typeof readingSchema>;

/** The file as it stands, its words not yet checked. */
export interface ReadingFile extends Located<ReadingDocument> {
  readonly file: string;
}

/** Words that other files declare; null where they are not all known, so that none can be called unknown. */
interface KnownWords {
  readonly regimes: readonly string[] | null;
  /** Axes whose value the caller alone chooses. */
  readonly callerAxes: readonly string[] | null;
}

/** The options are shown to editors only: what is none of them is refused further down, in words of its own. */
function choiceOf(id: KnobId) {
  const { question, simulated } = KNOBS[id];
  const option = word.meta({ enum: [...simulated] });
  const regimes = z.record(word, option).default({}).describe("Another choice under single regimes.");
  return z.strictObject({ choose: option, regimes, because: sentence }).describe(`${id}: ${question}`);
}

/** Both stages at once, as far as readings can be judged by themselves. */
export function parseReadings(
  files: readonly { readonly text: string; readonly file: string }[],
  known: KnownWords = { regimes: null, callerAxes: null },
): readonly Reading[] {
  const problems = gatherProblems();
  const sources = files.flatMap(({ text, file }) => problems.attempt(() => [readReading(text, file)]) ?? []);
  const readings = problems.attempt(() =>
    readingsOf(sources, { ...known, all: sources.length === files.length }),
  );
  if (readings === null) throw problems.error();
  problems.throwIfAny();
  return readings;
}

/** Reads a file of `config/readings/`. Throws ConfigError for what is no YAML or does not fit the schema, every problem at once. */
export function readReading(text: string, file: string): ReadingFile {
  return { ...parseYaml<ReadingDocument>(text, file, readingSchema), file };
}

/**
 * The readings of these files, which may be in any order, since one may extend another. Throws ConfigError, the problems of all
 * files at once, for a knob that is missing, a choice that the knob does not offer or that nothing simulates yet, a regime that
 * there is not, a widening named twice or that no caller can bring about, an id used twice, a base that is missing or extends in a
 * circle. Where files are left out (not `all`), a base that is not there may be in one of them.
 */
export function readingsOf(
  sources: readonly ReadingFile[],
  known: KnownWords & { readonly all: boolean },
): readonly Reading[] {
  const problems = gatherProblems();
  for (const source of sources) problems.add(ownProblems(source, sources, known));
  problems.throwIfAny();
  const readings = sources.map((source) => build(source, chainOf(source, sources)));
  const missing = readings.flatMap((reading, index) => missingKnobs(reading, sources[index]));
  // What a base that could not be read chooses is not known.
  if (known.all && missing.length > 0) throw new ConfigError(missing);
  return readings.map((reading) => Object.freeze(reading));
}

/** What a reading chooses under one regime. */
export function choicesUnder({ knobs }: Pick<Reading, "knobs">, regime: string): Choices {
  const entries = KNOB_IDS.map((id) => [id, knobs[id].regimes[regime] ?? knobs[id].choose]);
  return Object.freeze(Object.fromEntries(entries) as Record<KnobId, string>);
}

/** The same reading with one knob set otherwise, under every regime; to ask what would follow. */
export function withChoice(reading: Reading, knob: KnobId, choose: string): Reading {
  const other: Choice = { ...reading.knobs[knob], choose, regimes: {} };
  return {
    ...reading,
    id: `${reading.id} with ${knob} ${choose}`,
    knobs: { ...reading.knobs, [knob]: other },
  };
}

/** The reading and those it extends, nearest first; a circle is cut where it closes. */
function chainOf(source: ReadingFile, sources: readonly ReadingFile[]): readonly ReadingFile[] {
  const chain: ReadingFile[] = [];
  let next: ReadingFile | undefined = source;
  while (next !== undefined && !chain.includes(next)) {
    chain.push(next);
    const base: string | undefined = next.value.reading.extends;
    next = sources.find(({ value }) => value.reading.id === base);
  }
  return chain;
}

function build(source: ReadingFile, chain: readonly ReadingFile[]): Reading {
  const { id, title } = source.value.reading;
  const acceptedIn = chain.find(({ value }) => value.accepted_widenings !== undefined) ?? null;
  const widenings = acceptedIn?.value.accepted_widenings ?? [];
  const knobs = KNOB_IDS.flatMap((knob) => {
    const choice = chain.map(({ value }) => value.choices[knob]).find((each) => each !== undefined);
    return choice === undefined ? [] : [[knob, Object.freeze(choice)] as const];
  });
  return {
    id,
    title,
    knobs: Object.freeze(Object.fromEntries(knobs) as Record<KnobId, Choice>),
    acceptedWidenings: Object.freeze([...widenings].sort((a, b) => (a.id < b.id ? -1 : 1))),
    acceptedIn,
  };
}

function ownProblems(
  source: ReadingFile,
  sources: readonly ReadingFile[],
  { all, regimes, callerAxes }: KnownWords & { readonly all: boolean },
): readonly ConfigProblem[] {
  const problems = collectProblems(source);
  const { reading, choices, accepted_widenings: widenings = [] } = source.value;
  if (sources.find(({ value }) => value.reading.id === reading.id) !== source) {
    problems.at(["reading", "id"], `id \`${reading.id}\` is used twice, rename one`);
  }
  if (reading.extends !== undefined) {
    const message = wordBadBase(source, reading.extends, sources, { all });
    if (message !== null) problems.at(["reading", "extends"], message);
  }
  for (const knob of KNOB_IDS) {
    const choice = choices[knob];
    if (choice === undefined) continue;
    const places: readonly (readonly [Path, string])[] = [
      [["choices", knob, "choose"], choice.choose],
      ...Object.entries(choice.regimes).map(
        ([regime, chosen]) => [["choices", knob, "regimes", regime], chosen] as const,
      ),
    ];
    for (const [path, chosen] of places) {
      const message = wordBadChoice(knob, chosen);
      if (message !== null) problems.at(path, message);
    }
    for (const regime of Object.keys(choice.regimes)) {
      if (regimes === null || regimes.includes(regime)) continue;
      const path = ["choices", knob, "regimes", regime];
      problems.atKey(path, `unknown regime \`${regime}\`${didYouMean(regime, regimes)}`);
    }
  }
  widenings.forEach(({ id }, index) => {
    const path = ["accepted_widenings", index, "id"];
    if (widenings.findIndex((other) => other.id === id) !== index) {
      problems.at(path, `widening \`${id}\` is listed twice, remove one`);
    } else if (callerAxes !== null && !callerAxes.includes(id)) {
      problems.at(path, `\`${id}\` is no axis whose source is \`caller\`${didYouMean(id, callerAxes)}`);
    }
  });
  return problems.found;
}

function wordBadBase(
  source: ReadingFile,
  base: string,
  sources: readonly ReadingFile[],
  { all }: { readonly all: boolean },
): string | null {
  const ids = sources.map(({ value }) => value.reading.id);
  if (!ids.includes(base)) return all ? `unknown reading \`${base}\`${didYouMean(base, ids)}` : null;
  const chain = chainOf(source, sources);
  const last = chain.at(-1)?.value.reading;
  if (last?.extends === undefined) return null;
  const circle = [...chain.map(({ value }) => value.reading.id), last.extends];
  return circle.at(-1) === source.value.reading.id
    ? `readings extend each other in a circle: ${circle.join(" -> ")}`
    : null;
}

function missingKnobs(reading: Reading, source: ReadingFile | undefined): readonly ConfigProblem[] {
  const missing = KNOB_IDS.filter((knob) => !(knob in reading.knobs));
  if (missing.length === 0 || source === undefined) return [];
  const message = `no choice for ${missing.join(", ")}: choose, or extend a reading that does`;
  return [{ file: source.file, ...source.locate(["choices"]), path: pathText(["choices"]), message }];
}

function wordBadChoice(id: KnobId, chosen: string): string | null {
  const knob: { readonly simulated: readonly string[]; readonly notYet: readonly string[] } = KNOBS[id];
  if (knob.simulated.includes(chosen)) return null;
  if (knob.notYet.includes(chosen)) {
    const offered = knob.simulated.map((each) => `\`${each}\``).join(" or ");
    return `\`${chosen}\` is a known reading of ${id} that nothing simulates yet, choose ${offered}`;
  }
  return `unknown choice \`${chosen}\` for ${id}${didYouMean(chosen, knob.simulated)}`;
}
