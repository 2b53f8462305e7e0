/**
 * JSON Schemas of the YAML files, so that an editor completes and checks them while they are written. They are made from the
 * schemas that the program reads with, so they cannot drift; what only code can check (links, sums, dates) is left to
 * `clauseway check`.
 */

import { z } from "zod";
import { factsSchema } from "../agreement/facts.ts";
import { KNOB_IDS, KNOBS, type KnobId } from "../agreement/knobs.ts";
import { readingSchema } from "../agreement/reading.ts";
import { agreementSchema, choiceSelectors } from "../agreement/schema.ts";
import { sharePresetSchema } from "../agreement/share-preset.ts";
import { propertiesSchema } from "../agreement/verify/property-schema.ts";
import { vocabularySchema } from "../agreement/vocabulary.ts";
import { classificationSchema } from "../classification/schema.ts";
import { modelsSchema } from "../config/models.ts";
import { partnersSchema } from "../config/partners.ts";
import { providersSchema } from "../config/providers.ts";
import { scenarioSchema } from "../load/scenario.ts";
import { workloadSchema } from "../load/workload.ts";
import { priceBookSchema } from "../pricing/schema.ts";

/** By kind of file; the title names where such files lie. */
const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  agreement: agreementSchema.meta({ title: "A regime of the agreement (agreements/*.yaml)" }),
  vocabulary: vocabularySchema.meta({ title: "The words that all regimes share (vocabulary.yaml)" }),
  reading: readingSchema.meta({ title: "A choice for each open question (readings/*.yaml)" }),
  shares: sharePresetSchema.meta({ title: "Money clauses in place of a regime's own (shares/*.yaml)" }),
  facts: factsSchema.meta({ title: "What depends on the date alone (facts.yaml)" }),
  properties: propertiesSchema.meta({ title: "What must be true of the decisions (properties.yaml)" }),
  classification: classificationSchema.meta({ title: "Which class a request has (classification.yaml)" }),
  models: modelsSchema.meta({ title: "The models on offer (models.yaml)" }),
  partners: partnersSchema.meta({ title: "The frontends and their credentials (partners.yaml)" }),
  providers: providersSchema.meta({ title: "The clouds and their regions (providers.yaml)" }),
  prices: priceBookSchema.meta({ title: "A price book (prices/*.yaml)" }),
  workload: workloadSchema.meta({ title: "A synthetic workload (workloads/*.yaml)" }),
  scenario: scenarioSchema.meta({ title: "A load scenario (load-tests/scenarios/*.yaml)" }),
};

export interface EditorSchema {
  /** Such as `agreement.schema.json`. */
  readonly name: string;
  /** The whole file, with a line feed at its end. */
  readonly text: string;
}

/** One for each kind of file, always in the same order and with the same bytes. */
export function editorSchemas(): readonly EditorSchema[] {
  return Object.entries(SCHEMAS).map(([kind, schema]) => {
    const json = z.toJSONSchema(schema, { io: "input", override: adapt });
    return { name: `${kind}.schema.json`, text: `${JSON.stringify(json, null, 2)}\n` };
  });
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

function adapt({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: JsonSchema }): void {
  // A whole number is bounded by what a double can hold, which tells a writer nothing.
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  // The knobs are closed, unlike the axes, so an editor can offer each with its options.
  if (zodSchema === choiceSelectors) {
    delete jsonSchema.propertyNames;
    jsonSchema.properties = Object.fromEntries(KNOB_IDS.map((id) => [id, knobSelector(id)]));
    jsonSchema.additionalProperties = false;
  }
}

function knobSelector(id: KnobId): JsonSchema {
  const { question, simulated, notYet } = KNOBS[id];
  const options = [...simulated, ...notYet];
  const list: JsonSchema = { type: "array", minItems: 1, items: { enum: options } };
  const allBut: JsonSchema = {
    type: "object",
    properties: { not: list },
    required: ["not"],
    additionalProperties: false,
  };
  return { description: question, anyOf: [{ enum: [...options, "any"] }, list, allBut] };
}
