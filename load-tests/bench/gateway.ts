/**
 * What the gateway costs: CPU time per call and throughput of Clauseway with everything on (authentication, decision, ledger on
 * disk, metrics, log) and of a bare express + http-proxy pass-through, against the same nginx, in one run, interleaved.
 *   npm run bench -- [--rounds 5] [--seconds 5] [--connections 32] [--profile FOLDER]
 * CPU time is that of the measured process alone, over all its threads. Prints each round and the median ratio.
 */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startNginx } from "./nginx.ts";
import { isInstalled, readCpuMs, type Running, startAndReadUrl } from "./processes.ts";
import { runWrk, writeWrkScript } from "./wrk.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const UNAVAILABLE = 69;
const WARM_UP_SECONDS = 3;

const HEADERS = { authorization: "Bearer fake-partner-direct", "content-type": "application/json" };
const BODY = {
  model: "gpt-5.4",
  messages: [{ role: "user", content: "time year people way day man thing woman ".repeat(8).trim() }],
  max_completion_tokens: 60,
};

interface Round {
  readonly cpuMicrosPerCall: number;
  readonly callsPerSecond: number;
}

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "5" },
    connections: { type: "string", default: "32" },
    profile: { type: "string" },
  },
});
const rounds = readCount("rounds", values.rounds, 50);
const seconds = readCount("seconds", values.seconds, 60);
const connections = readCount("connections", values.connections, 512);

const absent = ["nginx", "wrk"].filter((command) => !isInstalled(command));
if (absent.length > 0) {
  console.error(`the benchmark needs ${absent.join(" and ")}: on Debian, apt-get install nginx-light wrk`);
  process.exit(UNAVAILABLE);
}

const folder = mkdtempSync(join(tmpdir(), "clauseway-bench-"));
const started: Running[] = [];
try {
  await measure();
} finally {
  for (const running of started.toReversed()) await running.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const upstream = keep(await startNginx(folder));
  const candidates = [
    keep(await startGateway(upstream.url)),
    keep(await startPassThrough(upstream.url)),
  ] as const;
  const script = writeWrkScript(folder, HEADERS, JSON.stringify(BODY));
  console.log(
    `node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}; wrk ${connections} connections, ` +
      `${rounds} rounds of ${seconds} s each`,
  );
  for (const candidate of candidates) {
    const { errors, calls } = await runWrk(urlOf(candidate), script, connections, WARM_UP_SECONDS);
    if (errors > 0)
      throw new Error(`${candidate.name} answered ${errors} of ${calls} calls with an error in the warm-up`);
  }
  const [gateway, passThrough] = candidates;
  const ratios: { cpu: number; throughput: number }[] = [];
  for (let round = 1; round <= rounds; round++) {
    const ours = await runRound(gateway, script, round);
    const bare = await runRound(passThrough, script, round);
    ratios.push({
      cpu: ours.cpuMicrosPerCall / bare.cpuMicrosPerCall,
      throughput: ours.callsPerSecond / bare.callsPerSecond,
    });
  }
  console.log(
    `median of ${rounds} rounds, gateway to pass-through: CPU per call x ${median(ratios.map(({ cpu }) => cpu)).toFixed(2)}, ` +
      `throughput x ${median(ratios.map(({ throughput }) => throughput)).toFixed(2)}`,
  );
}

function keep(running: Running): Running {
  started.push(running);
  return running;
}

/** The gateway in its own process, with a fresh ledger, sending to nginx in place of Azure. */
function startGateway(upstreamUrl: string): Promise<Running> {
  const profile =
    values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileFolder(values.profile)}`];
  return startAndReadUrl({
    name: "gateway",
    command: process.execPath,
    args: [...profile, join(ROOT, "src/main.ts"), "serve", "gateway"],
    env: {
      CLAUSEWAY_GATEWAY_PORT: "0",
      CLAUSEWAY_ADMIN_PORT: "0",
      CLAUSEWAY_DATA_DIR: join(folder, "data"),
      CLAUSEWAY_AZURE_URL: upstreamUrl,
      CLAUSEWAY_LOG_LEVEL: "info",
    },
    logFile: join(folder, "gateway.log"),
  });
}

function startPassThrough(upstreamUrl: string): Promise<Running> {
  return startAndReadUrl({
    name: "pass-through",
    command: process.execPath,
    args: [fileURLToPath(new URL("pass-through.ts", import.meta.url)), upstreamUrl],
    logFile: join(folder, "pass-through.log"),
  });
}

function profileFolder(given: string): string {
  mkdirSync(given, { recursive: true });
  return resolve(given);
}

async function runRound(candidate: Running, script: string, round: number): Promise<Round> {
  const before = readCpuMs(candidate.pid);
  const report = await runWrk(urlOf(candidate), script, connections, seconds);
  const cpuMs = readCpuMs(candidate.pid) - before;
  const cpuMicrosPerCall = (cpuMs * 1_000) / report.calls;
  console.log(
    `round ${round} ${candidate.name.padEnd(12)} ${String(report.calls).padStart(7)} calls ` +
      `${report.callsPerSecond.toFixed(0).padStart(6)}/s  CPU ${cpuMicrosPerCall.toFixed(1).padStart(6)} us a call  ` +
      `p50 ${report.p50} p99 ${report.p99}  errors ${report.errors}`,
  );
  if (report.errors > 0)
    throw new Error(
      `${candidate.name} answered ${report.errors} calls with an error: the round does not count`,
    );
  return { cpuMicrosPerCall, callsPerSecond: report.callsPerSecond };
}

function urlOf({ url }: Running): string {
  return `${url}/v1/chat/completions`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

function readCount(name: string, given: string, most: number): number {
  const count = Number(given);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  console.error(`--${name} is a whole number from 1 to ${most}, got \`${given}\``);
  return process.exit(2);
}
