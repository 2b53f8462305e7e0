/** Shape of `config/providers.yaml`: the clouds, their regions, and the operator's order of preference. */

import { z } from "zod";
import type { Placement, Provider } from "../domain/catalogue.ts";
import { parseYaml } from "./parse-yaml.ts";

const order = z.array(z.string().min(1)).min(1);

const providersSchema = z.strictObject({
  $schema: z.string().optional(),
  placement: z.strictObject({
    stateless: order,
    stateful: order,
    training: order,
    batch: order,
    management: order,
  }),
  providers: z.record(
    z.string().regex(/^[a-z][a-z0-9-]*$/),
    z.strictObject({
      title: z.string(),
      dialect: z.enum(["azure", "openai"]),
      credential: z.string().min(1),
      offers: z.array(
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
      ),
      regions: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), z.strictObject({ baseUrl: z.url() })),
    }),
  ),
});

/** Providers in file order, and placement. Throws ConfigError with every problem's position. */
export function parseProviders(
  text: string,
  file: string,
): { providers: readonly Provider[]; placement: Placement } {
  const { value } = parseYaml(text, file, providersSchema);
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
