/**
 * The shape of `config/properties.yaml`: what must be true of the decisions, whatever the clauses that make them. Four forms: all
 * cells (`forall`/`then`), some cell (`exists`/`then`), cells that may not differ (`forall`/`invariantUnder`), and two regimes
 * compared (`forall`/`relation`).
 */

/* oxlint-disable unicorn/no-thenable -- `then` is the language's own word; it holds data, never a function, so nothing awaits it */

import { z } from "zod";
import { condition, prose, word } from "../../decision-table/condition.ts";
import { choiceSelectors, clauseId } from "../schema.ts";

const regimeSelector = z
  .union([z.literal("any"), z.array(word).min(1), z.strictObject({ from: word, to: word.optional() })])
  .meta({ id: "regimes", description: "`any`, a list, or those from one regime to another, both included." });
export type RegimeSelector = z.infer<typeof regimeSelector>;

const providers = z.union([z.literal("any"), z.array(word).min(1)]);

/** What is demanded of one decision. An impossible cell is never looked at. */
const demand = z
  .strictObject({
    providers: z
      .strictObject({
        equals: providers.optional(),
        subsetOf: providers.optional(),
        supersetOf: providers.optional(),
        intersects: providers.optional(),
        excludes: providers.optional(),
      })
      .optional(),
    share_ppm: z
      .record(
        word,
        z.strictObject({ equals: z.int().optional(), above: z.int().optional(), below: z.int().optional() }),
      )
      .optional()
      .describe("By party, its parts per million of the revenue; 0 where the split does not name it."),
    cites: z
      .strictObject({ all: z.array(clauseId).optional(), none: z.array(clauseId).optional() })
      .optional()
      .describe("The deciding clauses and those they rest on: all of these are cited, none of those."),
    money: z
      .strictObject({ all: z.array(clauseId).optional(), none: z.array(clauseId).optional() })
      .optional()
      .describe("The same for the clauses that split the revenue."),
    verdict: z.enum(["allowed", "denied"]).optional(),
    money_basis: z
      .enum(["quoted", "summarised", "assumed"])
      .optional()
      .describe("Every clause cited for the money has this basis."),
  })
  .refine((demands) => Object.keys(demands).length > 0, "demands nothing")
  .meta({
    id: "demand",
    description: "What every decision concerned must be; several demands must all be met.",
    // The refinement once more, for editors: it has no form of its own in JSON Schema.
    minProperties: 1,
  });
export type Demand = z.infer<typeof demand>;

const exception = z.strictObject({
  when: condition,
  regimes: regimeSelector.default("any"),
  readings: choiceSelectors.default({}),
  because: prose,
});

const common = {
  id: z.string().regex(/^P[0-9]+(-[a-z0-9]+)*$/, "expected a property id such as `P1` or `P1-exceptions`"),
  text: prose,
  regimes: regimeSelector.default("any").describe("Where it is checked; another regime is not looked at."),
  readings: choiceSelectors.default({}).describe("Where it is checked; another reading is not looked at."),
};
const exceptions = z
  .array(exception)
  .default([])
  .describe("Parts of the condition that another clause takes out, each with the clause's reason.");

/**
 * What a request shows, on the axes of the classification: only the classes that it can come to are looked at, so a property
 * speaks of requests, end to end.
 */
const evidence = condition.optional();

const forall = z.strictObject({
  ...common,
  evidence,
  forall: condition,
  except: exceptions,
  then: demand,
  underHealth: z
    .literal("all")
    .optional()
    .describe(
      "Also asked of the real chooser: under every health, pin and depth of retry it stays in the set.",
    ),
});
const exists = z.strictObject({ ...common, evidence, exists: condition, then: demand });
const invariant = z.strictObject({
  ...common,
  forall: condition,
  except: exceptions,
  invariantUnder: z.array(word).min(1).describe("Axes: calls that differ in them only are decided alike."),
  of: z.array(z.enum(["providers", "share_ppm", "clauses"])).min(1),
});
const relation = z.strictObject({
  ...common,
  forall: condition,
  except: exceptions,
  relation: z.strictObject({
    left: word.describe("A regime."),
    right: word.describe("Another regime."),
    is: z
      .enum(["equal-hosts", "not-tighter", "tighter-somewhere", "equal-split"])
      .describe("`not-tighter`: right allows all that left allows; `tighter-somewhere`: it does not."),
  }),
});

const propertySchema = z.union([forall, exists, invariant, relation]);
export type Property = z.infer<typeof propertySchema>;
export type Forall = z.infer<typeof forall>;
export type Exists = z.infer<typeof exists>;
export type Invariant = z.infer<typeof invariant>;
export type Relation = z.infer<typeof relation>;

export const propertiesSchema = z.strictObject({
  $schema: z.string().optional(),
  properties: z.array(propertySchema),
});
export type PropertiesDocument = z.infer<typeof propertiesSchema>;
