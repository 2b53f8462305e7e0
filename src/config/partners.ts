/** Shape of `config/partners.yaml`: the frontends, and what their credentials vouch for. */

import { z } from "zod";
import type { Partner } from "../domain/catalogue.ts";
import { parseYaml } from "./parse-yaml.ts";

const partnersSchema = z.strictObject({
  $schema: z.string().optional(),
  partners: z.record(
    z.string().regex(/^[a-z][a-z0-9-]*$/),
    z.strictObject({
      title: z.string(),
      credential: z.string().min(8),
      facts: z.strictObject({
        partner: z.string(),
        product: z.string(),
        seller: z.string(),
        customer: z.string(),
        region: z.string(),
      }),
      homeProvider: z.string(),
      mode: z.enum(["forward", "reject"]).default("forward"),
      abort: z.enum(["estimate", "drain"]).default("estimate"),
    }),
  ),
});

/** Partners in file order. Throws ConfigError with every problem's position. */
export function parsePartners(text: string, file: string): readonly Partner[] {
  const { value } = parseYaml(text, file, partnersSchema);
  return Object.entries(value.partners).map(([id, partner]) =>
    Object.freeze({ kind: "partner" as const, id, ...partner, seller: partner.facts.seller }),
  );
}
