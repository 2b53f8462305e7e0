/** Reads the configuration folder and compiles it to the world that every decision is made in. */

import { factsAt } from "../agreement/facts.ts";
import { parseModels } from "../config/models.ts";
import { gatherProblems } from "../config/gather-problems.ts";
import type { KnownNames } from "../config/known-names.ts";
import { parsePartners } from "../config/partners.ts";
import { parseProviders } from "../config/providers.ts";
import {
  deploymentsOf,
  type Model,
  type Partner,
  type Placement,
  type Provider,
} from "../domain/catalogue.ts";
import type { World } from "../pipeline/world.ts";
import type { Finding } from "../decision-table/findings.ts";
import { choosePolicy } from "../policy/choose-policy.ts";
import { FindingsError } from "../policy/findings-error.ts";
import type { PolicySources } from "../policy/policy-sources.ts";
import { parsePriceBook, type PriceBook } from "../pricing/price-book.ts";
import { configurationFile, readPolicy } from "./configuration-files.ts";
import { DEFAULT_PORTS, UsageError, type Settings } from "./settings.ts";

export interface Configuration {
  readonly world: World;
  readonly partners: readonly Partner[];
  /** Errors of the policy: with any it must not serve, though what it denies can be shown. */
  readonly findings: readonly Finding[];
}

/** Reads, compiles and checks what is to serve. Throws as `readConfiguration` does, and FindingsError for a policy with errors. */
export function loadConfiguration(settings: Settings): Configuration {
  const configuration = readConfiguration(settings);
  if (configuration.findings.length > 0) throw new FindingsError(configuration.findings);
  return configuration;
}

/**
 * Reads, compiles and checks everything, for what only reads. Throws ConfigError with `file:line:column` for what all the files
 * say wrong, UsageError for folders that are not there, or a date or reading that there is not.
 */
export function readConfiguration(settings: Settings): Configuration {
  const problems = gatherProblems();
  const sources = problems.attempt(() => readPolicy(settings.configDir, settings.shares));
  const offer = problems.attempt(() => readOffer(settings, sources));
  if (sources === null || offer === null) throw problems.error();
  return build(settings, sources, offer);
}

/** The same from sources that were read before. */
export function buildConfiguration(settings: Settings, sources: PolicySources): Configuration {
  return build(settings, sources, readOffer(settings, sources));
}

/** What is on offer, as the files say it: by whom, where, to whom and at what price. */
interface Offer {
  readonly providers: readonly Provider[];
  readonly placement: Placement;
  readonly partners: readonly Partner[];
  readonly models: readonly Model[];
  readonly prices: PriceBook;
}

/** Names are checked against the words of the policy, where that could be read. */
function readOffer({ configDir }: Settings, sources: PolicySources | null): Offer {
  const problems = gatherProblems();
  const names = sources && namesOf(sources);
  const read = <T>(path: string, parse: (text: string, file: string) => T): T | null => {
    const { file, text } = configurationFile(configDir, path);
    return problems.attempt(() => parse(text(), file));
  };
  const hosts = read("providers.yaml", (text, file) => parseProviders(text, file, names));
  const partners = read("partners.yaml", (text, file) => parsePartners(text, file, names));
  const models = read("models.yaml", (text, file) => parseModels(text, file, names));
  const prices = read("prices/openai.yaml", parsePriceBook);
  if (!hosts || !partners || !models || !prices) throw problems.error();
  return { ...hosts, partners, models, prices };
}

function namesOf({ vocabulary: { value } }: PolicySources): KnownNames {
  const axes = Object.entries(value.axes).map(([axis, { values }]) => [axis, Object.keys(values)] as const);
  return { axes: Object.fromEntries(axes), agreementProviders: value.providers, parties: value.parties };
}

function build(settings: Settings, sources: PolicySources, offer: Offer): Configuration {
  const { contractDate, reading } = settings;
  const chosen = choosePolicy(sources, { date: contractDate, reading });
  if (chosen.kind === "missing") throw new UsageError(chosen.message);
  const reachable = offer.providers.map((provider) => relocate(provider, settings));
  return {
    partners: offer.partners.map(withCredentialOf),
    findings: chosen.findings,
    world: Object.freeze({
      ...chosen.policy,
      models: new Map(offer.models.map((model) => [model.name, model])),
      providers: new Map(reachable.map((provider) => [provider.id, provider])),
      deployments: deploymentsOf(reachable),
      placement: offer.placement,
      prices: offer.prices,
      contractDate,
      worldFacts: factsAt(sources.facts, contractDate),
    }),
  };
}

/** In another topology (containers, other ports) a provider's address comes from the environment; its paths stay. */
function relocate(provider: Provider, settings: Settings): Provider {
  const origin = originOf(provider.id, settings);
  const credential = process.env[`CLAUSEWAY_${provider.id.toUpperCase()}_KEY`] ?? provider.credential;
  const regions = provider.regions.map((region) => ({
    ...region,
    baseUrl: origin === null ? region.baseUrl : `${origin}${new URL(region.baseUrl).pathname}`,
  }));
  return { ...provider, credential, regions };
}

/** The URL that is set for it, else where its port was moved to; null where the file's own address holds. */
function originOf(id: string, { urls, ports, host }: Settings): string | null {
  if (id !== "azure" && id !== "aws" && id !== "stargate") return null;
  const port = ports[id];
  const moved = port !== DEFAULT_PORTS[id] && port !== 0;
  return urls[id] ?? (moved ? `http://${host}:${port}` : null);
}

function withCredentialOf(partner: Partner): Partner {
  const variable = `CLAUSEWAY_PARTNER_KEY_${partner.id.toUpperCase().replaceAll("-", "_")}`;
  return { ...partner, credential: process.env[variable] ?? partner.credential };
}
