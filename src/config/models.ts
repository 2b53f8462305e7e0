/** Shape of `config/models.yaml`: the models on offer. */

import { z } from "zod";
import type { Model } from "../domain/catalogue.ts";
import { checkNames, type KnownNames, type NameUse } from "./known-names.ts";
import { parseYaml } from "./parse-yaml.ts";

export const modelsSchema = z.strictObject({
  $schema: z.string().optional(),
  models: z.record(
    z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
    z.strictObject({
      kind: z.enum(["chat", "embedding"]),
      family: z.string().min(1).describe("A value of the agreement's axis `family`: what the licence is."),
      bedrockIds: z.array(z.string().min(1)).default([]),
      priceKey: z.string().min(1).describe("A `model` of the price book."),
      deployments: z
        .record(z.string(), z.string().min(1))
        .describe("By provider, the name it is deployed under."),
      launched: z.iso
        .date("expected a date such as `2026-03-05`")
        .nullable()
        .default(null)
        .describe("The first day on any cloud; a head start is counted from it."),
      maxOutputTokens: z.int().positive().max(1_000_000).default(128_000),
      version: z.string().min(1).optional().describe("The underlying version that Azure's replies name."),
      dimensions: z.int().positive().default(1_536).describe("Numbers of an embedding vector."),
      latencyPreset: z.enum([
        "gpt-4o",
        "gpt-4.1",
        "gpt-4.1-mini",
        "gpt-4.1-nano",
        "gpt-5",
        "gpt-oss",
        "embedding",
      ]),
    }),
  ),
});

/** Models in file order. Throws ConfigError with every problem's position; names are checked where they are given. */
export function parseModels(text: string, file: string, names: KnownNames | null = null): readonly Model[] {
  const located = parseYaml(text, file, modelsSchema);
  const { models } = located.value;
  if (names !== null) checkNames(located, file, namesUsed(models, names));
  return Object.entries(models).map(([name, model]) =>
    Object.freeze({ name, ...model, version: model.version ?? name }),
  );
}

function namesUsed(
  models: z.infer<typeof modelsSchema>["models"],
  { axes, agreementProviders }: KnownNames,
): readonly NameUse[] {
  return Object.entries(models).flatMap(([name, { family, deployments }]): readonly NameUse[] => [
    {
      path: ["models", name, "family"],
      name: family,
      what: "value of the agreement's axis family",
      known: axes["family"] ?? [],
    },
    ...Object.keys(deployments).map((provider) => ({
      path: ["models", name, "deployments", provider],
      isKey: true,
      name: provider,
      what: "provider",
      known: agreementProviders,
    })),
  ]);
}
