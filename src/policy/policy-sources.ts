/** Everything that a decision can depend on, as read from the configuration folder: regimes, readings, facts, classification. */

import { checkStructure } from "../agreement/compile.ts";
import { parseAgreement, type Agreement } from "../agreement/parse.ts";
import { parseFacts, type Facts } from "../agreement/facts.ts";
import { parseReadings, type Reading } from "../agreement/reading.ts";
import { parseSharePreset, type SharePreset } from "../agreement/share-preset.ts";
import { parseProperties, type Properties } from "../agreement/verify/parse-properties.ts";
import { parseVocabulary, type Vocabulary } from "../agreement/vocabulary.ts";
import { parseClassification, type ClassificationDocument } from "../classification/parse.ts";
import type { ConfigProblem } from "../config/config-error.ts";
import { gatherProblems, type Gathering } from "../config/gather-problems.ts";

interface SourceText {
  /** As it is named in messages. */
  readonly file: string;
  /** Throws ConfigError when the file cannot be read, which is then told with the mistakes of the others. */
  readonly text: () => string;
}

/** The texts of one configuration folder. */
export interface PolicyTexts {
  readonly vocabulary: SourceText;
  /** One regime each, in any order; at least one. */
  readonly agreements: readonly SourceText[];
  /** In any order; at least one. */
  readonly readings: readonly SourceText[];
  /** Presets of money clauses, in any order; may be empty. */
  readonly shares: readonly SourceText[];
  readonly facts: SourceText;
  readonly properties: SourceText;
  readonly classification: SourceText;
}

export interface PolicySources {
  readonly vocabulary: Vocabulary;
  /** In the order of their dates. */
  readonly agreements: readonly Agreement[];
  /** `default` first, then by id. */
  readonly readings: readonly Reading[];
  /** By id. */
  readonly presets: readonly SharePreset[];
  readonly facts: Facts;
  readonly properties: Properties;
  readonly classification: ClassificationDocument;
}

/** Parses all of it. Throws ConfigError with the problems of every file that was understood far enough, all at once. */
export function parsePolicy(texts: PolicyTexts): PolicySources {
  const problems = gatherProblems();
  const read = <T>({ text, file }: SourceText, parse: (text: string, file: string) => T): T | null =>
    problems.attempt(() => parse(text(), file));

  const vocabulary = read(texts.vocabulary, parseVocabulary);
  const classification = read(texts.classification, parseClassification);
  const readings = readReadings(texts.readings, problems);
  // Without its words nothing else can be judged.
  if (vocabulary === null) throw problems.error();
  const facts = read(texts.facts, (text, file) => parseFacts(text, file, vocabulary));
  const agreements = readAgreements(texts.agreements, vocabulary, problems);
  const presets = readPresets(texts.shares, vocabulary, problems);
  const regimes = agreements?.map(({ regime }) => regime);
  const evidenceAxes = classification?.value.axes;
  // A property can only be judged by all the words it may use.
  const properties =
    regimes &&
    evidenceAxes &&
    read(texts.properties, (text, file) =>
      parseProperties(text, file, { vocabulary, regimes, evidenceAxes }),
    );
  problems.throwIfAny();
  if (!classification || !readings || !facts || !agreements || !properties) throw problems.error();
  return Object.freeze({ vocabulary, agreements, readings, presets, facts, properties, classification });
}

/** By id; ids that are used twice are told, and so is what cannot be read. */
function readPresets(
  sources: readonly SourceText[],
  vocabulary: Vocabulary,
  problems: Gathering,
): readonly SharePreset[] {
  const presets = sources.flatMap(
    ({ text, file }) => problems.attempt(() => [parseSharePreset(text(), file, vocabulary)]) ?? [],
  );
  presets.forEach((preset, index) => {
    const first = presets.find(({ id }) => id === preset.id);
    if (first === preset || presets.indexOf(preset) !== index) return;
    const message = `share preset \`${preset.id}\` is in ${first?.file} too, rename one`;
    problems.add([{ file: preset.file, ...preset.locate(["shares", "id"]), path: "shares.id", message }]);
  });
  return presets.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** `default` first; null when they cannot be used. */
function readReadings(sources: readonly SourceText[], problems: Gathering): readonly Reading[] | null {
  const files = sources.flatMap(({ text, file }) => problems.attempt(() => [{ text: text(), file }]) ?? []);
  // They extend each other, so where one cannot be read little can be said of the others.
  if (files.length < sources.length) return null;
  const readings = problems.attempt(() => parseReadings(files));
  return readings && [...readings].sort(defaultFirst);
}

function defaultFirst(a: Reading, b: Reading): number {
  if ((a.id === "default") !== (b.id === "default")) return a.id === "default" ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** In the order of their dates; null when their regimes are not all known, or not all different. */
function readAgreements(
  sources: readonly SourceText[],
  vocabulary: Vocabulary,
  problems: Gathering,
): readonly Agreement[] | null {
  const agreements = sources.flatMap(
    ({ text, file }) => problems.attempt(() => [parseAgreement(text(), file, vocabulary)]) ?? [],
  );
  agreements.sort((a, b) => (a.effective.from < b.effective.from ? -1 : 1));
  for (const agreement of agreements) problems.attempt(() => checkStructure(agreement));
  const repeated = repeatedRegimes(agreements);
  problems.add(repeated);
  return repeated.length === 0 && agreements.length === sources.length ? agreements : null;
}

function repeatedRegimes(agreements: readonly Agreement[]): readonly ConfigProblem[] {
  return agreements.flatMap((agreement, index) => {
    const first = agreements.findIndex(({ regime }) => regime === agreement.regime);
    if (first === index) return [];
    const path = "agreement.regime";
    const message = `regime \`${agreement.regime}\` is in ${agreements[first]?.file} too, rename one`;
    const place = agreement.locate(["agreement", "regime"]);
    return [{ file: agreement.file, ...place, path, message, code: "CT012" }];
  });
}
