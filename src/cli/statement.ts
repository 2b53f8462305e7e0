/** `clauseway statement`: what each party earned, read from the ledger, also while a gateway writes it. */

import { UsageError } from "../app/settings.ts";
import { formatStatementJson, formatStatementText } from "./text/statement.ts";
import { buildStatement } from "../ledger/statement.ts";
import type { LedgerReader } from "../stores/store.ts";
import { LEDGER_BROKEN, readPeriod, withLedger, type LedgerFlags } from "./ledger-reading.ts";
import { viewMonth, type StatementFormat } from "./month-view.ts";

export interface StatementFlags extends LedgerFlags {
  readonly period?: string;
  readonly format?: StatementFormat;
  readonly json?: boolean;
}

/** Resolves with the exit code: 0, or 4 when the proof does not hold. Without a month it is over all calls, and settles nothing. */
export async function statement(flags: StatementFlags): Promise<number> {
  const format = flags.json === true ? "json" : (flags.format ?? "text");
  const { period } = flags;
  if (period === undefined) return withLedger(flags, (reader) => printWhole(reader, format));
  const month = readPeriod(period);
  return withLedger(flags, async (reader) => {
    const { output, exitCode, problem } = await viewMonth(reader, month, format);
    process.stdout.write(output);
    if (problem !== null) process.stderr.write(`clauseway: ${problem}\n`);
    return exitCode;
  });
}

async function printWhole(reader: LedgerReader, format: StatementFormat): Promise<number> {
  if (format === "csv") throw new UsageError("--format csv is of one month: name it with --period");
  const built = buildStatement(await reader.summary());
  if (format === "json") process.stdout.write(formatStatementJson(built));
  else process.stdout.write(formatStatementText(built) + (await monthsLine(reader)));
  return built.proof.holds ? 0 : LEDGER_BROKEN;
}

/** Where the reader finds balances and what is to be paid; empty for an empty ledger. */
async function monthsLine(reader: LedgerReader): Promise<string> {
  const months = await reader.periods();
  if (months.length === 0) return "";
  const words = months.map(({ period, status }) => `${period} (${status})`);
  return `what is to be paid is settled by the month, see --period: ${words.join(", ")}\n`;
}
