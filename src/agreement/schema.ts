/**
 * The shape of an agreement file. The language has no expressions, no arithmetic and no order: every list is a set, and a
 * condition is a word, a list of words, `{not: [...]}` or `any`, per axis.
 */

/* oxlint-disable unicorn/no-thenable -- `then` is the agreement's own word; it holds data, never a function, so nothing awaits it */

import { z } from "zod";

const word = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, "expected a word of `a-z`, `0-9`, `-`, `.`, `_`");
const clauseId = z
  .string()
  .regex(/^[A-Z][0-9]+(-[a-z]+)*$/, "expected a clause id such as `C1` or `C1-batch`");
const prose = z.string().min(8);
const date = z.iso.date("expected a date such as `2026-02-27`");

/** The values of one axis that a condition accepts. */
const selector = z.union([word, z.array(word).min(1), z.strictObject({ not: z.array(word).min(1) })]);
export type Selector = z.infer<typeof selector>;

/** A condition: the axes it names must match, the others may be anything. */
const condition = z.record(word, selector);
export type Condition = z.infer<typeof condition>;

const common = {
  id: clauseId,
  name: z.string(),
  /** The rule in our words, or in theirs where the basis is `quoted`. */
  text: prose,
  basis: z.enum(["quoted", "summarised", "assumed"]),
  /** Keys of `sources`. */
  source: z.array(z.string()).min(1),
  when: condition,
  /** "For the avoidance of doubt": parts of `when` that the text names; checked to lie inside it, they add nothing. */
  includes: z.array(condition).default([]),
  overrides: z.array(clauseId).default([]),
  except: z.array(clauseId).default([]),
  /** The clause counts only under these readings. */
  "only-if": z.record(z.string(), z.union([z.string(), z.array(z.string()).min(1)])).default({}),
  "rests-on": z.array(clauseId).default([]),
};
const providerEffect = z.strictObject({
  provider: z.strictObject({ in: z.union([z.literal("any"), z.array(word).min(1)]) }),
});

const clause = z.discriminatedUnion("modality", [
  z.strictObject({ ...common, modality: z.literal("obligation"), then: providerEffect }),
  z.strictObject({ ...common, modality: z.literal("prohibition"), then: providerEffect }),
  z.strictObject({ ...common, modality: z.literal("permission"), then: providerEffect }),
  z.strictObject({
    ...common,
    modality: z.literal("definition"),
    defines: z.record(word, z.array(word).min(1)).default({}),
  }),
  z.strictObject({
    ...common,
    modality: z.literal("remuneration"),
    then: z.strictObject({ share_ppm: z.record(word, z.int().min(0).max(1_000_000)) }),
  }),
]);
export type Clause = z.infer<typeof clause>;

export const agreementSchema = z.strictObject({
  agreement: z.strictObject({
    id: word,
    title: prose,
    regime: word,
    version: z.int().min(1),
    /** From the first day to, but without, the last; `to: null` while no end is known. */
    effective: z.strictObject({ from: date, to: date.nullable() }),
    currency: z.literal("USD"),
  }),
  sources: z.record(z.string(), z.strictObject({ title: z.string(), url: z.array(z.string()).min(1) })),
  axes: z.record(
    word,
    z.strictObject({
      /** Who vouches for the value: the credential, what the call is, a dated fact, or only the caller. */
      source: z.enum(["authenticated", "derived", "fact", "caller"]),
      /** Each value with its meaning in one line. */
      values: z.record(word, prose),
    }),
  ),
  providers: z.array(word).min(1).max(31),
  parties: z.array(word).min(1),
  infeasible: z.array(z.strictObject({ id: clauseId, when: condition, because: prose })),
  clauses: z.array(clause).min(1),
});
export type AgreementDocument = z.infer<typeof agreementSchema>;
