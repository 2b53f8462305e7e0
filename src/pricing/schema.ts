/** Shape of a price book file (`config/prices/*.yaml`). Prices stand in quotes: they are read as text, never as floats. */

import { z } from "zod";

const decimal = z.string({ error: 'expected a decimal in quotes, such as "2.50"' }).meta({ id: "decimal" });
const date = z.iso.date({ error: "expected a date of the calendar, YYYY-MM-DD" });

const factor = z.string({ error: 'expected a factor in quotes, such as "1.5" or "11/10"' });

const basis = {
  from: date.nullable().describe("First day the price holds; null where no source says."),
  to: date.nullable().describe("First day it no longer holds; null while it stands."),
  recordedAt: date.describe("The day we learned it."),
  reviewBy: date
    .nullable()
    .describe("The day by which its sources are to be read again; null where nothing can change."),
  supersedes: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      "Id of the version that this one corrects, such as `gpt-5@2025-08-07`: from its recording on it stands in for it.",
    ),
  basis: z.enum(["published", "assumed"]).default("published"),
  reason: z.string().min(1).optional().describe("Why a price is assumed."),
  note: z.string().min(1).optional(),
  sources: z.array(z.string().min(1)).default([]),
};

const priceSchema = z.strictObject({
  model: z.string().min(1),
  ...basis,
  input: decimal,
  cachedInput: decimal.nullable().describe("Null: a price exists or may exist, but no source gives it."),
  cacheWrite: z
    .union([z.literal("as-input"), decimal])
    .nullable()
    .describe("`as-input`: the model has no separate price for writing the cache. Null: not published."),
  output: decimal,
  batchDiscount: decimal
    .nullable()
    .default(null)
    .describe('Part of the price that is taken off, such as "0.5".'),
  flexDiscount: decimal
    .nullable()
    .default(null)
    .describe('Part of the price that is taken off, such as "0.5".'),
  fastMultiplier: decimal.nullable().default(null).describe("Factor on every price of the tier `fast`."),
  dataZoneMultiplier: factor
    .nullable()
    .default(null)
    .describe("Factor on every price where a deployment keeps processing inside a zone, such as 11/10."),
  promotion: z
    .strictObject({ through: date.describe("The last day that a source promises it for.") })
    .nullable()
    .default(null)
    .describe("Marks a price that its sources call temporary."),
  priority: z
    .strictObject({ input: decimal, cachedInput: decimal.nullable(), output: decimal })
    .nullable()
    .default(null),
  longContext: z
    .strictObject({
      inputTokensOver: z.int().positive(),
      inputAndCacheMultiplier: decimal,
      outputMultiplier: decimal,
    })
    .nullable()
    .default(null)
    .describe("Reprices the whole request when its input exceeds the threshold."),
});

const trainingSchema = z.strictObject({ model: z.string().min(1), ...basis, perMtok: decimal });

export const priceBookSchema = z.strictObject({
  $schema: z.string().optional(),
  currency: z.literal("USD"),
  per: z.literal("million tokens").describe("What every price is for."),
  prices: z.array(priceSchema).min(1),
  training: z.array(trainingSchema).default([]),
});

export type PriceRow = z.infer<typeof priceSchema>;
export type TrainingRow = z.infer<typeof trainingSchema>;
