/** The commands, and what their failures mean for the exit code. Each verb's code is loaded when it runs. */

import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ROLES } from "../app/settings.ts";
import { VERSION } from "../app/version.ts";
import { exitCodeOf, explainFailure } from "./failure.ts";
import type { LoadFlags } from "./load.ts";
import type { ServeFlags } from "./serve.ts";
import type { StatementFlags } from "./statement.ts";
import type { UpFlags } from "./up.ts";

/** Runs one command line; resolves with its exit code (0 ok, 1 unexpected, 2 the user's mistake, 99 expectation failed). */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${explainFailure(error)}\n`);
    return exitCodeOf(error);
  }
}

type Finish = (exitCode: number) => void;

function createProgram(finish: Finish): Command {
  const program = new Command("clauseway")
    .description("Routes model API calls by the clauses of an exclusive-hosting agreement (simulated world)")
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError("(add --help for the options)")
    .showSuggestionAfterError();
  defineUp(program);
  defineServe(program);
  defineLoad(program, finish);
  defineStatement(program, finish);
  defineHealth(program, finish);
  program.commands.forEach((command) => command.exitOverride());
  return program;
}

function defineUp(program: Command): void {
  const command = program.command("up").description("start everything on loopback, with modest demo traffic");
  addSettingOptions(command)
    .option("--no-traffic", "start without demo traffic")
    .option("--rate <number>", "demo calls a second", "2")
    .action(async (flags: UpFlags) => (await import("./up.ts")).up(flags));
}

function defineServe(program: Command): void {
  const command = program
    .command("serve")
    .description(`start one or more roles in this process: ${ROLES.join(", ")}`)
    .argument("<role...>", "roles to start, in this order");
  addSettingOptions(command).action(async (roles: string[], flags: ServeFlags) =>
    (await import("./serve.ts")).serve(roles, flags),
  );
}

function defineLoad(program: Command, finish: Finish): void {
  const command = program
    .command("load")
    .description("drive a system and judge where its calls were served; exit 99 when an expectation fails");
  addSettingOptions(command)
    .addOption(
      new Option("--scenario <file>", "a mix of calls, closed loop (default: mixed)").conflicts([
        "trace",
        "workload",
      ]),
    )
    .addOption(
      new Option("--trace <file>", "replay an Azure LLM inference trace, open loop").conflicts("workload"),
    )
    .option("--workload <file>", "draw calls from a synthetic workload, open loop")
    .option("--calls <integer>", "how many calls to draw from a workload", readCount, 1_000)
    .option(
      "--target <url>",
      "gateway of a running system; its other ports as configured (default: a private system)",
    )
    .option("--json", "print the result as JSON")
    .action(async (flags: LoadFlags) => finish(await (await import("./load.ts")).load(flags)));
}

function readCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0 && count <= 1_000_000) return count;
  throw new InvalidArgumentError("give an integer from 1 to 1000000");
}

function defineStatement(program: Command, finish: Finish): void {
  program
    .command("statement")
    .description("what each party earned; exit 4 when the parts do not sum to the whole")
    .option("--data <folder>", "data folder (default: .clauseway)")
    .option("--json", "print as JSON")
    .action(async (flags: StatementFlags) => finish((await import("./statement.ts")).statement(flags)));
}

function defineHealth(program: Command, finish: Finish): void {
  program
    .command("health")
    .description("exit 0 when the URL answers 2xx, 1 otherwise")
    .argument("<url>", "such as http://127.0.0.1:8081/readyz")
    .action(async (url: string) => finish(await (await import("./health.ts")).checkHealth(url)));
}

/** Options of every command that starts a part of the system. */
function addSettingOptions(command: Command): Command {
  return command
    .option("--config <folder>", "configuration folder (default: the one shipped)")
    .option("--data <folder>", "data folder: ledger and logs (default: .clauseway)")
    .option("--date <YYYY-MM-DD>", "contract date the simulated world lives at (default: 2026-03-31)")
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .option("--speed <number>", "divides every latency of the mock clouds (default: 1; load: 20)")
    .option("--seed <integer>", "seed of the mock clouds (default: 1)")
    .option("--log-level <level>", "silent, error, warn, info or debug (default: info)");
}
