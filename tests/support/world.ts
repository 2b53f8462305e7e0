/** The whole system in this process, on free ports, without latency, with a ledger of its own: what most tests drive. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino, type Logger } from "pino";
import { readCredentials } from "../../src/app/credentials.ts";
import { loadConfiguration, type Configuration } from "../../src/app/load-world.ts";
import { openLedger, openLedgerReader } from "../../src/app/open-ledger.ts";
import { readSettings, ROLES, portVariable, type Settings } from "../../src/app/settings.ts";
import { startGateway, type RunningGateway } from "../../src/app/start-gateway.ts";
import { startRole } from "../../src/app/start-role.ts";
import type { GatewayLimits } from "../../src/gateway/gateway.ts";
import type { LedgerReader, LedgerStore } from "../../src/stores/store.ts";

export interface TestWorld {
  readonly urls: {
    readonly gateway: string;
    readonly admin: string;
    readonly azure: string;
    readonly aws: string;
    readonly stargate: string;
    readonly amazon: string;
    readonly direct: string;
    readonly firstParty: string;
  };
  readonly credentials: ReturnType<typeof readCredentials>;
  readonly configuration: Configuration;
  readonly ledgerFile: string;
  /** Rows of every cloud's own meter, by cloud. */
  meters(): Promise<Readonly<Record<"azure" | "aws" | "stargate", readonly MeterRow[]>>>;
  /** What the ledger holds now. */
  totals(): ReturnType<LedgerReader["totals"]>;
  /** Stops the gateway and starts another one at the same addresses, on the same ledger. */
  restartGateway(): Promise<void>;
  close(): Promise<void>;
}

interface MeterRow {
  readonly requestId: string | null;
  readonly caller: "gateway" | "direct";
  readonly provider: string;
  readonly region: string;
  readonly operation: string;
  readonly model: string | null;
  readonly status: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly trainedTokens: number | null;
}

export interface TestWorldOptions {
  /** Addresses of upstreams that the test provides itself, in place of the mock clouds. */
  readonly upstreams?: Partial<Record<"azure" | "aws" | "stargate", string>>;
  readonly limits?: Partial<GatewayLimits>;
  /** Stands between the gateway and its ledger, such as one that can no longer write. */
  readonly wrapStore?: (store: LedgerStore) => LedgerStore;
  /** Changes the loaded configuration, such as a partner's mode. */
  readonly change?: (configuration: Configuration) => Configuration;
  /** Divides the mock clouds' latency; none at all unless given. */
  readonly speed?: number;
  /** The configuration folder; the shipped one unless given. */
  readonly configDir?: string;
  /** Where the gateway logs; nowhere unless given. */
  readonly logger?: Logger;
  /** A share preset in place of the agreement's own money clauses. */
  readonly shares?: string;
  /** A ledger in Postgres; the file of the world's own folder unless given. */
  readonly ledgerUrl?: string;
}

/** Starts every role; close it in `afterAll` or `afterEach`. */
export async function startTestWorld(options: TestWorldOptions = {}): Promise<TestWorld> {
  const dataDir = await mkdtemp(join(tmpdir(), "clauseway-test-"));
  const credentials = readCredentials({});
  const closing: (() => Promise<void>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  const urls: Record<string, string> = {};
  const settingsNow = (): Settings => settingsFor(dataDir, urls, options);

  for (const cloud of ["azure", "aws", "stargate"] as const) {
    const own = options.upstreams?.[cloud];
    if (own !== undefined) {
      urls[cloud] = own;
      continue;
    }
    const role = await startRole(cloud, settingsNow(), loadConfiguration(settingsNow()));
    urls[cloud] = role.urls[cloud] ?? "";
    closing.unshift(() => role.close(0));
  }

  const loaded = loadConfiguration(settingsNow());
  const configuration = options.change ? options.change(loaded) : loaded;
  let gateway = await startTestGateway(settingsNow(), configuration, options);
  const { url: gatewayUrl, adminUrl } = gateway;
  urls["gateway"] = gatewayUrl;
  closing.unshift(() => gateway.close(500));

  for (const partner of ["amazon", "direct", "first-party"] as const) {
    const role = await startRole(partner, settingsNow(), configuration);
    urls[partner] = role.urls[partner] ?? "";
    closing.unshift(() => role.close(0));
  }

  const ledgerFile = join(dataDir, "ledger.sqlite");
  return {
    urls: {
      ...(urls as Record<"gateway" | "azure" | "aws" | "stargate" | "amazon" | "direct", string>),
      firstParty: urls["first-party"] ?? "",
      admin: adminUrl,
    },
    credentials,
    configuration,
    ledgerFile,
    meters: () => readMeters(urls, credentials, Object.keys(options.upstreams ?? {})),
    totals: async () => {
      const reader = await openLedgerReader(settingsNow());
      try {
        return await reader.totals();
      } finally {
        await reader.close();
      }
    },
    restartGateway: async () => {
      await gateway.close(500);
      const ports = { gateway: portOf(gatewayUrl), admin: portOf(adminUrl) };
      const settings = settingsNow();
      gateway = await startTestGateway(
        { ...settings, ports: { ...settings.ports, ...ports } },
        configuration,
        options,
      );
    },
    close: async () => {
      for (const close of closing) await close();
    },
  };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

async function startTestGateway(
  settings: Settings,
  configuration: Configuration,
  {
    limits = {},
    wrapStore = (store) => store,
    change = (loaded) => loaded,
    logger = pino({ level: "silent" }),
  }: TestWorldOptions,
): Promise<RunningGateway> {
  return startGateway({
    settings,
    configuration,
    load: () => change(loadConfiguration(settings)),
    openStore: async () => wrapStore(await openLedger(settings, {})),
    logger,
    limits,
  });
}

function settingsFor(
  dataDir: string,
  urls: Readonly<Record<string, string>>,
  { speed = Number.POSITIVE_INFINITY, configDir, ledgerUrl, shares }: TestWorldOptions,
): Settings {
  const environment: Record<string, string> = {};
  for (const name of [...ROLES, "admin"] as const) environment[portVariable(name)] = "0";
  for (const name of ["gateway", "azure", "aws", "stargate"]) {
    const url = urls[name];
    if (url !== undefined) environment[`CLAUSEWAY_${name.toUpperCase()}_URL`] = url;
  }
  const config = configDir === undefined ? {} : { config: configDir };
  const ledger = ledgerUrl === undefined ? {} : { ledger: ledgerUrl };
  const preset = shares === undefined ? {} : { shares };
  const flags = { data: dataDir, speed: String(speed), logLevel: "silent" };
  return readSettings({ ...flags, ...config, ...ledger, ...preset }, environment);
}

async function readMeters(
  urls: Readonly<Record<string, string>>,
  credentials: ReturnType<typeof readCredentials>,
  foreign: readonly string[],
): Promise<Readonly<Record<"azure" | "aws" | "stargate", readonly MeterRow[]>>> {
  const read = async (cloud: "azure" | "aws" | "stargate"): Promise<readonly MeterRow[]> => {
    if (foreign.includes(cloud)) return [];
    const key = credentials.cloudDirectKey(cloud);
    const response = await fetch(`${urls[cloud]}/meter?limit=100000`, {
      headers: { "api-key": key, authorization: `Bearer ${key}` },
    });
    if (!response.ok) throw new Error(`the meter of ${cloud} answered ${response.status}`);
    const text = await response.text();
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as MeterRow);
  };
  return { azure: await read("azure"), aws: await read("aws"), stargate: await read("stargate") };
}
