/**
 * `npm run prove`: what takes too long for `npm test`. Kills, lives and planted bugs, and the replay of a public trace where
 * CLAUSEWAY_TRACES names the folder that holds it. Every part runs whatever became of the others; the last line counts them.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface Part {
  readonly what: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const VITEST = ["node_modules/vitest/vitest.mjs", "run", "--config", "tests/vitest.config.ts"];

const parts: Part[] = [
  {
    what: "500 kills of a gateway under load",
    command: [...VITEST, "tests/faults/sigkill.test.ts"],
    environment: { CLAUSEWAY_KILLS: "500" },
  },
  {
    what: "200 lives of a ledger",
    command: [...VITEST, "tests/faults/ledger-simulation.test.ts"],
    environment: { CLAUSEWAY_LIVES: "200" },
  },
  { what: "planted bugs", command: ["tests/planted/run-planted.ts"], environment: {} },
];

const traces = process.env["CLAUSEWAY_TRACES"];
const trace = traces === undefined ? null : join(traces, "AzureLLMInferenceTrace_conv.csv");
const hasTrace = trace !== null && existsSync(trace);
if (hasTrace) {
  parts.push({
    what: "a public trace, replayed",
    command: ["src/main.ts", "load", "--speed", "40", "--trace", trace],
    environment: {},
  });
}

const failed: string[] = [];
for (const { what, command, environment } of parts) {
  process.stdout.write(`\n== ${what}\n`);
  const child = spawn(process.execPath, command, {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) failed.push(what);
}
if (!hasTrace) process.stdout.write("\nleft out: the trace; name its folder in CLAUSEWAY_TRACES\n");
for (const what of failed) process.stdout.write(`\nfailed: ${what}\n`);
const skipped = hasTrace ? 0 : 1;
process.stdout.write(
  `\n${parts.length - failed.length} passed, ${failed.length} failed, ${skipped} skipped\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
