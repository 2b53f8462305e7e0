/** The words that every regime of an agreement shares: axes, providers, parties and sources, each spelled once. */

import { z } from "zod";
import { ConfigError, parseYaml, type Located } from "../config/parse-yaml.ts";
import { checkAxes } from "../decision-table/check-condition.ts";
import { axis, word } from "../decision-table/condition.ts";
import { collectProblems } from "../decision-table/problems.ts";

export const vocabularySchema = z.strictObject({
  $schema: z.string().optional(),
  sources: z
    .record(z.string(), z.strictObject({ title: z.string(), url: z.array(z.string()).min(1) }))
    .describe("Public statements that clauses and facts cite, by a short key."),
  axes: z
    .record(word, axis)
    .describe("What is known about a call; each combination of values is a cell that is decided."),
  providers: z.array(word).min(1).max(31).describe("Clouds that can host a call."),
  parties: z.array(word).min(1).describe("Who can have a share of the revenue, or be paid for hosting."),
});
type VocabularyDocument = z.infer<typeof vocabularySchema>;

export interface Vocabulary extends Located<VocabularyDocument> {
  readonly file: string;
}

/** Both stages at once. */
export function parseVocabulary(text: string, file: string): Vocabulary {
  const vocabulary = readVocabulary(text, file);
  checkVocabulary(vocabulary);
  return vocabulary;
}

/** Reads `config/vocabulary.yaml`. Throws ConfigError for what is no YAML or does not fit the schema, every problem at once. */
export function readVocabulary(text: string, file: string): Vocabulary {
  return { ...parseYaml<VocabularyDocument>(text, file, vocabularySchema), file };
}

/** Throws ConfigError, every problem with its position, for an axis that has no values, or a default that is none of them. */
export function checkVocabulary(vocabulary: Vocabulary): void {
  const problems = collectProblems(vocabulary);
  checkAxes(vocabulary.value.axes, problems);
  if (problems.found.length > 0) throw new ConfigError(problems.found);
}
