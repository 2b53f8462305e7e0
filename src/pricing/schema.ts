/** Shape of a price book file (`config/prices/*.yaml`). Prices stand in quotes: they are read as text, never as floats. */

import { z } from "zod";

const decimal = z.string({ error: 'expected a decimal in quotes, such as "2.50"' });
const date = z.iso.date({ error: "expected a date of the calendar, YYYY-MM-DD" });

const basis = {
  /** First day the price holds; null where no source says. */
  from: date.nullable(),
  /** First day it no longer holds; null while it stands. */
  to: date.nullable(),
  basis: z.enum(["published", "assumed"]).default("published"),
  /** Why a price is assumed. */
  reason: z.string().min(1).optional(),
  note: z.string().min(1).optional(),
  sources: z.array(z.string().min(1)).default([]),
};

const priceSchema = z.strictObject({
  model: z.string().min(1),
  ...basis,
  input: decimal,
  /** Null: a price exists or may exist, but no source gives it. */
  cachedInput: decimal.nullable(),
  /** `as-input`: the model has no separate price for writing the cache. Null: not published. */
  cacheWrite: z.union([z.literal("as-input"), decimal]).nullable(),
  output: decimal,
  /** Part of the price that is taken off, such as "0.5". */
  batchDiscount: decimal.nullable().default(null),
  flexDiscount: decimal.nullable().default(null),
  /** Factor on every price of the tier `fast`. */
  fastMultiplier: decimal.nullable().default(null),
  priority: z
    .strictObject({ input: decimal, cachedInput: decimal.nullable(), output: decimal })
    .nullable()
    .default(null),
  /** Reprices the whole request when its input exceeds the threshold. */
  longContext: z
    .strictObject({
      inputTokensOver: z.int().positive(),
      inputAndCacheMultiplier: decimal,
      outputMultiplier: decimal,
    })
    .nullable()
    .default(null),
});

const trainingSchema = z.strictObject({ model: z.string().min(1), ...basis, perMtok: decimal });

export const priceBookSchema = z.strictObject({
  $schema: z.string().optional(),
  currency: z.literal("USD"),
  /** What every price is for. */
  per: z.literal("million tokens"),
  prices: z.array(priceSchema).min(1),
  training: z.array(trainingSchema).default([]),
});

export type PriceRow = z.infer<typeof priceSchema>;
export type TrainingRow = z.infer<typeof trainingSchema>;
