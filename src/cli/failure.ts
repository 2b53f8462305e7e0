/** Which errors are the user's to mend: told in one message that says how, without a stack. */

import { ConfigError } from "../config/parse-yaml.ts";
import { StartError } from "../app/system.ts";
import { UsageError } from "../app/settings.ts";
import { FindingsError } from "../policy/findings-error.ts";
import { LoadInputError } from "../load/load-input-error.ts";
import { LedgerInvariantError } from "../ledger/invariant.ts";
import { DamagedLedgerError, LedgerError } from "../stores/ledger-error.ts";
import { OutputError } from "./output.ts";

/** EX_UNAVAILABLE of sysexits.h: something that this depends on is not there. */
const UNAVAILABLE = 69;

/**
 * 3 for a policy with errors; 4 for a ledger that does not add up, or has rows that cannot be read; 2 for a usage, configuration, port or file problem; 69 for a ledger that does not answer; the
 * child's own code for a child; 1 for anything unforeseen.
 */
export function exitCodeOf(error: unknown): number {
  if (error instanceof StartError) return error.exitCode;
  if (error instanceof FindingsError || isFinding(error)) return 3;
  if (isBrokenLedger(error)) return 4;
  if (error instanceof LedgerError && error.code === "LEDGER_UNAVAILABLE") return UNAVAILABLE;
  return isUsersMistake(error) ? 2 : 1;
}

/** What the user reads on stderr. */
export function explainFailure(error: unknown): string {
  if (isBrokenLedger(error)) return `clauseway: the ledger is broken: ${error.message}`;
  if (isUsersMistake(error) || error instanceof StartError) return `clauseway: ${error.message}`;
  return `clauseway: unexpected failure\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

function isBrokenLedger(error: unknown): error is Error {
  return error instanceof LedgerInvariantError || error instanceof DamagedLedgerError;
}

/** Configuration whose every mistake has a finding code, such as a dangling clause id. */
function isFinding(error: unknown): boolean {
  return error instanceof ConfigError && error.problems.every(({ code }) => code !== undefined);
}

function isUsersMistake(error: unknown): error is Error {
  const known = [UsageError, ConfigError, FindingsError, LedgerError, LoadInputError, OutputError].some(
    (kind) => error instanceof kind,
  );
  return known || isBindError(error);
}

/** A port that was taken between the check and the start. */
function isBindError(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code === "EADDRINUSE" || code === "EACCES" || code === "EADDRNOTAVAIL";
}
