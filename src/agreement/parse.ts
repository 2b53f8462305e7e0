/** First stage: text to a typed document that knows its positions and its words. What they mean is checked when compiling. */

import { parseYaml } from "../config/parse-yaml.ts";
import type { Located } from "../config/parse-yaml.ts";
import type { SharePreset } from "./share-preset.ts";
import { agreementSchema } from "./schema.ts";
import type { AgreementDocument, Interval } from "./schema.ts";
import type { Vocabulary } from "./vocabulary.ts";

export interface Agreement extends Located<AgreementDocument> {
  readonly file: string;
  readonly vocabulary: Vocabulary;
  readonly id: string;
  readonly regime: string;
  readonly version: number;
  /** `YYYY-MM-DD`; in force from `from` to, but without, `to` (null: no end known). */
  readonly effective: Interval;
  /** What its money clauses were swapped for; null where they are its own. */
  readonly shares: SharePreset | null;
}

/** The file as it stands, before there are words for it. */
export interface AgreementFile extends Located<AgreementDocument> {
  readonly file: string;
}

/** Reads an agreement file. Throws ConfigError for what is no YAML or does not fit the schema, every problem at once. */
export function parseAgreement(text: string, file: string, vocabulary: Vocabulary): Agreement {
  return withWords(readAgreement(text, file), vocabulary);
}

/** Without its vocabulary. Throws as `parseAgreement` does. */
export function readAgreement(text: string, file: string): AgreementFile {
  return { ...parseYaml<AgreementDocument>(text, file, agreementSchema), file };
}

/** The agreement in the words of a vocabulary; whether they fit is checked when compiling. */
export function withWords(read: AgreementFile, vocabulary: Vocabulary): Agreement {
  const { id, regime, version, effective } = read.value.agreement;
  return { ...read, vocabulary, id, regime, version, effective, shares: null };
}
