/** First stage: text to a typed document that knows its positions, every word of it declared and every link in order. */

import { ConfigError, parseYaml, type Located } from "../config/parse-yaml.ts";
import { checkOverrides } from "../decision-table/check-links.ts";
import { collectProblems } from "../decision-table/problems.ts";
import { checkWords } from "./check-words.ts";
import { classificationSchema, type ClassificationRules } from "./schema.ts";

export interface ClassificationDocument extends Located<ClassificationRules> {
  readonly file: string;
}

/** Both stages at once. */
export function parseClassification(text: string, file: string): ClassificationDocument {
  const document = readClassification(text, file);
  checkRules(document);
  return document;
}

/** Reads `config/classification.yaml`. Throws ConfigError for what is no YAML or does not fit the schema, every problem at once. */
export function readClassification(text: string, file: string): ClassificationDocument {
  return { ...parseYaml<ClassificationRules>(text, file, classificationSchema), file };
}

/**
 * Throws ConfigError, every problem at once and each with its place, for unknown words, dangling or duplicate ids, and exceptions
 * not named on both sides or in a circle. Gaps and conflicts pass and compile, and deny.
 */
export function checkRules(document: ClassificationDocument): void {
  const problems = collectProblems(document);
  checkWords(document.value, problems);
  checkOverrides(document.value.rules, problems, { noun: "rule" });
  if (problems.found.length > 0) throw new ConfigError(problems.found);
}
