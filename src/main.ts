#!/usr/bin/env node
import { exitCodeOf, explainFailure } from "./cli/failure.ts";
import { OutputError } from "./cli/output.ts";
import { runCli } from "./cli/program.ts";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader that stops early, such as `head`, is no failure of ours.
  if (error.code === "EPIPE") return;
  const failure = new OutputError(error);
  process.stderr.write(`${explainFailure(failure)}\n`);
  // What was not written cannot be made good, so nothing may go on as if it had been.
  process.exit(exitCodeOf(failure));
});

process.exitCode = await runCli(process.argv.slice(2));
