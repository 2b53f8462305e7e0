/** Shape of `config/providers.yaml`: the clouds, their regions, and the operator's order of preference. */

import { z } from "zod";
import type { Placement, Provider } from "../domain/catalogue.ts";
import { checkNames, type KnownNames, type NameUse } from "./known-names.ts";
import { parseYaml } from "./parse-yaml.ts";

const order = z.array(z.string().min(1)).min(1);

export const providersSchema = z.strictObject({
  $schema: z.string().optional(),
  placement: z
    .strictObject({ stateless: order, stateful: order, training: order, batch: order, management: order })
    .describe("By workload class, the operator's preference inside the set that the agreement allows."),
  providers: z.record(
    z.string().regex(/^[a-z][a-z0-9-]*$/),
    z.strictObject({
      title: z.string(),
      dialect: z.enum(["azure", "openai"]),
      credential: z
        .string()
        .min(1)
        .describe("What the gateway shows the provider; the environment may replace it."),
      offers: z
        .array(
          z.enum([
            "chat",
            "completions",
            "responses",
            "embeddings",
            "conversations",
            "files",
            "fine_tuning",
            "batches",
          ]),
        )
        .describe("API families that the provider serves."),
      regions: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), z.strictObject({ baseUrl: z.url() })),
    }),
  ),
});

/** Providers in file order, and placement. Throws ConfigError with every problem's position; names are checked where given. */
export function parseProviders(
  text: string,
  file: string,
  names: KnownNames | null = null,
): { providers: readonly Provider[]; placement: Placement } {
  const located = parseYaml(text, file, providersSchema);
  const { value } = located;
  if (names !== null) checkNames(located, file, namesUsed(value, names));
  const providers = Object.entries(value.providers).map(([id, provider]) => ({
    id,
    title: provider.title,
    dialect: provider.dialect,
    credential: provider.credential,
    offers: provider.offers,
    regions: Object.entries(provider.regions).map(([region, { baseUrl }]) => ({
      region,
      baseUrl: baseUrl.replace(/\/+$/, ""),
    })),
  }));
  return { providers, placement: value.placement };
}

function namesUsed(
  { providers, placement }: z.infer<typeof providersSchema>,
  { agreementProviders }: KnownNames,
): readonly NameUse[] {
  return [
    ...Object.keys(providers).map((name) => ({
      path: ["providers", name],
      isKey: true,
      name,
      what: "provider",
      known: agreementProviders,
    })),
    ...Object.entries(placement).flatMap(([workload, order]) =>
      order.map((name, index) => ({
        path: ["placement", workload, index],
        name,
        what: "provider",
        known: Object.keys(providers),
      })),
    ),
  ];
}
