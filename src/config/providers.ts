/** Shape of `config/providers.yaml`: the clouds, their regions, and the operator's order of preference. */

import { z } from "zod";
import { ZONES, type Placement, type Provider } from "../domain/catalogue.ts";
import type { HostingTerms } from "../domain/money.ts";
import { ppm } from "../domain/units.ts";
import { checkNames, type KnownNames, type NameUse } from "./known-names.ts";
import { parseYaml } from "./parse-yaml.ts";

const order = z.array(z.string().min(1)).min(1);

const regionSchema = z.strictObject({
  // Editors check no `format`, but they do check a pattern.
  baseUrl: z.url({ protocol: /^https?$/ }).meta({ pattern: "^https?://[^/]" }),
  zone: z
    .enum(ZONES)
    .default("global")
    .describe("Where calls may be processed; a data zone has prices of its own."),
});

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
      hosting: z
        .strictObject({
          payer: z.string().min(1).describe("The party that pays for hosting."),
          payee: z.string().min(1).describe("The party that owns the provider."),
          fee_ppm: z.int().min(0).max(1_000_000).describe("Parts per million of a call's list price."),
          basis: z.enum(["quoted", "summarised", "assumed"]),
          because: z.string().min(1).describe("Where the figure comes from."),
        })
        .optional()
        .describe(
          "What the provider is paid for serving a call, apart from any share; nothing where absent.",
        ),
      regions: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), regionSchema),
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
    hosting: hostingOf(provider.hosting),
    regions: Object.entries(provider.regions).map(([region, { baseUrl, zone }]) => ({
      region,
      zone,
      baseUrl: baseUrl.replace(/\/+$/, ""),
    })),
  }));
  return { providers, placement: value.placement };
}

type ProviderEntry = z.infer<typeof providersSchema>["providers"][string];

function hostingOf(hosting: ProviderEntry["hosting"]): HostingTerms | null {
  return hosting === undefined
    ? null
    : { payer: hosting.payer, payee: hosting.payee, feePpm: ppm(hosting.fee_ppm) };
}

function namesUsed(
  { providers, placement }: z.infer<typeof providersSchema>,
  { agreementProviders, parties }: KnownNames,
): readonly NameUse[] {
  return [
    ...Object.entries(providers).flatMap(([id, { hosting }]) =>
      (["payer", "payee"] as const).flatMap((field) =>
        hosting === undefined
          ? []
          : [
              {
                path: ["providers", id, "hosting", field],
                name: hosting[field],
                what: "party",
                known: parties,
              },
            ],
      ),
    ),
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
