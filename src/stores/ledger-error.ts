/** Why a ledger cannot be used, as stable codes; the message says what to do. */

const LEDGER_ERROR_CODES = [
  "LEDGER_LOCKED",
  "LEDGER_NEWER_SCHEMA",
  "LEDGER_OLDER_SCHEMA",
  "LEDGER_CORRUPT",
  "LEDGER_FOREIGN",
  "LEDGER_UNWRITABLE",
  "LEDGER_MISSING",
  "LEDGER_UNSUPPORTED_SQLITE",
  "LEDGER_UNSUPPORTED_POSTGRES",
  "LEDGER_URL",
  "LEDGER_UNAVAILABLE",
  "LEDGER_CONFLICT",
  "LEDGER_REFUSED",
  "LEDGER_OUT_OF_RANGE",
  "LEDGER_PERIOD_CLOSED",
  "LEDGER_PERIOD_ORDER",
] as const;
export type LedgerErrorCode = (typeof LEDGER_ERROR_CODES)[number];

export class LedgerError extends Error {
  override readonly name: string = "LedgerError";
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The request id was settled before with other content. Nothing was written. */
export class LedgerConflictError extends LedgerError {
  override readonly name = "LedgerConflictError";

  constructor(requestId: string, phase: string) {
    super("LEDGER_CONFLICT", `call \`${requestId}\` was already settled with other content (phase ${phase})`);
  }
}

/** A row, or a page of the file, does not hold what it must: the ledger is broken, and nothing is guessed in its place. */
export class DamagedLedgerError extends LedgerError {
  override readonly name = "DamagedLedgerError";

  /** `place` is a table with the number of its row, such as `call 5`. */
  constructor(place: string, cause: unknown) {
    super("LEDGER_CORRUPT", `${place}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** What every store says once it has been closed. */
export function closedError(): LedgerError {
  return new LedgerError("LEDGER_UNAVAILABLE", "the ledger is closed");
}
