/**
 * Readings besides the named ones: the first of them with one knob set otherwise, for every choice that some rule asks about. A
 * clause that counts under no named reading still has to make sense for whoever picks its choice.
 */

import type { Agreement } from "../agreement/parse.ts";
import { KNOB_IDS, KNOBS } from "../agreement/knobs.ts";
import { choicesUnder, withChoice, type Reading } from "../agreement/reading.ts";
import type { ClassificationDocument } from "../classification/parse.ts";

/** One reading for each other choice; none where no clause of the regime and no rule of the classification asks. */
export function variantsOf(
  reading: Reading,
  agreement: Agreement,
  classification: ClassificationDocument,
): readonly Reading[] {
  const asked = new Set(
    [...agreement.value.clauses, ...classification.value.rules].flatMap((rule) =>
      Object.keys(rule["only-if"]),
    ),
  );
  const choices = choicesUnder(reading, agreement.regime);
  return KNOB_IDS.filter((knob) => asked.has(knob)).flatMap((knob) =>
    KNOBS[knob].simulated
      .filter((choice) => choice !== choices[knob])
      .map((choice) => withChoice(reading, knob, choice)),
  );
}
