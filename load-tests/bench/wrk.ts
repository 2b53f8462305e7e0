/** Load by wrk: a process of its own, cheap enough that two cores also hold what is measured. */

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

export interface WrkReport {
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly p50: string;
  readonly p99: string;
  /** Answers that are not 2xx, and failed sockets. */
  readonly errors: number;
}

/** Writes the request as a wrk script; returns its file. */
export function writeWrkScript(
  folder: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): string {
  const file = join(folder, "post.lua");
  const fields = Object.entries(headers).map(([name, value]) => `wrk.headers["${name}"] = "${value}"`);
  writeFileSync(file, ['wrk.method = "POST"', ...fields, `wrk.body = [==[${body}]==]`, ""].join("\n"));
  return file;
}

/** Runs wrk with one thread for `seconds`. Rejects when it cannot run or its report cannot be read. */
export async function runWrk(
  url: string,
  script: string,
  connections: number,
  seconds: number,
): Promise<WrkReport> {
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", "-s", script, url];
  const { stdout } = await promisify(execFile)("wrk", args, { timeout: (seconds + 30) * 1_000 });
  const find = (pattern: RegExp): string => {
    const found = pattern.exec(stdout)?.[1];
    if (found === undefined) throw new Error(`wrk printed no ${pattern.source}:\n${stdout}`);
    return found;
  };
  const socketErrors =
    /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1) ?? [];
  const badAnswers = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  return {
    calls: Number(find(/(\d+) requests in/)),
    callsPerSecond: Number(find(/Requests\/sec:\s+([\d.]+)/)),
    p50: find(/^\s+50%\s+(\S+)/m),
    p99: find(/^\s+99%\s+(\S+)/m),
    errors: socketErrors.reduce((sum, count) => sum + Number(count), badAnswers),
  };
}
