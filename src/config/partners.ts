/** Shape of `config/partners.yaml`: the frontends, and what their credentials vouch for. */

import { z } from "zod";
import type { Partner } from "../domain/catalogue.ts";
import { checkNames, type KnownNames, type NameUse } from "./known-names.ts";
import { parseYaml } from "./parse-yaml.ts";

export const partnersSchema = z.strictObject({
  $schema: z.string().optional(),
  partners: z.record(
    z.string().regex(/^[a-z][a-z0-9-]*$/),
    z.strictObject({
      title: z.string(),
      credential: z
        .string()
        .min(8)
        .describe("What the partner shows the gateway; the environment may replace it."),
      facts: z
        .strictObject({
          partner: z.string(),
          product: z.string(),
          seller: z.string(),
          customer: z.string(),
          region: z.string(),
        })
        .describe("What the credential vouches for, in words of the agreement's axes."),
      homeProvider: z.string().describe("The cloud that the partner sells from."),
      dialect: z
        .enum(["openai", "azure"])
        .default("openai")
        .describe("Whose API it calls the gateway with: paths, credentials, model names and errors."),
      mode: z
        .enum(["forward", "reject"])
        .default("forward")
        .describe("A call that may not run at home is sent where it must go, or refused with the clause."),
      abort: z
        .enum(["estimate", "drain"])
        .default("estimate")
        .describe("When a client leaves: cancel and settle an estimate, or read on and settle the report."),
    }),
  ),
});

/** Partners in file order. Throws ConfigError with every problem's position; names are checked where they are given. */
export function parsePartners(
  text: string,
  file: string,
  names: KnownNames | null = null,
): readonly Partner[] {
  const located = parseYaml(text, file, partnersSchema);
  const { partners } = located.value;
  if (names !== null) checkNames(located, file, namesUsed(partners, names));
  return Object.entries(partners).map(([id, partner]) =>
    Object.freeze({ kind: "partner" as const, id, ...partner, seller: partner.facts.seller }),
  );
}

function namesUsed(
  partners: z.infer<typeof partnersSchema>["partners"],
  { axes, agreementProviders }: KnownNames,
): readonly NameUse[] {
  return Object.entries(partners).flatMap(([id, { facts, homeProvider }]): readonly NameUse[] => [
    ...Object.entries(facts).map(([axis, name]) => ({
      path: ["partners", id, "facts", axis],
      name,
      what: `value of the agreement's axis ${axis}`,
      known: axes[axis] ?? [],
    })),
    {
      path: ["partners", id, "homeProvider"],
      name: homeProvider,
      what: "provider",
      known: agreementProviders,
    },
  ]);
}
