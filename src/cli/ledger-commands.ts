/** The options of the commands that read the books or close them; each verb's code is loaded when it runs. */

import { InvalidArgumentError, Option, type Command } from "commander";
import type { LedgerExportFlags } from "./ledger-export.ts";
import type { LedgerListFlags, OrphansFlags, SuspenseFlags } from "./ledger-lists.ts";
import type { LedgerReplayFlags } from "./ledger-replay.ts";
import type { PeriodCloseFlags, PeriodFlags } from "./period.ts";
import type { ReconcileFlags } from "./reconcile.ts";
import type { StatementFlags } from "./statement.ts";

type Finish = (exitCode: number) => void;

/** Adds `statement`, `period`, `ledger` and `reconcile` to the program; `finish` takes the exit code. */
export function defineBooks(program: Command, finish: Finish): void {
  defineStatement(program, finish);
  definePeriod(program, finish);
  defineLedger(program, finish);
  defineReconcile(program, finish);
}

function defineStatement(program: Command, finish: Finish): void {
  placed(program.command("statement"))
    .description("what each party earned; exit 4 when the parts do not sum to the whole")
    .option("--period <YYYY-MM>", "of one month, with balances and what is to be paid (default: all calls)")
    .addOption(formatOption(["text", "json", "csv"], "text"))
    .option("--json", "the same as --format json")
    .action(async (flags: StatementFlags) => finish(await (await import("./statement.ts")).statement(flags)));
}

function definePeriod(program: Command, finish: Finish): void {
  const period = program
    .command("period")
    .description("months: list them, see what a close would fix, close one");
  placed(period.command("list"))
    .description("every month that holds calls or is closed")
    .option("--json", "print as JSON")
    .action(async (flags: PeriodFlags) => (await import("./period.ts")).listPeriods(flags));
  placed(period.command("preview"))
    .description("the statement that closing the month now would keep; exit 4 when it does not add up")
    .argument("<YYYY-MM>", "month of contract time")
    .option("--json", "print as JSON")
    .action(async (month: string, flags: PeriodFlags) =>
      finish(await (await import("./period.ts")).previewPeriod(month, flags)),
    );
  placed(period.command("close"))
    .description(
      "close a month for good: true-up, netting, payment in whole cents; what comes late is a correction",
    )
    .argument("<YYYY-MM>", "month of contract time; earlier ones that hold calls must be closed")
    .option(
      "--admin <url>",
      "admin listener of the gateway that shall do it (default: asked when it holds the ledger)",
    )
    .option("--json", "print as JSON")
    .action(async (month: string, flags: PeriodCloseFlags) =>
      (await import("./period.ts")).closePeriodNow(month, flags),
    );
}

function defineLedger(program: Command, finish: Finish): void {
  const ledger = program
    .command("ledger")
    .description("the books themselves: export, replay, check, what is in suspense");
  placed(ledger.command("export"))
    .description("every call and every close, with all twelve decimals; csv and jsonl: one call in a row")
    .addOption(formatOption(["beancount", "hledger", "csv", "jsonl"], null).makeOptionMandatory())
    .option("--period <YYYY-MM>", "only what is booked in this month (default: all)")
    .option("--out <file>", "write to this file (default: standard output)")
    .action(async (flags: LedgerExportFlags) => (await import("./ledger-export.ts")).exportLedger(flags));
  placed(ledger.command("replay"))
    .description(
      "make every charge, split, cap, sum and close anew from the calls; exit 4 when one is kept otherwise",
    )
    .option("--verify", "compare with what is kept, which is what a replay is for (always)")
    .option(
      "--config <folder>",
      "configuration folder whose price book charges are made by (default: the one shipped)",
    )
    .option("--json", "print as JSON")
    .action(async (flags: LedgerReplayFlags) =>
      finish(await (await import("./ledger-replay.ts")).replayLedger(flags)),
    );
  placed(ledger.command("check"))
    .description(
      "prove the running sums, of all calls and of each month, and closed months by their hash; exit 4 when one does not hold",
    )
    .option("--json", "print as JSON")
    .action(async (flags: LedgerListFlags) =>
      finish(await (await import("./ledger-lists.ts")).checkLedger(flags)),
    );
  placed(ledger.command("suspense"))
    .description("calls that used something and have no price, oldest first")
    .option("--limit <integer>", "how many to show", readPositive, 100)
    .option("--json", "print as JSON")
    .action(async (flags: SuspenseFlags) => (await import("./ledger-lists.ts")).listSuspense(flags));
  placed(ledger.command("orphans"))
    .description("calls that were opened and never settled, oldest first")
    .option("--minutes <integer>", "opened at least so long ago; a call may take ten", readPositive, 15)
    .option("--json", "print as JSON")
    .action(async (flags: OrphansFlags) => (await import("./ledger-lists.ts")).listOrphans(flags));
}

function defineReconcile(program: Command, finish: Finish): void {
  placed(program.command("reconcile"))
    .description(
      "the ledger against the clouds' own meters, call by call; exit 5 for a call served where its decision did not allow",
    )
    .option(
      "--meter <url or file>",
      "a cloud's URL, NAME=URL, or a file of saved rows; can be repeated (default: the three clouds)",
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option("--period <YYYY-MM>", "only calls that are booked in this month (default: all)")
    .option(
      "--strict",
      "exit 99 when the books differ, or a call cannot be decided anew, also where none was misplaced",
    )
    .option("--config <folder>", "configuration folder (default: the one shipped)")
    .option(
      "--date <YYYY-MM-DD>",
      "contract date that use is priced on which the ledger lacks (default: 2026-03-31)",
    )
    .option("--json", "print as JSON, every break and violation")
    .action(async (flags: ReconcileFlags) =>
      finish(await (await import("./reconcile.ts")).reconcileLedger(flags)),
    );
}

/** Options that say which ledger. */
function placed(command: Command): Command {
  return command
    .option("--data <folder>", "data folder (default: .clauseway)")
    .option(
      "--ledger <url>",
      "ledger in Postgres (default: CLAUSEWAY_LEDGER_URL, which --data is refused beside; else the data folder)",
    );
}

function formatOption(formats: readonly string[], usual: string | null): Option {
  const option = new Option("--format <format>", "how to print").choices(formats);
  return usual === null ? option : option.default(usual);
}

function readPositive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value <= 1_000_000) return value;
  throw new InvalidArgumentError("give an integer from 1 to 1000000");
}
