/** Reads the configuration folder and compiles it to the world that every decision is made in. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { compileAgreement } from "../agreement/compile.ts";
import { parseAgreement, type Agreement } from "../agreement/parse.ts";
import { parseReading } from "../agreement/reading.ts";
import { parseModels } from "../config/models.ts";
import { parsePartners } from "../config/partners.ts";
import { parseProviders } from "../config/providers.ts";
import { deploymentsOf, type Partner, type Provider } from "../domain/catalogue.ts";
import type { World } from "../pipeline/world.ts";
import { parsePriceBook } from "../pricing/price-book.ts";
import { UsageError, type Settings } from "./settings.ts";

export interface Configuration {
  readonly world: World;
  readonly partners: readonly Partner[];
}

const MAX_FILE_BYTES = 1_048_576;

/**
 * Reads and compiles everything. Throws ConfigError with `file:line:column` for what the files say wrong, UsageError for files
 * that cannot be read or a contract date that no agreement covers.
 */
export function loadConfiguration(settings: Settings): Configuration {
  const read = <T>(path: string, parse: (text: string, file: string) => T): T => {
    const file = join(settings.configDir, path);
    return parse(readText(file), file);
  };
  const reading = read("readings/default.yaml", parseReading);
  const agreement = compileAgreement(agreementAt(settings), reading);
  const { providers, placement } = read("providers.yaml", parseProviders);
  const reachable = providers.map((provider) => relocate(provider, settings));
  return {
    partners: read("partners.yaml", parsePartners).map(withCredentialOf),
    world: Object.freeze({
      agreement,
      models: new Map(read("models.yaml", parseModels).map((model) => [model.name, model])),
      providers: new Map(reachable.map((provider) => [provider.id, provider])),
      deployments: deploymentsOf(reachable),
      placement,
      prices: read("prices/openai.yaml", parsePriceBook),
      contractDate: settings.contractDate,
      worldFacts: { agi: "not-verified" },
    }),
  };
}

function agreementAt(settings: Settings): Agreement {
  const folder = join(settings.configDir, "agreements");
  const agreements = listYaml(folder).map((file) => parseAgreement(readText(file), file));
  const { contractDate } = settings;
  const found = agreements.find(
    ({ effective }) =>
      effective.from <= contractDate && (effective.to === null || contractDate < effective.to),
  );
  if (found) return found;
  const covered = agreements
    .map(({ effective }) => `${effective.from} to ${effective.to ?? "open"}`)
    .join(", ");
  throw new UsageError(
    `no agreement in ${folder} is in force on ${contractDate}; there is ${covered || "none"}: choose another --date`,
  );
}

function listYaml(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .toSorted()
      .map((name) => join(folder, name));
  } catch {
    throw new UsageError(`cannot read the folder ${folder}; point --config at a configuration folder`);
  }
}

function readText(file: string): string {
  try {
    if (statSync(file).size > MAX_FILE_BYTES) {
      throw new UsageError(`${file} is larger than 1 MiB, which no configuration file here needs to be`);
    }
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot read ${file}; point --config at a configuration folder`);
  }
}

/** In another topology (containers, free ports) a provider's address comes from the environment; its paths stay. */
function relocate(provider: Provider, settings: Settings): Provider {
  const origin = settings.urls[provider.id as keyof Settings["urls"]] ?? null;
  const credential = process.env[`CLAUSEWAY_${provider.id.toUpperCase()}_KEY`] ?? provider.credential;
  const regions = provider.regions.map(({ region, baseUrl }) => ({
    region,
    baseUrl: origin === null ? baseUrl : `${origin}${new URL(baseUrl).pathname}`,
  }));
  return { ...provider, credential, regions };
}

function withCredentialOf(partner: Partner): Partner {
  const variable = `CLAUSEWAY_PARTNER_KEY_${partner.id.toUpperCase().replaceAll("-", "_")}`;
  return { ...partner, credential: process.env[variable] ?? partner.credential };
}
