/** The money side of the language: what a clause on money can say. */

import { z } from "zod";
import { word } from "../decision-table/condition.ts";
import { parseUsd, WHOLE_PPM } from "../domain/units.ts";

const shares = z
  .record(word, z.int().min(0).max(WHOLE_PPM))
  .describe("Parts per million of the base by party; they sum to 1,000,000.");

const usd = z
  .string('write the amount as text, in quotes, such as `"38000000000"`')
  .superRefine((text, context) => {
    const message = wordBadAmount(text);
    if (message !== null) context.addIssue({ code: "custom", message });
  });

export const limit = z
  .strictObject({
    usd: usd.describe("Dollars as decimal text, exact: no exponent, no sign, at most 12 decimals."),
    scope: z
      .enum(["lifetime", "period"])
      .describe("Over all calls for ever, or over those of one period, which is a calendar month."),
  })
  .meta({ id: "limit" });

const cap = z
  .strictObject({
    ...limit.shape,
    party: word
      .optional()
      .describe("Whose part the cap limits; then nobody but the seller may have another part."),
  })
  .meta({
    id: "cap",
    description:
      "The most that the clause gives to others than the seller; what is above it stays with the seller.",
  });

export const rates = z
  .array(z.strictObject({ from: z.iso.date("expected a date such as `2031-01-01`"), share_ppm: shares }))
  .describe("The shares from a day on, in the order of the days; the last one that has begun holds.");

export const remuneration = z.strictObject({
  share_ppm: shares,
  base: z
    .enum(["gross", "net"])
    .default("gross")
    .describe("What the shares are of: all of the revenue, or what the live commissions leave of it."),
  rates: rates.default([]),
  cap: cap.optional(),
});
export type Remuneration = z.infer<typeof remuneration>;

export const commission = z.strictObject({
  payee: word.describe("The party that sells for another, or brings the sale."),
  commission_ppm: z.int().min(1).max(WHOLE_PPM).describe("Its parts per million of the gross."),
  borne_by: word.describe("The party whose part it is paid out of; of a net base everyone bears it."),
});
export type Commission = z.infer<typeof commission>;

function wordBadAmount(text: string): string | null {
  try {
    return parseUsd(text) === 0n ? "a cap is above 0: who is to get nothing has no share" : null;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}
