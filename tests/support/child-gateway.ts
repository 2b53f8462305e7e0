/** The gateway as a process of its own, for what only another process can show: its memory, and a second reader of its ledger. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export interface ChildGateway {
  readonly url: string;
  /** Resident memory now, in bytes. */
  residentBytes(): Promise<number>;
  /** Asks it to stop and resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Starts `clauseway serve gateway` on free ports in front of these clouds; rejects when it ends before it is ready. */
export async function startChildGateway(options: {
  readonly clouds: Readonly<Record<"azure" | "aws" | "stargate", string>>;
  readonly dataDir: string;
}): Promise<ChildGateway> {
  const child = spawn(process.execPath, [MAIN, "serve", "gateway"], {
    env: {
      ...process.env,
      CLAUSEWAY_GATEWAY_PORT: "0",
      CLAUSEWAY_ADMIN_PORT: "0",
      CLAUSEWAY_DATA_DIR: options.dataDir,
      CLAUSEWAY_LOG_LEVEL: "error",
      CLAUSEWAY_AZURE_URL: options.clouds.azure,
      CLAUSEWAY_AWS_URL: options.clouds.aws,
      CLAUSEWAY_STARGATE_URL: options.clouds.stargate,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit") as Promise<[number | null]>;
  const url = await Promise.race([
    readUrl(createInterface({ input: child.stdout })),
    exited.then(([code]) => Promise.reject(new Error(`the gateway ended with ${code} before it was ready`))),
  ]);
  return {
    url,
    residentBytes: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, "utf8");
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
    },
    stop: async () => {
      child.kill("SIGTERM");
      const [code] = await exited;
      return code;
    },
  };
}

async function readUrl(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const url = /^gateway (http:\S+)$/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error("the gateway told no address");
}

/** Runs a `clauseway` command to its end. */
export async function runCommand(
  words: readonly string[],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}
