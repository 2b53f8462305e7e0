/**
 * Starts one role of the system in this process. Each role's code is loaded when it starts: a gateway has no use for the clouds'
 * tokenizer, nor for the memory that it takes.
 */

import { pino, type Logger } from "pino";
import type { CloudModel } from "../clouds/cloud-model.ts";
import type { CloudOptions } from "../clouds/cloud-options.ts";
import type { Model } from "../domain/catalogue.ts";
import type { ReloadResult } from "../gateway/reload-result.ts";
import type { RunningServer } from "../http/listener.ts";
import { createLogger } from "../telemetry/logger.ts";
import { systemClock } from "./clock.ts";
import { readCredentials } from "./credentials.ts";
import type { Configuration } from "./load-world.ts";
import { openLedger } from "./open-ledger.ts";
import type { PortName, Role, Settings } from "./settings.ts";
import type { GatewayParts } from "./start-gateway.ts";
import { VERSION } from "./version.ts";

/** A role that listens; the gateway has two addresses. */
export interface RunningRole {
  readonly urls: Readonly<Partial<Record<PortName, string>>>;
  /** Reads the configuration again; a role without it keeps what it started with. */
  readonly reload?: () => ReloadResult;
  close(graceMs: number): Promise<void>;
}

/** Starts `role`; rejects with the bind, ledger or configuration error that stopped it. */
export async function startRole(
  role: Role,
  settings: Settings,
  configuration: Configuration,
): Promise<RunningRole> {
  const context = { settings, configuration, logger: loggerOf(settings) };
  if (role === "gateway") return startGatewayRole(context);
  const server = await startServer(role, context);
  return { urls: { [role]: server.url }, close: (graceMs) => server.close(graceMs) };
}

interface Context {
  readonly settings: Settings;
  readonly configuration: Configuration;
  readonly logger: Logger;
}

/** Lines are gathered for one write: a write for each call would cost more than making the line. */
const LOG_BUFFER_BYTES = 8_192;
const LOG_FLUSH_MS = 250;

function loggerOf({ logLevel }: Settings): Logger {
  return createLogger({
    level: logLevel,
    version: VERSION,
    destination: pino.destination({
      dest: 2,
      sync: false,
      minLength: LOG_BUFFER_BYTES,
      periodicFlush: LOG_FLUSH_MS,
    }),
  });
}

async function startGatewayRole({ settings, configuration, logger }: Context): Promise<RunningRole> {
  const { startGateway } = await import("./start-gateway.ts");
  // A commit costs some 150 µs of CPU whatever its size: a millisecond of company makes it a fraction of that a call.
  const openStore: GatewayParts["openStore"] = (events) => openLedger(settings, { ...events, lingerMs: 1 });
  const gateway = await startGateway({ settings, configuration, openStore, logger });
  return {
    urls: { gateway: gateway.url, admin: gateway.adminUrl },
    reload: () => gateway.reload(),
    close: (graceMs) => gateway.close(graceMs),
  };
}

async function startServer(role: Exclude<Role, "gateway">, context: Context): Promise<RunningServer> {
  const { settings, configuration, logger } = context;
  const listening = { host: settings.host, port: settings.ports[role] };
  const onFault = (error: unknown): void => logger.error({ err: error, role }, "a call failed unforeseen");
  const credentials = readCredentials(process.env);
  const partner = (id: string) => ({
    ...listening,
    gatewayUrl: settings.urls.gateway ?? `http://${settings.host}:${settings.ports.gateway}`,
    gatewayKey: configuration.partners.find((one) => one.id === id)?.credential ?? "",
    onFault,
    clock: systemClock,
  });
  const models = [...configuration.world.models.values()];
  switch (role) {
    case "azure":
      return (await import("../clouds/azure/server.ts")).startAzure(cloudOptions("azure", context));
    case "aws":
      return (await import("../clouds/aws/server.ts")).startAws(cloudOptions("aws", context));
    case "stargate":
      return (await import("../clouds/stargate/server.ts")).startStargate(cloudOptions("stargate", context));
    case "amazon":
      return (await import("../partners/amazon/start.ts")).startAmazon({
        ...partner("amazon"),
        credentials: { ...credentials.aws, bearerKey: credentials.bedrockKey },
        models: models.map(({ name, bedrockIds }) => ({ publicName: name, bedrockIds })),
      });
    case "direct":
      return (await import("../partners/direct/start.ts")).startDirect({
        ...partner("direct"),
        customerKey: credentials.directCustomerKey,
      });
    case "first-party":
      return (await import("../partners/first-party/start.ts")).startFirstParty({
        ...partner("first-party"),
        defaultModel: models.find(({ kind }) => kind === "chat")?.name ?? "",
      });
  }
}

function cloudOptions(
  cloud: "azure" | "aws" | "stargate",
  { settings, configuration, logger }: Context,
): CloudOptions {
  const { world } = configuration;
  return {
    host: settings.host,
    port: settings.ports[cloud],
    keys: {
      gateway: world.providers.get(cloud)?.credential ?? "",
      direct: readCredentials(process.env).cloudDirectKey(cloud),
    },
    speed: settings.speed,
    seed: settings.seed,
    clock: systemClock,
    models: [...world.models.values()].flatMap((model) => cloudModel(model, cloud)),
    onDefect: (error) => logger.error({ err: error, cloud }, "the mock cloud failed on a call"),
  };
}

function cloudModel(model: Model, cloud: string): readonly CloudModel[] {
  const name = model.deployments[cloud];
  if (name === undefined) return [];
  return [
    {
      name,
      version: model.version,
      kind: model.kind,
      latencyPreset: model.latencyPreset,
      maxOutputTokens: model.maxOutputTokens,
      dimensions: model.dimensions,
    },
  ];
}
