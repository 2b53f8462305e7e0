/** `clauseway up` (= `npm start`): the whole simulated world, what it offers, and what happens in it. */

import { resolve } from "node:path";
import { systemClock } from "../app/clock.ts";
import { configurationFile } from "../app/configuration-files.ts";
import { readCredentials } from "../app/credentials.ts";
import { loadConfiguration } from "../app/load-world.ts";
import { loadTarget } from "../app/load-target.ts";
import { readSettings, UsageError, type SettingFlags, type Settings } from "../app/settings.ts";
import { startSystem, type System } from "../app/system.ts";
import { startDemoTraffic, type DemoTraffic } from "../load/demo-traffic.ts";
import { parseWorkload, type Workload } from "../load/workload.ts";
import { seededRng } from "../domain/rng.ts";
import { banner } from "./up-banner.ts";
import { watchHangUps } from "./on-hang-up.ts";
import { reloadLine } from "./reload-line.ts";
import { statusLine, type Status } from "./up-status.ts";
import { untilStopped } from "./until-stopped.ts";

export interface UpFlags extends SettingFlags {
  readonly traffic: boolean;
  readonly rate: string;
}

const STATUS_INTERVAL_MS = 5_000;

/** Runs until Ctrl-C, SIGTERM or the end of a child. SIGHUP makes the gateway read its configuration again. */
export async function up(flags: UpFlags): Promise<void> {
  const given = readSettings(flags, process.env);
  const settings: Settings = {
    ...given,
    dataDir: resolve(given.dataDir),
    configDir: resolve(given.configDir),
  };
  const rate = readRate(flags.rate);
  // Read here too, so that a mistake is told before anything starts, and with the paths that were given.
  const configuration = loadConfiguration(given);
  const workload = flags.traffic ? readWorkload(settings) : null;
  const startedMs = systemClock.monotonicMs();
  const hangUps = watchHangUps();
  const system = await startSystem({
    settings,
    ports: "configured",
    onReloaded: (result) => process.stdout.write(`${reloadLine(result)}\n`),
  });
  try {
    const credentials = readCredentials(process.env);
    const readyMs = systemClock.monotonicMs() - startedMs;
    process.stdout.write(banner({ system, configuration, credentials, readyMs }));
    const traffic = workload
      ? startTraffic(system, settings, { configuration, credentials, workload, rate })
      : null;
    hangUps.handle(() => system.reload());
    await runUntilStopped(system);
    hangUps.close();
    process.stdout.write("stopping: open calls are drained\n");
    await traffic?.stop();
  } finally {
    await system.close();
  }
}

function readRate(text: string): number {
  const rate = Number(text);
  if (text.trim() !== "" && rate > 0 && rate <= 200) return rate;
  throw new UsageError(`--rate must be a number above 0 and at most 200, got \`${text}\``);
}

function readWorkload({ configDir }: Settings): Workload {
  const { file, text } = configurationFile(configDir, "workloads/azure-conv-2023.yaml");
  return parseWorkload(text(), file);
}

interface Traffic extends Pick<Parameters<typeof loadTarget>[1], "configuration" | "credentials"> {
  readonly workload: Workload;
  readonly rate: number;
}

function startTraffic(
  system: System,
  settings: Settings,
  { configuration, credentials, workload, rate }: Traffic,
): DemoTraffic {
  return startDemoTraffic({
    target: loadTarget(system.urls, { configuration, credentials, gatewayPid: system.gatewayPid }),
    workload,
    ratePerSecond: rate,
    rng: seededRng(settings.seed),
    clock: systemClock,
  });
}

async function runUntilStopped(system: System): Promise<void> {
  const timer = setInterval(() => void showStatus(system.urls.admin), STATUS_INTERVAL_MS);
  try {
    const failure = await Promise.race([untilStopped(), system.failed]);
    if (failure) throw failure;
  } finally {
    clearInterval(timer);
  }
}

async function showStatus(adminUrl: string): Promise<void> {
  try {
    const response = await fetch(`${adminUrl}/status`, { signal: AbortSignal.timeout(STATUS_INTERVAL_MS) });
    const answer: unknown = await response.json();
    const line = response.ok
      ? statusLine(answer as Status)
      : `status: ${(answer as { message: string }).message}`;
    process.stdout.write(`${line}\n`);
  } catch {
    process.stdout.write("status: the gateway does not answer\n");
  }
}
