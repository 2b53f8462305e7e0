/** `clauseway load`: drives the gateway and judges where the calls were served, by the clouds' own meters. */

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { systemClock } from "../app/clock.ts";
import { readCredentials } from "../app/credentials.ts";
import { loadConfiguration } from "../app/load-world.ts";
import { loadTarget } from "../app/load-target.ts";
import { hasLedger, openLedgerReader } from "../app/open-ledger.ts";
import { readSettings, UsageError, type SettingFlags, type Settings } from "../app/settings.ts";
import { startSystem, type SystemUrls } from "../app/system.ts";
import { seededRng } from "../domain/rng.ts";
import type { LedgerSums } from "../load/accounts.ts";
import { formatLoadResult } from "../load/format-load-result.ts";
import { checkSpeed } from "../load/load-input-error.ts";
import type { LoadResult } from "../load/load-result.ts";
import { readInputFile } from "../load/read-input-file.ts";
import { runLoad, type LoadPlan } from "../load/run-load.ts";
import { DEFAULT_SCENARIO, readScenario } from "../load/scenario.ts";
import { readTrace } from "../load/trace.ts";
import { drawArrivals, parseWorkload, takeArrivals } from "../load/workload.ts";

export interface LoadFlags extends SettingFlags {
  readonly scenario?: string;
  readonly trace?: string;
  readonly workload?: string;
  readonly calls: number;
  readonly target?: string;
  readonly json?: boolean;
}

const DEFAULT_SPEED = "20";
const PROGRESS_EVERY_MS = 5_000;

/** Returns the exit code: 0, or 99 when an expectation failed. */
export async function load(flags: LoadFlags): Promise<number> {
  const speed = checkSpeed(flags.speed ?? DEFAULT_SPEED);
  const settings = readSettings({ ...flags, speed: String(speed) }, process.env);
  const plan = await readPlan(flags, settings, speed);
  const result =
    flags.target === undefined
      ? await loadPrivateSystem(settings, flags, plan)
      : await run(plan, settings, {
          urls: urlsOf(flags.target, settings),
          gatewayPid: null,
          hasLedger: hasLedger(settings),
        });
  process.stdout.write(flags.json ? `${JSON.stringify(result, null, 2)}\n` : formatLoadResult(result));
  return result.exitCode;
}

async function readPlan(flags: LoadFlags, settings: Settings, speed: number): Promise<LoadPlan> {
  if (flags.trace !== undefined) {
    return { kind: "replay", name: flags.trace, arrivals: await readTrace(flags.trace), speed };
  }
  if (flags.workload !== undefined) {
    const text = await readInputFile(
      flags.workload,
      "workload",
      "give a YAML file like config/workloads/azure-conv-2023.yaml",
    );
    const drawn = drawArrivals(parseWorkload(text, flags.workload), seededRng(settings.seed));
    return { kind: "replay", name: flags.workload, arrivals: takeArrivals(drawn, flags.calls), speed };
  }
  return { kind: "scenario", scenario: await readScenario(flags.scenario ?? DEFAULT_SCENARIO) };
}

/** Free ports and a fresh ledger in a new folder, which stays for whoever wants to look at it. */
async function loadPrivateSystem(given: Settings, flags: LoadFlags, plan: LoadPlan): Promise<LoadResult> {
  const dataDir =
    flags.data === undefined ? await mkdtemp(join(tmpdir(), "clauseway-load-")) : resolve(flags.data);
  const settings = { ...given, dataDir, configDir: resolve(given.configDir) };
  const system = await startSystem({ settings, ports: "free" });
  process.stderr.write(`private system started; ledger ${system.ledger}\n`);
  try {
    return await run(plan, settings, { ...system, hasLedger: true });
  } finally {
    await system.close();
  }
}

interface Driven {
  readonly urls: SystemUrls;
  readonly gatewayPid: number | null;
  readonly hasLedger: boolean;
}

function run(plan: LoadPlan, settings: Settings, driven: Driven): Promise<LoadResult> {
  return runLoad({
    target: loadTarget(driven.urls, {
      configuration: loadConfiguration(settings),
      credentials: readCredentials(process.env),
      gatewayPid: driven.gatewayPid,
    }),
    plan,
    rng: seededRng(settings.seed),
    clock: systemClock,
    readLedger: driven.hasLedger ? () => readSums(settings) : null,
    progress: (line) => process.stderr.write(`${line}\n`),
    progressEveryMs: PROGRESS_EVERY_MS,
  });
}

async function readSums(settings: Settings): Promise<LedgerSums> {
  const reader = await openLedgerReader(settings);
  try {
    const { calls, inputTokens, outputTokens, grossPicoUsd, byParty } = await reader.totals();
    return {
      calls,
      inputTokens: Number(inputTokens),
      outputTokens: Number(outputTokens),
      grossPicoUsd,
      sharePicoUsd: byParty,
    };
  } finally {
    await reader.close();
  }
}

/** The gateway's address as given; the other roles on the same host, on their configured ports. */
function urlsOf(target: string, { ports }: Settings): SystemUrls {
  if (!URL.canParse(target) || !/^https?:$/.test(new URL(target).protocol)) {
    throw new UsageError(
      `--target must be the gateway's URL, such as http://127.0.0.1:8080, got \`${target}\``,
    );
  }
  const given = new URL(target);
  const at = (port: number): string => `${given.protocol}//${given.hostname}:${port}`;
  return {
    gateway: given.origin,
    admin: at(ports.admin),
    amazon: at(ports.amazon),
    direct: at(ports.direct),
    firstParty: at(ports["first-party"]),
    azure: at(ports.azure),
    aws: at(ports.aws),
    stargate: at(ports.stargate),
  };
}
