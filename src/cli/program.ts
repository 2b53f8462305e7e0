/** The commands, and what their failures mean for the exit code. Each verb's code is loaded when it runs. */

import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ROLES } from "../app/settings.ts";
import { VERSION } from "../app/version.ts";
import type { CheckFlags } from "./check.ts";
import type { DiffFlags } from "./diff.ts";
import type { ExplainFlags } from "./explain.ts";
import { exitCodeOf, explainFailure } from "./failure.ts";
import { defineBooks } from "./ledger-commands.ts";
import type { LoadFlags } from "./load.ts";
import { definePrice } from "./price-commands.ts";
import type { ReadingsFlags } from "./readings.ts";
import type { SchemaFlags } from "./schema.ts";
import type { ServeFlags } from "./serve.ts";
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
  defineCheck(program, finish);
  defineExplain(program, finish);
  defineDiff(program, finish);
  defineReadings(program);
  defineBooks(program, finish);
  definePrice(program, finish);
  defineHealth(program, finish);
  defineSchema(program);
  program.commands.forEach((command) => command.exitOverride());
  return program;
}

function defineUp(program: Command): void {
  const command = program.command("up").description("start everything on loopback, with modest demo traffic");
  addSettingOptions(command)
    .option("--no-traffic", "start without demo traffic")
    .addOption(new Option("--rate <number>", "demo calls a second").default("2", "2"))
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
  addSettingOptions(command, "a new one in the temporary folder; with --target: .clauseway")
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

function defineCheck(program: Command, finish: Finish): void {
  program
    .command("check")
    .description("check every cell of every regime under every reading; exit 3 when there are errors")
    .option("--config <folder>", "configuration folder (default: the one shipped)")
    .option("--regime <id>", "only this regime")
    .option("--shares <id>", "money clauses of this preset instead of those of every regime")
    .option("--mutate", "also change every clause in every way, and exit 3 when a change goes unnoticed")
    .option("--strict-basis", "list the clauses that are assumed, and exit 3 when there are any")
    .option("--json", "print as JSON")
    .action(async (flags: CheckFlags) => finish((await import("./check.ts")).check(flags)));
}

function defineExplain(program: Command, finish: Finish): void {
  program
    .command("explain")
    .description("why a call is decided as it is, by which clauses, and what would change the answer")
    .usage(
      "[options] [--AXIS VALUE ...]\n       clauseway explain [options] <file>\n       clauseway explain [options] --request <id>",
    )
    .argument("[file]", "a saved HTTP request or a JSON body; - is standard input")
    // The axes of config/vocabulary.yaml are options too, and only that file knows them.
    .allowUnknownOption()
    .allowExcessArguments()
    .option("--config <folder>", "configuration folder (default: the one shipped)")
    .option("--data <folder>", "data folder with the ledger (default: .clauseway)")
    .option(
      "--ledger <url>",
      "ledger in Postgres (default: CLAUSEWAY_LEDGER_URL, which --data is refused beside; else the data folder)",
    )
    .addOption(new Option("--date <YYYY-MM-DD>", "contract date (default: 2026-03-31)").conflicts("regime"))
    .option("--regime <id>", "this regime instead of the one in force on the contract date")
    .option("--reading <id>", "how open questions are read (default: default)")
    .option("--shares <id>", "money clauses of this preset instead of the regime's own")
    .option("--request <id>", "a call of the ledger, as in x-clauseway-request-id")
    .option("--as <partner>", "who sends the saved request (default: by its credential, else direct)")
    .option("--operation <id>", "the operation of a JSON body (default: told by its fields)")
    .option("--held-by <provider>", "who holds what the call names by id (default: as in the ledger)")
    .option("--json", "print as JSON")
    .addHelpText("after", "\nA fact is an axis of config/vocabulary.yaml, such as --workload stateful.\n")
    .action(async (_file: string | undefined, flags: ExplainFlags, command: Command) =>
      finish(await (await import("./explain.ts")).explain(command.args, flags)),
    );
}

function defineDiff(program: Command, finish: Finish): void {
  const command = program
    .command("diff")
    .description("what changes from one agreement and reading to another; with traffic, how much of it")
    .argument(
      "<before>",
      "REGIME, READING, SHARES or configuration FOLDER, or several joined by `:`; a regime or reading can be a .yaml file",
    )
    .argument("<after>", "likewise")
    .option("--config <folder>", "configuration folder (default: the one shipped)")
    .option("--reading <id>", "reading of a side that names none (default: default)")
    .option("--shares <id>", "share preset of a side that names none (default: none)")
    .option(
      "--date <YYYY-MM-DD>",
      "contract date: the regime of a side that names none (default: 2026-03-31)",
    )
    .option("--no-new-providers", "exit 6 when any call may run on a provider where it may not run before")
    .option("--all", "every row and every cube")
    .option("--json", "print as JSON");
  command.addHelpText(
    "after",
    "\nA folder is a side with its own regimes, readings, classification and facts, so a change of any of them is seen:\n" +
      "  clauseway diff base/config config --no-new-providers\n" +
      "  clauseway diff base/config:2026-04-27:retention config:2026-04-27:retention --no-new-providers\n",
  );
  addTrafficOptions(command, "none").action(async (before: string, after: string, flags: DiffFlags) =>
    finish(await (await import("./diff.ts")).diff(before, after, flags)),
  );
}

function defineReadings(program: Command): void {
  const command = program
    .command("readings")
    .description("what part of a workload must be on Azure, under every regime and every reading")
    .option("--config <folder>", "configuration folder (default: the one shipped)")
    .option("--date <YYYY-MM-DD>", "contract date, for prices and facts (default: 2026-03-31)")
    .addOption(
      new Option("--metric <metric>", "one of them (default: all three)").choices([
        "calls",
        "tokens",
        "dollars",
      ]),
    )
    .addOption(
      new Option("--format <format>", "how to print").choices(["text", "json", "csv"]).default("text"),
    )
    .option("--json", "the same as --format json");
  addTrafficOptions(command, "--scenario mixed").action(async (flags: ReadingsFlags) =>
    (await import("./readings.ts")).readings(flags),
  );
}

/** Options of every command that weighs by traffic; at most one source. */
function addTrafficOptions(command: Command, usual: string): Command {
  return command
    .option("--data <folder>", `weigh by the ledger of a data folder (default: ${usual})`)
    .option("--ledger <url>", "weigh by a ledger in Postgres")
    .option("--trace <file>", "weigh by an Azure LLM inference trace, spread over the partners as load does")
    .option("--scenario <file>", "weigh by the calls of a load scenario")
    .option("--workload <file>", "weigh by calls drawn from a synthetic workload")
    .option("--calls <integer>", "how many calls to draw from a workload (default: 1000)", readCount)
    .option("--seed <integer>", "seed of what is drawn (default: 1)");
}

function defineHealth(program: Command, finish: Finish): void {
  program
    .command("health")
    .description("exit 0 when the URL answers 2xx, 1 otherwise")
    .argument("<url>", "such as http://127.0.0.1:8081/readyz")
    .action(async (url: string) => finish(await (await import("./health.ts")).checkHealth(url)));
}

function defineSchema(program: Command): void {
  program
    .command("schema")
    .description(
      "write the JSON Schemas of the configuration files, with which editors complete and check them",
    )
    .option("--config <folder>", "configuration folder, gets a folder schemas (default: the one shipped)")
    .action(async (flags: SchemaFlags) => (await import("./schema.ts")).writeSchemas(flags));
}

/** Options of every command that starts a part of the system. */
function addSettingOptions(command: Command, usualData = ".clauseway"): Command {
  return command
    .option("--config <folder>", "configuration folder (default: the one shipped)")
    .option("--data <folder>", `data folder: ledger and logs (default: ${usualData})`)
    .option(
      "--ledger <url>",
      "ledger in Postgres (default: CLAUSEWAY_LEDGER_URL, which --data is refused beside; else the data folder)",
    )
    .option("--date <YYYY-MM-DD>", "contract date the simulated world lives at (default: 2026-03-31)")
    .option("--reading <name>", "how open questions are read, one of config/readings (default: default)")
    .option(
      "--shares <name>",
      "money clauses of this preset, one of config/shares (default: the regime's own)",
    )
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .option("--speed <number>", "divides every latency of the mock clouds (default: 1; load: 20)")
    .option("--seed <integer>", "seed of the mock clouds (default: 1)")
    .option("--log-level <level>", "silent, error, warn, info or debug (default: info)");
}
