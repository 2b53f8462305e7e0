/** Shape of `config/models.yaml`: the models on offer. */

import { z } from "zod";
import type { Model } from "../domain/catalogue.ts";
import { parseYaml } from "./parse-yaml.ts";

const modelsSchema = z.strictObject({
  $schema: z.string().optional(),
  models: z.record(
    z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
    z.strictObject({
      kind: z.enum(["chat", "embedding"]),
      family: z.string().min(1),
      bedrockIds: z.array(z.string().min(1)).default([]),
      priceKey: z.string().min(1),
      deployments: z.record(z.string(), z.string().min(1)),
      maxOutputTokens: z.int().positive().max(1_000_000).default(128_000),
      /** The underlying version that Azure's replies name. */
      version: z.string().min(1).optional(),
      /** Numbers of an embedding vector. */
      dimensions: z.int().positive().default(1_536),
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

/** Models in file order. Throws ConfigError with every problem's position. */
export function parseModels(text: string, file: string): readonly Model[] {
  const { value } = parseYaml(text, file, modelsSchema);
  return Object.entries(value.models).map(([name, model]) =>
    Object.freeze({ name, ...model, version: model.version ?? name }),
  );
}
