/** Everything that a decision can depend on, as read from the configuration folder: regimes, readings, facts, classification. */

import { checkStructure } from "../agreement/compile.ts";
import { readAgreement, withWords, type Agreement, type AgreementFile } from "../agreement/parse.ts";
import { factsOf, readFacts, type Facts, type FactsFile } from "../agreement/facts.ts";
import { readingsOf, readReading, type Reading, type ReadingFile } from "../agreement/reading.ts";
import {
  readSharePreset,
  sharePresetOf,
  type SharePreset,
  type SharePresetFile,
} from "../agreement/share-preset.ts";
import {
  propertiesOf,
  readProperties,
  type Properties,
  type PropertiesFile,
} from "../agreement/verify/parse-properties.ts";
import { checkVocabulary, readVocabulary, type Vocabulary } from "../agreement/vocabulary.ts";
import { checkRules, readClassification, type ClassificationDocument } from "../classification/parse.ts";
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

/**
 * Parses all of it. Throws ConfigError with the problems of every file, all at once: what is no YAML or has another shape, and in
 * the files that have their shape the words, as far as those that declare them could be read.
 */
export function parsePolicy(texts: PolicyTexts): PolicySources {
  const problems = gatherProblems();
  const files = readFiles(texts, problems);
  const words = declaredIn(files, texts);
  const judge = <File, Judged>(file: File | null, check: (file: File) => Judged): Judged | null =>
    file === null ? null : problems.attempt(() => check(file));

  const { vocabulary, classification } = files;
  judge(vocabulary, checkVocabulary);
  judge(classification, checkRules);
  const all = files.readings.length === texts.readings.length;
  const readings = judge(files.readings, (each) => readingsOf(each, { ...words, all }));
  // Without its words nothing else can be judged.
  if (vocabulary === null) throw problems.error();
  const agreements = orderAgreements(files.agreements, vocabulary, problems);
  const presets = orderPresets(files.presets, vocabulary, problems);
  const facts = judge(files.facts, (file) => factsOf(file, vocabulary));
  const properties = judge(files.properties, (file) => propertiesOf(file, { ...words, vocabulary }));
  problems.throwIfAny();
  if (!classification || !readings || !facts || !properties) throw problems.error();
  return Object.freeze({
    vocabulary,
    agreements,
    readings: [...readings].sort(defaultFirst),
    presets,
    facts,
    properties,
    classification,
  });
}

/** Each file as it stands; null, or left out of its list, where it has not the shape that it should have. */
interface Files {
  readonly vocabulary: Vocabulary | null;
  readonly agreements: readonly AgreementFile[];
  readonly readings: readonly ReadingFile[];
  readonly presets: readonly SharePresetFile[];
  readonly facts: FactsFile | null;
  readonly properties: PropertiesFile | null;
  readonly classification: ClassificationDocument | null;
}

function readFiles(texts: PolicyTexts, problems: Gathering): Files {
  const one = <T>({ text, file }: SourceText, read: (text: string, file: string) => T): T | null =>
    problems.attempt(() => read(text(), file));
  const many = <T>(sources: readonly SourceText[], read: (text: string, file: string) => T): readonly T[] =>
    sources.flatMap((source) => one(source, read) ?? []);
  return {
    vocabulary: one(texts.vocabulary, readVocabulary),
    agreements: many(texts.agreements, readAgreement),
    readings: many(texts.readings, readReading),
    presets: many(texts.shares, readSharePreset),
    facts: one(texts.facts, readFacts),
    properties: one(texts.properties, readProperties),
    classification: one(texts.classification, readClassification),
  };
}

/** The words that files declare for each other; null where there may be more of them than could be read. */
function declaredIn({ vocabulary, agreements, classification }: Files, texts: PolicyTexts) {
  const regimes = new Set(agreements.map(({ value }) => value.agreement.regime));
  // Of two files with one regime, one was to have another.
  const allAgreements = regimes.size === texts.agreements.length;
  const evidenceAxes = classification?.value.axes ?? null;
  const axes = vocabulary && evidenceAxes && { ...vocabulary.value.axes, ...evidenceAxes };
  return {
    regimes: allAgreements ? [...regimes] : null,
    clauses: allAgreements ? agreements.flatMap(({ value }) => value.clauses) : null,
    evidenceAxes,
    callerAxes: axes && Object.keys(axes).filter((name) => axes[name]?.source === "caller"),
  };
}

/** `default` first, then by id. */
function defaultFirst(a: Reading, b: Reading): number {
  if ((a.id === "default") !== (b.id === "default")) return a.id === "default" ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** By id, those whose words are in order; ids that are used twice are told. */
function orderPresets(
  files: readonly SharePresetFile[],
  vocabulary: Vocabulary,
  problems: Gathering,
): readonly SharePreset[] {
  const presets = files.flatMap((file) => problems.attempt(() => [sharePresetOf(file, vocabulary)]) ?? []);
  presets.forEach((preset, index) => {
    const first = presets.find(({ id }) => id === preset.id);
    if (first === preset || presets.indexOf(preset) !== index) return;
    const message = `share preset \`${preset.id}\` is in ${first?.file} too, rename one`;
    problems.add([{ file: preset.file, ...preset.locate(["shares", "id"]), path: "shares.id", message }]);
  });
  return presets.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** In the order of their dates; regimes that are not all different are told. */
function orderAgreements(
  files: readonly AgreementFile[],
  vocabulary: Vocabulary,
  problems: Gathering,
): readonly Agreement[] {
  const agreements = files.map((file) => withWords(file, vocabulary));
  agreements.sort((a, b) => (a.effective.from < b.effective.from ? -1 : 1));
  for (const agreement of agreements) problems.attempt(() => checkStructure(agreement));
  problems.add(repeatedRegimes(agreements));
  return agreements;
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
