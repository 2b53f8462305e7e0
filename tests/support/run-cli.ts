/** The command line as a user runs it: a process of its own, with nothing in its environment that we did not put there. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { COMMAND_PATIENCE_MS } from "./patience.ts";

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  /** Resolves once stdout matches; rejects when the process ends before. */
  printed(pattern: RegExp): Promise<string>;
  /** Resolves when the process has ended. */
  readonly ended: Promise<CliResult>;
  /** Asks it to end: SIGTERM unless told otherwise. */
  stop(signal?: "SIGTERM" | "SIGINT"): void;
  /** Asks it to read its configuration again. */
  hangUp(): void;
}

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** Runs a command to its end; one that does not end is killed, and this rejects. */
export async function runCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const { child, result } = start(args, environment);
  let killed = false;
  const timer = setTimeout(() => {
    killed = child.kill("SIGKILL");
  }, COMMAND_PATIENCE_MS);
  const ended = await result;
  clearTimeout(timer);
  if (killed)
    throw new Error(`\`${args.join(" ")}\` did not end by itself; it said: ${ended.stdout}${ended.stderr}`);
  return ended;
}

/** Starts a command that goes on until `stop`. */
export function startCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): RunningCli {
  const { child, result, output } = start(args, environment);
  return {
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(output.stdout)) resolve(output.stdout);
        };
        child.stdout?.on("data", look);
        void result.then(({ stderr }) =>
          reject(new Error(`ended before it printed ${String(pattern)}: ${stderr}`)),
        );
        look();
      }),
    ended: result,
    stop: (signal = "SIGTERM") => child.kill(signal),
    hangUp: () => child.kill("SIGHUP"),
  };
}

function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): { child: ChildProcess; result: Promise<CliResult>; output: { stdout: string; stderr: string } } {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (data: Buffer) => (output.stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (output.stderr += data.toString()));
  const result = once(child, "close").then(([exitCode]) => ({
    exitCode: exitCode as number | null,
    ...output,
  }));
  return { child, result, output };
}
