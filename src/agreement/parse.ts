/** First stage: text to a typed document that knows its positions. What the words mean is checked when compiling. */

import { parseYaml } from "../config/parse-yaml.ts";
import type { Located } from "../config/parse-yaml.ts";
import { agreementSchema } from "./schema.ts";
import type { AgreementDocument } from "./schema.ts";

export interface Agreement extends Located<AgreementDocument> {
  readonly file: string;
  readonly id: string;
  readonly regime: string;
  readonly version: number;
  /** `YYYY-MM-DD`; in force from `from` to, but without, `to` (null: no end known). */
  readonly effective: { readonly from: string; readonly to: string | null };
}

/** Reads an agreement file. Throws ConfigError for what is no YAML or does not fit the schema, every problem at once. */
export function parseAgreement(text: string, file: string): Agreement {
  const located = parseYaml<AgreementDocument>(text, file, agreementSchema);
  const { id, regime, version, effective } = located.value.agreement;
  return { ...located, file, id, regime, version, effective };
}
