/** The shape of an agreement file: clauses, with the examples that show what they mean. */

/* oxlint-disable unicorn/no-thenable -- `then` is the agreement's own word; it holds data, never a function, so nothing awaits it */

import { z } from "zod";
import { condition, prose, selector, word } from "../decision-table/condition.ts";
import { ACCEPTABLE_CODES } from "../decision-table/findings.ts";
import { commission, limit, rates, remuneration } from "./money-schema.ts";

export const clauseId = z
  .string()
  .regex(/^[A-Z][0-9]+(-[a-z]+)*$/, "expected a clause id such as `C1` or `C1-batch`")
  .meta({ id: "clauseId" });
const date = z.iso.date("expected a date such as `2026-02-27`");
const interval = z.strictObject({ from: date, to: date.nullable() }).meta({
  id: "interval",
  description: "From the first day to, but without, the last; `to: null` while no end is known.",
});
export type Interval = z.infer<typeof interval>;

export const choiceSelectors = z
  .record(z.string().regex(/^A[0-9]+$/, "expected a knob such as `A7`"), selector)
  .meta({
    id: "choices",
    description: "By knob, the choices of the reading under which this counts; all when empty.",
  });
export type ChoiceSelectors = z.infer<typeof choiceSelectors>;

export const basis = z.enum(["quoted", "summarised", "assumed"]);

const common = {
  id: clauseId,
  name: z.string(),
  text: prose.describe("The rule in our words, or in theirs where the basis is `quoted`."),
  basis,
  source: z.array(z.string()).min(1).describe("Keys of the vocabulary's `sources`."),
  effective: interval
    .optional()
    .describe("When the term itself holds; at least as long as the regime, which is the default."),
  when: condition.describe("The calls that the clause speaks about."),
  includes: z
    .array(condition)
    .default([])
    .describe("For the avoidance of doubt: parts of `when` that the text names; they add nothing."),
  overrides: z
    .array(clauseId)
    .default([])
    .describe("Clauses that yield where this one speaks; each names it under `except`."),
  except: z
    .array(clauseId)
    .default([])
    .describe("Clauses that this one yields to; each names it under `overrides`."),
  "only-if": choiceSelectors.default({}).describe("The clause counts only under these readings."),
  "rests-on": z
    .array(clauseId)
    .default([])
    .describe("Definitions that a decision by this clause cites with it."),
};
const providerEffect = z.strictObject({
  provider: z.strictObject({ in: z.union([z.literal("any"), z.array(word).min(1)]) }),
});

const moneyClauses = [
  z.strictObject({ ...common, modality: z.literal("remuneration"), then: remuneration }),
  z.strictObject({ ...common, modality: z.literal("commission"), then: commission }),
] as const;
/** Who earns from a call, and who is paid for bringing it. */
export const moneyClause = z.discriminatedUnion("modality", moneyClauses);
export type MoneyClause = z.infer<typeof moneyClause>;

const clause = z.discriminatedUnion("modality", [
  z.strictObject({ ...common, modality: z.literal("obligation"), then: providerEffect }),
  z.strictObject({ ...common, modality: z.literal("prohibition"), then: providerEffect }),
  z.strictObject({ ...common, modality: z.literal("permission"), then: providerEffect }),
  z.strictObject({
    ...common,
    modality: z.literal("definition"),
    defines: z
      .record(word, z.array(word).min(1))
      .default({})
      .describe("By axis, the values whose meaning the clause fixes; who turns on one rests on the clause."),
  }),
  ...moneyClauses,
]);
export type Clause = z.infer<typeof clause>;

/** Whether a clause is about money, and so none on hosting. */
export function isMoneyClause(each: Clause): each is MoneyClause {
  return each.modality === "remuneration" || each.modality === "commission";
}

/** A call and what becomes of it. */
const example = z.strictObject({
  id: z.string().regex(/^E[0-9]+(-[a-z0-9]+)*$/, "expected an example id such as `E1`"),
  text: prose,
  readings: choiceSelectors.default({}),
  given: z.record(word, word).describe("The call, by axis; an axis that is not named has its default value."),
  expect: z.strictObject({
    providers: z.array(word).min(1).optional(),
    clauses: z.array(clauseId).optional().describe("Every clause cited, deciding ones first."),
    money_clauses: z.array(clauseId).optional(),
    share_ppm: z.record(word, z.int()).optional().describe("Before any dated change."),
    rates: rates.optional().describe("Every dated change of the shares; none where the list is empty."),
    cap: limit.nullable().optional().describe("What limits the shares, or null where nothing does."),
    denied: z.enum(["gap", "conflict", "infeasible"]).optional(),
  }),
});
export type Example = z.infer<typeof example>;

const acceptance = z.strictObject({
  code: z
    .enum(ACCEPTABLE_CODES, `only warnings about a clause can be accepted: ${ACCEPTABLE_CODES.join(", ")}`)
    .describe("A warning; errors are mended."),
  subject: z.string().describe("The clause that the finding is about; for CT014 the change of it."),
  because: prose,
});

export const agreementSchema = z.strictObject({
  $schema: z.string().optional(),
  agreement: z.strictObject({
    id: word,
    title: prose,
    regime: word,
    version: z.int().min(1),
    effective: interval,
    currency: z.literal("USD"),
  }),
  infeasible: z
    .array(z.strictObject({ id: clauseId, when: condition, because: prose }))
    .default([])
    .describe("Combinations that cannot exist; anything else that no clause covers is a gap."),
  clauses: z.array(clause).min(1).describe("In any order: a clause yields only to those that name it."),
  examples: z
    .array(example)
    .default([])
    .describe("Calls with what becomes of them; `clauseway check` fails when one differs."),
  accepted: z
    .array(acceptance)
    .default([])
    .describe("Findings that are known and wanted, with the reason; they stay listed."),
});
export type AgreementDocument = z.infer<typeof agreementSchema>;
