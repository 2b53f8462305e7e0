/** Reading the configuration again while the gateway runs: all of it takes effect, or none of it. */

import { isDeepStrictEqual } from "node:util";
import { ConfigError, type ConfigProblem } from "../config/config-error.ts";
import type { Provider } from "../domain/catalogue.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { putInForce, type InForce } from "../gateway/in-force.ts";
import type { ReloadResult } from "../gateway/reload-result.ts";
import { FindingsError } from "../policy/findings-error.ts";
import type { Configuration } from "./load-world.ts";
import { loadedTerms } from "./loaded-terms.ts";
import { UsageError } from "./settings.ts";

/**
 * Makes the function that loads, checks and swaps. It never throws: whatever is wrong, the last good configuration stays in
 * force, and the log and the metrics say so. It is synchronous, so two reloads never interleave and no call sees half of one;
 * the listener stands still meanwhile, for as long as the agreement takes to compile (tenths of a second).
 * What a reload cannot change is the addresses and credentials of the providers: connections to them are open.
 */
export function createReload(gateway: Gateway, load: () => Configuration): () => ReloadResult {
  return () => {
    const before = gateway.inForce;
    try {
      const configuration = load();
      checkProviders(before.world.providers, configuration.world.providers);
      const next = putInForce(configuration);
      const outcome = saysTheSame(before, next) ? "unchanged" : "loaded";
      gateway.telemetry.takeUp(loadedTerms(configuration, gateway.clock.nowMs()));
      gateway.inForce = next;
      return tellLoaded(gateway, outcome, before.world.digest);
    } catch (error) {
      return tellRefused(gateway, error);
    }
  };
}

function tellLoaded(
  { inForce: { world }, logger, telemetry }: Gateway,
  outcome: "loaded" | "unchanged",
  previousDigest: string,
): ReloadResult {
  const { digest, agreement } = world;
  telemetry.reloadEnded(outcome);
  logger.info({ outcome, digest, previousDigest }, "the configuration was read again");
  return { outcome, digest, previousDigest, regime: agreement.regime, reading: agreement.readingId };
}

function tellRefused({ inForce: { world }, logger, telemetry }: Gateway, error: unknown): ReloadResult {
  const { digest } = world;
  const usersMistake = [ConfigError, FindingsError, UsageError].some((kind) => error instanceof kind);
  const said = error instanceof Error ? error.message : String(error);
  const message = usersMistake ? said : `the configuration could not be loaded: ${said}`;
  telemetry.reloadEnded("refused");
  logger.error(
    { outcome: "refused", digest, problem: message, ...(usersMistake ? {} : { err: error }) },
    "the configuration cannot be used; the last good one stays in force",
  );
  return { outcome: "refused", digest, message, problems: problemsOf(error) };
}

function problemsOf(error: unknown): readonly ConfigProblem[] {
  if (error instanceof ConfigError) return error.problems;
  if (!(error instanceof FindingsError)) return [];
  return error.findings.map(({ file, line, column, subject, message, code }) => ({
    file,
    line,
    column,
    path: subject,
    message,
    code,
  }));
}

/** Throws UsageError when the pools, keys and breakers of this process would not be those of the providers read. */
function checkProviders(before: ReadonlyMap<string, Provider>, after: ReadonlyMap<string, Provider>): void {
  const ids = new Set([...before.keys(), ...after.keys()]);
  const changed = [...ids].filter(
    (id) => !isDeepStrictEqual(connectionOf(before.get(id)), connectionOf(after.get(id))),
  );
  if (changed.length === 0) return;
  throw new UsageError(
    `providers.yaml changes where or with which key ${changed.join(", ")} is reached: restart the gateway for that, or undo it`,
  );
}

function connectionOf(provider: Provider | undefined): Partial<Provider> | null {
  if (!provider) return null;
  const { dialect, credential } = provider;
  // A region's zone decides a price, not a connection.
  const regions = provider.regions.map(({ region, baseUrl }) => ({ region, baseUrl }));
  return { dialect, credential, regions };
}

/** The digest covers what decides; the rest is compared by value. */
function saysTheSame(before: InForce, after: InForce): boolean {
  return before.world.digest === after.world.digest && isDeepStrictEqual(restOf(before), restOf(after));
}

function restOf({ world, partners }: InForce): unknown {
  const { models, providers, placement, prices, worldFacts } = world;
  return { models, providers, placement, prices, worldFacts, partners };
}
