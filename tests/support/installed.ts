/** Programs of other projects that check what we write; a machine may lack them. */

import { spawnSync } from "node:child_process";

/**
 * Whether the program is installed. Where it is not, a test that needs it is to be skipped, which is said aloud; in the checks
 * before a release (`CLAUSEWAY_CI=1`) its absence is a failure, so that nothing passes unseen.
 */
export function isInstalled(program: string): boolean {
  const found = spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
  if (found) return true;
  if (process.env["CLAUSEWAY_CI"] === "1") throw new Error(`\`${program}\` is not installed`);
  process.stderr.write(`skipped: \`${program}\` is not installed, so nothing was checked with it\n`);
  return false;
}

/** Runs it to its end; the output is what it printed on either stream. */
export function runInstalled(
  program: string,
  words: readonly string[],
): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8" });
  return { status, output: stdout + stderr };
}
