/** What a failure of Postgres, or of the way to it, means for the ledger. */

import { DatabaseError } from "pg";
import { LedgerInvariantError } from "../../ledger/invariant.ts";
import { LedgerError } from "../ledger-error.ts";
import type { PostgresTarget } from "./target.ts";

/**
 * - `refused`: the server took offence at a value; the calls beside it can be written.
 * - `contended`: another transaction was in the way; trying again is right.
 * - `lost`: the connection is gone, and whether the last statement was carried out is not known.
 * - `unable`: the server answers and cannot write: full, read-only, timed out.
 * - `own`: this program's, such as a broken invariant.
 */
type FailureKind = "refused" | "contended" | "lost" | "unable" | "own";

/** Returns what an error means, by its SQLSTATE (https://www.postgresql.org/docs/15/errcodes-appendix.html). */
export function failureKindOf(error: unknown): FailureKind {
  if (OWN_ERRORS.some((kind) => error instanceof kind)) return "own";
  const state = sqlStateOf(error);
  // What else does not come from the server comes from the driver, when the way to the server is broken.
  if (state === null || state.startsWith("08") || SHUT_DOWN.has(state)) return "lost";
  if (state === "40001" || state === "40P01") return "contended";
  return REFUSED_CLASSES.has(state.slice(0, 2)) ? "refused" : "unable";
}

const OWN_ERRORS = [LedgerError, LedgerInvariantError, TypeError, RangeError, SyntaxError];
/** admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout, idle_in_transaction_session_timeout. */
const SHUT_DOWN: ReadonlySet<string> = new Set(["57P01", "57P02", "57P03", "57P05", "25P03"]);
/** Data exception, integrity constraint violation, program limit exceeded. */
const REFUSED_CLASSES: ReadonlySet<string> = new Set(["22", "23", "54"]);

/** Whether a row was there already. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlStateOf(error) === "23505";
}

/** The server's five-character code, or null for an error that is not the server's. */
function sqlStateOf(error: unknown): string | null {
  return error instanceof DatabaseError ? (error.code ?? null) : null;
}

/** One line without the password: neither driver nor server puts it into a message. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join("; ");
  if (!(error instanceof Error)) return String(error);
  return error.message || ("code" in error ? String(error.code) : error.name);
}

/** What the ledger says of a server that cannot be used now. */
export function unavailable({ shown }: PostgresTarget, error: unknown): LedgerError {
  return new LedgerError(
    "LEDGER_UNAVAILABLE",
    `the ledger at ${shown} is not available (${messageOf(error)}): see that Postgres runs there and takes connections`,
    { cause: error },
  );
}

/** What stands in the way of opening a ledger, as a LedgerError that says what to do; an unforeseen error as it is. */
export function wordOpenError(target: PostgresTarget, error: unknown): unknown {
  const state = sqlStateOf(error);
  const { shown } = target;
  switch (state) {
    case "3D000":
      return new LedgerError(
        "LEDGER_MISSING",
        `there is no such database at ${shown}: create it (createdb)`,
        {
          cause: error,
        },
      );
    case "28P01":
    case "28000":
      return new LedgerError(
        "LEDGER_UNWRITABLE",
        `Postgres does not let the user in at ${shown} (${messageOf(error)}): check user and password of the URL`,
        { cause: error },
      );
    case "42501":
      return new LedgerError(
        "LEDGER_UNWRITABLE",
        `the user may not use the ledger at ${shown} (${messageOf(error)}): grant CREATE on the database, or make the schema and grant it`,
        { cause: error },
      );
    default:
      // A statement that the server does not understand is this program's mistake.
      return failureKindOf(error) === "own" || state?.startsWith("42") ? error : unavailable(target, error);
  }
}
