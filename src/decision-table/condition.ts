/**
 * What rules are written in: axes with a closed list of values, and conditions on them. The language has no expressions, no
 * arithmetic and no order: every list is a set, and a condition is a word, a list of words, `{not: [...]}` or `any`, per axis.
 */

import { z } from "zod";

export const word = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]*$/, "expected a word of `a-z`, `0-9`, `-`, `.`, `_`")
  .meta({ id: "word" });
export const prose = z.string().min(8).meta({ id: "prose" });

export const selector = z
  .union([word, z.array(word).min(1), z.strictObject({ not: z.array(word).min(1) })])
  .meta({
    id: "selector",
    description: "The values that are accepted: a word, a list, `{ not: [...] }` or `any`.",
  });
export type Selector = z.infer<typeof selector>;

export const condition = z.record(word, selector).meta({
  id: "condition",
  description: "By axis, the values that match; an axis that is not named may have any value.",
});
export type Condition = z.infer<typeof condition>;

/** Who vouches for a value: the credential, what the call is, a dated fact, or only the caller. */
const AXIS_SOURCES = ["authenticated", "derived", "fact", "caller"] as const;
export type AxisSource = (typeof AXIS_SOURCES)[number];

export const axis = z.strictObject({
  source: z
    .enum(AXIS_SOURCES)
    .describe(
      "Who vouches for the value: the credential, what the call is, a dated fact, or only the caller.",
    ),
  default: word
    .optional()
    .describe("The ordinary value: counterexamples are shown as near to it as they can be."),
  values: z.record(word, prose).describe("Each value with its meaning in one line."),
});
export type AxisDeclaration = z.infer<typeof axis>;

/** The values that a selector accepts among those of its axis; every value where there is no selector. */
export function select(selector: Selector | undefined, values: readonly string[]): ReadonlySet<string> {
  if (selector === undefined || selector === "any") return new Set(values);
  if (typeof selector === "string") return new Set([selector]);
  if (Array.isArray(selector)) return new Set(selector);
  return new Set(values.filter((value) => !selector.not.includes(value)));
}
