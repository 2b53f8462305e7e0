/**
 * Proves that the suites would notice: plants one bug at a time in a copy of the source and runs the tests that must catch it.
 * Prints one line a bug; a bug that no test sees, or that is no longer there to plant, fails the run (exit code 1).
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LEDGER_BUGS, type PlantedBug } from "./ledger-bugs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const COPIED = ["src", "tests", "config", "load-tests", "package.json", "tsconfig.json"];
const LONGEST_RUN_MS = 120_000;

const folder = await mkdtemp(join(tmpdir(), "clauseway-planted-"));
let caught = 0;
let missed = 0;
try {
  for (const name of COPIED) await cp(join(ROOT, name), join(folder, name), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await assertGreen();
  for (const bug of LEDGER_BUGS) {
    const verdict = await plant(bug);
    if (verdict === "caught") caught += 1;
    else missed += 1;
    process.stdout.write(`${verdict.padEnd(14)} ${bug.what} (${bug.file})\n`);
  }
} finally {
  await rm(folder, { recursive: true });
}
process.stdout.write(
  `\nplanted bugs: ${caught} of ${LEDGER_BUGS.length} caught\n${caught} passed, ${missed} failed\n`,
);
process.exitCode = missed === 0 ? 0 : 1;

/** A suite that fails without a bug would catch every one of them. */
async function assertGreen(): Promise<void> {
  const suites = [...new Set(LEDGER_BUGS.flatMap((bug) => bug.suites))];
  if ((await runSuites(suites)) !== 0) throw new Error("the suites fail on the source as it is");
}

async function plant({
  file,
  before,
  after,
  suites,
}: PlantedBug): Promise<"caught" | "MISSED" | "NOT PLANTABLE"> {
  const path = join(folder, file);
  const source = await readFile(path, "utf8");
  if (source.split(before).length !== 2) return "NOT PLANTABLE";
  await writeFile(
    path,
    source.replace(before, () => after),
  );
  try {
    return (await runSuites(suites)) === 0 ? "MISSED" : "caught";
  } finally {
    await writeFile(path, source);
  }
}

/** The exit code of the suites, stopped at their first failure; a run that hangs counts as failed. */
async function runSuites(suites: readonly string[]): Promise<number> {
  const vitest = join(folder, "node_modules", "vitest", "vitest.mjs");
  const child = spawn(
    process.execPath,
    [vitest, "run", "--config", "tests/vitest.config.ts", "--bail", "1", ...suites],
    {
      cwd: folder,
      stdio: "ignore",
      timeout: LONGEST_RUN_MS,
      killSignal: "SIGKILL",
    },
  );
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}
