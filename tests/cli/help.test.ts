/** What `--help` says of defaults is what happens. */

import { expect, test } from "vitest";
import { runCli } from "../support/run-cli.ts";

/** The help of a verb on one line, whatever the width of the terminal. */
async function helpOf(verb: string): Promise<string> {
  const { exitCode, stdout } = await runCli([verb, "--help"]);
  expect(exitCode).toBe(0);
  return stdout.replace(/\s+/g, " ");
}

test("`load` says that a private system gets a folder of its own", async () => {
  expect(await helpOf("load")).toContain(
    "--data <folder> data folder: ledger and logs (default: a new one in the temporary folder; with --target: .clauseway)",
  );
});

test("`up` and `serve` say where they keep theirs", async () => {
  for (const verb of ["up", "serve"]) {
    expect(await helpOf(verb)).toContain(
      "--data <folder> data folder: ledger and logs (default: .clauseway)",
    );
  }
});

test("which ledger is taken stands there, and what is refused", async () => {
  for (const verb of ["up", "serve", "load", "statement", "reconcile"]) {
    expect(await helpOf(verb)).toContain(
      "(default: CLAUSEWAY_LEDGER_URL, which --data is refused beside; else the data folder)",
    );
  }
});

test("a default stands there as a user would type it", async () => {
  expect(await helpOf("up")).toContain("--rate <number> demo calls a second (default: 2)");
});
