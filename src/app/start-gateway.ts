/** Puts the gateway together: configuration, ledger, telemetry, upstreams, listeners; and takes it apart in reverse. */

import type { Logger } from "pino";
import { serveAdmin } from "../gateway/admin.ts";
import { tellDispute } from "../gateway/tell-dispute.ts";
import { DEFAULT_LIMITS, type Gateway, type GatewayLimits } from "../gateway/gateway.ts";
import { createHandOvers } from "../gateway/hand-over.ts";
import { createHealth } from "../gateway/health.ts";
import { putInForce } from "../gateway/in-force.ts";
import { followJobs } from "../gateway/job-follower.ts";
import type { ReloadResult } from "../gateway/reload-result.ts";
import { createOpenedNotes } from "../gateway/opened-notes.ts";
import { serveGateway } from "../gateway/server.ts";
import { createUpstreams } from "../gateway/upstream.ts";
import type { RunningServer } from "../http/listener.ts";
import { moneyByAgreement } from "../ledger/totals.ts";
import type { LedgerStore } from "../stores/store.ts";
import { createTelemetry, type Telemetry } from "../telemetry/telemetry.ts";
import { systemClock } from "./clock.ts";
import { loadConfiguration, type Configuration } from "./load-world.ts";
import { loadedTerms } from "./loaded-terms.ts";
import { createReload } from "./reload.ts";
import type { LedgerOptions } from "./open-ledger.ts";
import type { Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

export interface RunningGateway {
  readonly url: string;
  readonly adminUrl: string;
  /** Reads the configuration again; see `createReload`. */
  reload(): ReloadResult;
  close(graceMs: number): Promise<void>;
}

/** What telemetry is told of the ledger. */
type LedgerEvents = Required<Pick<LedgerOptions, "onCommit" | "onNotesLost">>;

export interface GatewayParts {
  readonly settings: Settings;
  readonly configuration: Configuration;
  /** Reads the configuration again for a reload; from the folder of the settings unless given. */
  readonly load?: () => Configuration;
  /** Opens the ledger for writing; the gateway closes it. */
  readonly openStore: (events: LedgerEvents) => Promise<LedgerStore>;
  readonly logger: Logger;
  readonly limits?: Partial<GatewayLimits>;
}

const JOB_INTERVAL_MS = 500;

/** Starts both listeners; rejects with the bind error when a port cannot be had. Closing drains and closes the ledger last. */
export async function startGateway(parts: GatewayParts): Promise<RunningGateway> {
  const gateway = await assemble(parts);
  const { settings, load = () => loadConfiguration(settings) } = parts;
  const { host, ports } = settings;
  const reload = createReload(gateway, load);
  const started: RunningServer[] = [];
  try {
    started.push(await serveGateway(gateway, { host, port: ports.gateway }));
    started.push(await serveAdmin(gateway, reload, { host, port: ports.admin }));
  } catch (error) {
    await closeAll(gateway, started, 0);
    throw error;
  }
  const [api, admin] = started as [RunningServer, RunningServer];
  return {
    url: api.url,
    adminUrl: admin.url,
    reload,
    close: (graceMs) => closeAll(gateway, [api, admin], graceMs),
  };
}

async function assemble({
  configuration,
  openStore,
  logger,
  limits,
  settings,
}: GatewayParts): Promise<Gateway> {
  const { world } = configuration;
  // What the ledger holds is what telemetry starts from.
  let telemetryOrNull: Telemetry | null = null;
  const store = await openStore({
    onCommit: ({ calls, durationMs }) => telemetryOrNull?.observeCommit(durationMs, calls),
    onNotesLost: (notes) => telemetryOrNull?.notesLost(notes),
  });
  const telemetry = await createGatewayTelemetry(configuration, store, logger);
  telemetryOrNull = telemetry;
  const bounds = { ...DEFAULT_LIMITS, ...limits };
  const upstreams = createUpstreams(world.providers, bounds);
  const tools = { store, upstreams, clock: systemClock };
  warnOfFakeCredentials(settings, configuration, logger);
  const gateway: Gateway = {
    inForce: putInForce(configuration),
    upstreams,
    health: createHealth(world.deployments, systemClock),
    handOvers: createHandOvers(tools),
    jobs: followJobs({
      ...tools,
      world: () => gateway.inForce.world,
      onSettled: (settled, reported) => {
        tellDispute(logger, settled, reported);
        telemetry.jobSettled(settled);
      },
      onError: (error) => logger.error({ err: error }, "following jobs failed; it is tried again"),
      intervalMs: Math.max(20, JOB_INTERVAL_MS / settings.speed),
    }),
    store,
    notes: createOpenedNotes(store),
    telemetry,
    logger,
    clock: systemClock,
    limits: bounds,
    refusedCalls: 0,
    closed: "no",
  };
  return gateway;
}

async function createGatewayTelemetry(
  configuration: Configuration,
  store: LedgerStore,
  logger: Logger,
): Promise<Telemetry> {
  return createTelemetry({
    ...loadedTerms(configuration, systemClock.nowMs()),
    build: { version: VERSION, revision: process.env["CLAUSEWAY_REVISION"] ?? null },
    contractDate: configuration.world.contractDate,
    moneyBefore: moneyByAgreement(await store.summary()),
    logger,
  });
}

function warnOfFakeCredentials(settings: Settings, { partners }: Configuration, logger: Logger): void {
  const loopback = ["127.0.0.1", "::1", "localhost"].includes(settings.host);
  if (!loopback && partners.some(({ credential }) => credential.startsWith("fake-"))) {
    logger.warn(
      { host: settings.host },
      "listening off loopback with the credentials of the simulated world",
    );
  }
}

async function closeAll(gateway: Gateway, servers: readonly RunningServer[], graceMs: number): Promise<void> {
  gateway.closed = "shutting_down";
  const [api, ...rest] = servers;
  await api?.close(graceMs);
  await gateway.jobs.close();
  await Promise.all(rest.map((server) => server.close(0)));
  await gateway.upstreams.close();
  await gateway.store.close();
}
