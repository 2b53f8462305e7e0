/**
 * The whole system as one process tree: the clouds, the gateway and the partner frontends, three child processes that run the
 * same `clauseway serve` as any deployment. Each child is ended when this process ends, whatever the reason.
 */

import { fork, type ChildProcess } from "node:child_process";
import { mkdirSync, openSync, closeSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ReloadResult } from "../gateway/reload-result.ts";
import { checkPorts } from "./listen-errors.ts";
import { ledgerName } from "./open-ledger.ts";
import {
  portVariable,
  ROLES,
  UsageError,
  type PortName,
  type Ports,
  type Role,
  type Settings,
} from "./settings.ts";

export interface SystemUrls {
  readonly gateway: string;
  readonly admin: string;
  readonly amazon: string;
  readonly direct: string;
  readonly firstParty: string;
  readonly azure: string;
  readonly aws: string;
  readonly stargate: string;
}

export interface System {
  readonly urls: SystemUrls;
  readonly dataDir: string;
  /** What people read for the ledger. */
  readonly ledger: string;
  readonly gatewayPid: number;
  /** Resolves when a child ended without being asked to. */
  readonly failed: Promise<Error>;
  /** Has the gateway read its configuration again; `onReloaded` is told what came of it. */
  reload(): void;
  /** Drains in order: partners, gateway, clouds. */
  close(): Promise<void>;
}

export interface SystemOptions {
  readonly settings: Settings;
  /** `free`: ports are picked by the system; otherwise those of the settings. */
  readonly ports: "configured" | "free";
  /** Told of each reload of the gateway, whoever asked for it by signal. */
  readonly onReloaded?: (result: ReloadResult) => void;
}

/** What a child tells its parent. */
export type ChildMessage =
  | { readonly kind: "ready"; readonly urls: Readonly<Partial<Record<PortName, string>>> }
  | { readonly kind: "failed"; readonly message: string; readonly exitCode: number }
  | { readonly kind: "reloaded"; readonly result: ReloadResult };

/** A child could not start; carries the exit code that its reason has. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

const GROUPS = {
  clouds: ["azure", "aws", "stargate"],
  gateway: ["gateway"],
  partners: ["amazon", "direct", "first-party"],
} as const satisfies Readonly<Record<string, readonly Role[]>>;

/**
 * Calls leave short-lived objects only, but V8 sizes its young generation by the machine's memory and lets the old one fill
 * to several times what lives in it, and the C library keeps an arena of freed buffers for each of Node's threads: together
 * 250 MB that the gateway never needs. Held small, its memory is flat from the first seconds of load.
 */
const MEMORY_LIMITS = {
  clouds: { flags: [], variables: {} },
  gateway: {
    flags: ["--max-semi-space-size=16", "--heap-growing-percent=50"],
    variables: { MALLOC_ARENA_MAX: "2" },
  },
  partners: { flags: [], variables: {} },
} as const satisfies Readonly<Record<keyof typeof GROUPS, object>>;

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 15_000;

/** Starts every role; throws UsageError for ports in use, StartError when a child does not come up (the others are stopped). */
export async function startSystem({ settings, ports, onReloaded }: SystemOptions): Promise<System> {
  if (ports === "configured") await checkPorts(settings, [...ROLES, "admin"]);
  const chosen = ports === "free" ? noPorts(settings.ports) : settings.ports;
  const logDir = prepareLogFolder(settings.dataDir);
  const children: Child[] = [];
  const urls: Partial<Record<PortName, string>> = {};
  try {
    for (const group of ["clouds", "gateway", "partners"] as const) {
      const child = await startChild(group, { ...settings, ports: chosen }, urls, logDir);
      children.push(child);
      Object.assign(urls, child.urls);
    }
  } catch (error) {
    await stopAll(children);
    throw error;
  }
  const gateway = children[1];
  gateway?.process.on("message", (message: ChildMessage) => {
    if (message.kind === "reloaded") onReloaded?.(message.result);
  });
  return {
    urls: {
      ...(urls as Record<PortName, string>),
      firstParty: urls["first-party"] ?? "",
    },
    dataDir: settings.dataDir,
    ledger: ledgerName(settings),
    gatewayPid: gateway?.process.pid ?? 0,
    reload: () => {
      gateway?.process.kill("SIGHUP");
    },
    failed: Promise.race(children.map(({ ended }) => ended)),
    close: () => stopAll(children),
  };
}

interface Child {
  readonly process: ChildProcess;
  readonly urls: Readonly<Partial<Record<PortName, string>>>;
  readonly ended: Promise<Error>;
}

async function startChild(
  group: keyof typeof GROUPS,
  settings: Settings,
  urls: Readonly<Partial<Record<PortName, string>>>,
  logDir: string,
): Promise<Child> {
  const { flags, variables } = MEMORY_LIMITS[group];
  const log = openSync(join(logDir, `${group}.ndjson`), "a");
  const child = fork(mainFile(), ["serve", ...GROUPS[group]], {
    env: { ...process.env, ...variables, ...environmentOf(settings, urls) },
    stdio: ["ignore", "ignore", log, "ipc"],
    execArgv: [...flags],
    // Its own process group: Ctrl-C reaches this process alone, which then stops the children in order.
    detached: true,
  });
  closeSync(log);
  const ended = once(child, "exit").then(
    ([code, signal]) =>
      new Error(`the ${group} process ended (${signal ?? `exit ${code}`}); see ${logDir}/${group}.ndjson`),
  );
  const message = await Promise.race([firstMessage(child), ended, timeOut(START_TIMEOUT_MS)]);
  if (message instanceof Error || message === "timeout") {
    child.kill("SIGKILL");
    throw new StartError(
      message === "timeout" ? `the ${group} process did not start in time` : message.message,
      1,
    );
  }
  if (message.kind === "failed") {
    await ended;
    throw new StartError(message.message, message.exitCode);
  }
  if (message.kind !== "ready") throw new StartError(`the ${group} process was not ready first`, 1);
  return { process: child, urls: message.urls, ended };
}

async function firstMessage(child: ChildProcess): Promise<ChildMessage> {
  const [message] = (await once(child, "message")) as [ChildMessage];
  return message;
}

function timeOut(timeoutMs: number): Promise<"timeout"> {
  return new Promise((resolve) => {
    setTimeout(() => resolve("timeout"), timeoutMs).unref();
  });
}

async function stopAll(children: readonly Child[]): Promise<void> {
  for (const { process: child, ended } of children.toReversed()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    if (child.connected) child.disconnect();
    const stopped = await Promise.race([ended, timeOut(STOP_TIMEOUT_MS)]);
    if (stopped === "timeout") child.kill("SIGKILL");
  }
}

function environmentOf(
  settings: Settings,
  urls: Readonly<Partial<Record<PortName, string>>>,
): Record<string, string> {
  const environment: Record<string, string> = {
    CLAUSEWAY_HOST: settings.host,
    CLAUSEWAY_DATA_DIR: settings.dataDir,
    CLAUSEWAY_LEDGER_URL: settings.ledgerUrl ?? "",
    CLAUSEWAY_CONFIG: settings.configDir,
    CLAUSEWAY_CONTRACT_DATE: settings.contractDate,
    CLAUSEWAY_READING: settings.reading,
    CLAUSEWAY_SHARES: settings.shares ?? "",
    CLAUSEWAY_SPEED: String(settings.speed),
    CLAUSEWAY_SEED: String(settings.seed),
    CLAUSEWAY_LOG_LEVEL: settings.logLevel,
  };
  for (const [name, port] of Object.entries(settings.ports)) {
    environment[portVariable(name as PortName)] = String(port);
  }
  for (const name of ["gateway", "azure", "aws", "stargate"] as const) {
    const url = urls[name];
    if (url !== undefined && settings.urls[name] === null)
      environment[`CLAUSEWAY_${name.toUpperCase()}_URL`] = url;
  }
  return environment;
}

function noPorts(ports: Ports): Ports {
  return Object.fromEntries(Object.keys(ports).map((name) => [name, 0])) as Ports;
}

function prepareLogFolder(dataDir: string): string {
  const folder = join(dataDir, "log");
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new UsageError(
      `cannot write to the data folder ${dataDir} (${reason}); choose another with --data`,
    );
  }
  return folder;
}

function mainFile(): string {
  return fileURLToPath(new URL("../main.ts", import.meta.url));
}
