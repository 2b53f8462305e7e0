/** Child processes of the benchmark: start one and read its address, read its CPU time, end it by its own id. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

export interface Running {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface SpawnOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where the process's stderr goes. */
  readonly logFile: string;
}

/** Starts a process and resolves with the URL in the line `name URL` of its stdout. Rejects when it ends or 20 s pass first. */
export async function startAndReadUrl(options: SpawnOptions): Promise<Running> {
  const child = spawnLogged(options, "pipe");
  const url = await Promise.race([readUrl(child, options.name), failureOf(child, options)]);
  return { name: options.name, url, ...handleOf(child) };
}

/** Starts a process that serves `url`, and resolves when it answers there. */
export async function startAndPoll(options: SpawnOptions, url: string): Promise<Running> {
  const child = spawnLogged(options, "ignore");
  const failure = failureOf(child, options);
  const answers = async (): Promise<true> => {
    while (true) {
      const ok = await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      );
      if (ok) return true;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await Promise.race([answers(), failure]);
  return { name: options.name, url, ...handleOf(child) };
}

/** CPU time of a process in milliseconds, user and system, over all its threads (`/proc/PID/stat`, fields 14 and 15). */
export function readCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The command's name may hold blanks, so fields are counted from behind its closing bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}

/** True when `command` is on the path. */
export function isInstalled(command: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" }).status === 0;
}

const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 10_000;

function spawnLogged({ command, args, env, logFile }: SpawnOptions, stdout: "pipe" | "ignore"): ChildProcess {
  const log = openSync(logFile, "a");
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", stdout, log] });
  closeSync(log);
  return child;
}

async function readUrl(child: ChildProcess, name: string): Promise<string> {
  if (child.stdout === null) throw new Error(`${name} has no stdout`);
  for await (const line of createInterface({ input: child.stdout })) {
    const url = new RegExp(`^${name} (http://\\S+)$`).exec(line)?.[1];
    if (url !== undefined) {
      child.stdout.resume();
      return url;
    }
  }
  throw new Error(`${name} ended before it told its address`);
}

async function failureOf(child: ChildProcess, { name, logFile }: SpawnOptions): Promise<never> {
  const timeout = new Promise<string>((resolve) => {
    setTimeout(() => resolve("did not start in time"), START_TIMEOUT_MS).unref();
  });
  const ended = once(child, "exit").then(([code]) => `ended with ${code}`);
  const why = await Promise.race([ended, timeout]);
  throw new Error(`${name} ${why}: see ${logFile}`);
}

function handleOf(child: ChildProcess): Pick<Running, "pid" | "stop"> {
  return {
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
