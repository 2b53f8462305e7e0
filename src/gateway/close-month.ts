/** Closing a month through the gateway: whoever writes the ledger has to do it. */

import { LedgerInvariantError } from "../ledger/invariant.ts";
import { isPeriod } from "../ledger/period.ts";
import { closingReport, type ClosingReport } from "../ledger/statement/closing-report.ts";
import { LedgerError, type LedgerErrorCode } from "../stores/ledger-error.ts";
import type { Gateway } from "./gateway.ts";

/** What the admin listener answers; an error has a stable code. */
interface Answer {
  readonly status: number;
  readonly body: ClosingReport | { readonly code: string; readonly message: string };
}

/** Closes the month for good, or says why that cannot be: what does not add up is not closed. Rejects for what nobody foresaw. */
export async function closeMonth({ store, clock, logger }: Gateway, period: string): Promise<Answer> {
  if (!isPeriod(period)) {
    const message = `a period is a month such as 2026-03, got \`${period}\``;
    return { status: 400, body: { code: "invalid_period", message } };
  }
  try {
    const report = closingReport(await store.closePeriod(period, clock.nowMs()));
    logger.info({ period, manifestSha256: report.manifestSha256 }, "month closed");
    return { status: 200, body: report };
  } catch (error) {
    const status = statusOf(error);
    if (status === null) throw error;
    const { code, message } = error as LedgerError | LedgerInvariantError;
    if (status >= 500) logger.error({ err: error, period }, "month not closed");
    return { status, body: { code, message } };
  }
}

const CONFLICTS: ReadonlySet<LedgerErrorCode> = new Set(["LEDGER_PERIOD_CLOSED", "LEDGER_PERIOD_ORDER"]);

/** The state of the books is in the way, or the books are; null for what is no word of the ledger. */
function statusOf(error: unknown): 409 | 500 | 503 | null {
  if (error instanceof LedgerInvariantError) return 500;
  if (!(error instanceof LedgerError)) return null;
  return CONFLICTS.has(error.code) ? 409 : 503;
}
