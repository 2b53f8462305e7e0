/** The shape of `config/classification.yaml`: rules from evidence to workload class, with what must be true of them. */

/* oxlint-disable unicorn/no-thenable -- `then` is the language's own word; it holds data, never a function, so nothing awaits it */

import { z } from "zod";
import { choiceSelectors } from "../agreement/schema.ts";
import { axis, condition, prose, word } from "../decision-table/condition.ts";
import { WORKLOAD_CLASSES } from "../domain/call.ts";

const ruleId = z.string().regex(/^K[0-9]+(-[a-z]+)*$/, "expected a rule id such as `K1` or `K2-family`");
const workload = z.enum(WORKLOAD_CLASSES);
/** Fields by which a caller alone turns a fresh call into a stateful one; the reading accepts and counts them. */
const widening = z.enum(["background", "auto-container"]);
export type WideningId = z.infer<typeof widening>;

const rule = z.strictObject({
  id: ruleId,
  name: z.string(),
  text: prose,
  basis: z.enum(["quoted", "summarised", "assumed"]),
  source: z.array(z.string()).min(1).describe("Keys of `sources`."),
  when: condition.describe("The calls that the rule speaks about."),
  "only-if": choiceSelectors.default({}).describe("The rule counts only under these readings."),
  then: z.strictObject({
    workload,
    widening: widening
      .optional()
      .describe("The field by which the caller alone makes a fresh call stateful; accepted and counted."),
  }),
  overrides: z
    .array(ruleId)
    .default([])
    .describe("Rules that yield where this one speaks; each names it under `except`."),
  except: z
    .array(ruleId)
    .default([])
    .describe("Rules that this one yields to; each names it under `overrides`."),
});
export type ClassificationRule = z.infer<typeof rule>;

const property = z
  .strictObject({
    id: z.string().regex(/^P[0-9]+(-[a-z0-9]+)*$/, "expected a property id such as `P1` or `P1-chat`"),
    text: prose,
    readings: choiceSelectors.default({}).describe("Where it is checked; another reading is not looked at."),
    forall: condition.optional().describe("Every possible call that meets this has a right class."),
    exists: condition.optional().describe("At least one call that meets this has a right class."),
    then: z.strictObject({
      workload: z.union([workload, z.array(workload).min(1)]).describe("The classes that are right."),
    }),
  })
  .refine(
    ({ forall, exists }) => (forall === undefined) !== (exists === undefined),
    "a property has either `forall` or `exists`",
  )
  // The refinement once more, for editors: it has no form of its own in JSON Schema.
  .meta({ oneOf: [{ required: ["forall"] }, { required: ["exists"] }] })
  .transform(({ forall, exists, ...rest }) =>
    forall === undefined ? { ...rest, exists: exists ?? {} } : { ...rest, forall },
  );
export type ClassificationProperty = z.infer<typeof property>;

/** A call and its class. */
const example = z.strictObject({
  id: z.string().regex(/^E[0-9]+(-[a-z0-9]+)*$/, "expected an example id such as `E1`"),
  text: prose,
  readings: choiceSelectors.default({}),
  given: z.record(word, word).describe("The call, by axis; an axis that is not named has its default value."),
  expect: z.strictObject({
    workload,
    widening: widening
      .optional()
      .describe("The caller's field that counts as a widening; none where it is left out."),
    rules: z.array(ruleId).min(1).optional().describe("Every deciding rule."),
  }),
});
export type ClassificationExample = z.infer<typeof example>;

export const classificationSchema = z.strictObject({
  $schema: z.string().optional(),
  sources: z.record(z.string(), z.strictObject({ title: z.string(), url: z.array(z.string()).min(1) })),
  axes: z
    .record(word, axis)
    .describe("What is seen in a call; the program closes the list of axes and values."),
  infeasible: z
    .array(
      z.strictObject({
        id: z.string().regex(/^X[0-9]+$/, "expected an id such as `X1`"),
        when: condition,
        because: prose,
      }),
    )
    .default([])
    .describe("Combinations that cannot exist; anything else that no rule covers is a gap."),
  rules: z.array(rule).min(1).describe("In any order: a rule yields only to those that name it."),
  properties: z.array(property).default([]),
  examples: z.array(example).default([]),
});
export type ClassificationRules = z.infer<typeof classificationSchema>;
