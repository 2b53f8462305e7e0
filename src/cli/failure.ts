/** Which errors are the user's to mend: told in one message that says how, without a stack. */

import { ConfigError } from "../config/parse-yaml.ts";
import { StartError } from "../app/system.ts";
import { UsageError } from "../app/settings.ts";
import { FindingsError } from "../policy/findings-error.ts";
import { LoadInputError } from "../load/load-input-error.ts";
import { LedgerInvariantError } from "../ledger/invariant.ts";
import { LedgerError } from "../stores/ledger-error.ts";

/** EX_UNAVAILABLE of sysexits.h: something that this depends on is not there. */
const UNAVAILABLE = 69;

/**
 * 3 for a policy with errors; 4 for a ledger that does not add up; 2 for a usage, configuration, port or file problem; 69 for a ledger that does not answer; the
 * child's own code for a child; 1 for anything unforeseen.
 */
export function exitCodeOf(error: unknown): number {
  if (error instanceof StartError) return error.exitCode;
  if (error instanceof FindingsError || isFinding(error)) return 3;
  if (error instanceof LedgerInvariantError) return 4;
  if (error instanceof LedgerError && error.code === "LEDGER_UNAVAILABLE") return UNAVAILABLE;
  return isUsersMistake(error) ? 2 : 1;
}

/** What the user reads on stderr. */
export function explainFailure(error: unknown): string {
  if (error instanceof LedgerInvariantError) return `clauseway: the ledger is broken: ${error.message}`;
  if (isUsersMistake(error) || error instanceof StartError) return `clauseway: ${error.message}`;
  return `clauseway: unexpected failure\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

/** Configuration whose every mistake has a finding code, such as a dangling clause id. */
function isFinding(error: unknown): boolean {
  return error instanceof ConfigError && error.problems.every(({ code }) => code !== undefined);
}

function isUsersMistake(error: unknown): error is Error {
  const known = [UsageError, ConfigError, FindingsError, LedgerError, LoadInputError].some(
    (kind) => error instanceof kind,
  );
  return known || isBindError(error);
}

/** A port that was taken between the check and the start. */
function isBindError(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code === "EADDRINUSE" || code === "EACCES" || code === "EADDRNOTAVAIL";
}
