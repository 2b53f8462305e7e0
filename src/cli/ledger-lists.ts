/** `clauseway ledger suspense`, `orphans` and `check`: what is not counted as money, and whether what is counted adds up. */

import { LedgerInvariantError } from "../ledger/invariant.ts";
import type { Period } from "../ledger/period.ts";
import { buildStatement } from "../ledger/statement.ts";
import type { LedgerReader } from "../stores/store.ts";
import { LEDGER_BROKEN, ORPHAN_AFTER_MS, withLedger, type LedgerFlags } from "./ledger-reading.ts";
import { viewMonth } from "./month-view.ts";
import { columns, counted } from "./text/columns.ts";
import { usdText } from "./text/statement-money.ts";

export interface LedgerListFlags extends LedgerFlags {
  readonly json?: boolean;
}

export interface SuspenseFlags extends LedgerListFlags {
  readonly limit: number;
}

export interface OrphansFlags extends LedgerListFlags {
  readonly minutes: number;
}

/** Prints the calls that used something and have no price, oldest first. */
export async function listSuspense(flags: SuspenseFlags): Promise<void> {
  const { calls, total } = await withLedger(flags, async (reader) => ({
    calls: await reader.suspended(flags.limit),
    total: (await reader.totals()).unpriced,
  }));
  if (flags.json === true) {
    const rows = calls.map((call) => ({ ...call, seq: `${call.seq}` }));
    process.stdout.write(`${JSON.stringify({ total, calls: rows }, null, 2)}\n`);
    return;
  }
  const rows = calls.map(({ seq, period, partner, provider, model, requestId, reason }) => [
    `${seq}`,
    period,
    partner,
    provider,
    model ?? "-",
    requestId,
    reason,
  ]);
  const heading = ["call", "month", "partner", "provider", "model", "request", "reason"];
  const table = rows.length === 0 ? [] : [columns([heading, ...rows], [0])];
  const more = total > calls.length ? [`the first ${calls.length} are shown, see --limit`] : [];
  process.stdout.write(`${[...table, `${counted(total, "call")} in suspense`, ...more].join("\n")}\n`);
}

/** Prints the calls that were opened so many minutes ago and never settled, oldest first. */
export async function listOrphans(flags: OrphansFlags): Promise<void> {
  const orphans = await withLedger(flags, (reader) => reader.orphans(Date.now() - flags.minutes * 60_000));
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(orphans, null, 2)}\n`);
    return;
  }
  const rows = orphans.map(({ openedAtMs, partner, operation, provider, requestId }) => [
    new Date(openedAtMs).toISOString(),
    partner,
    operation,
    provider,
    requestId,
  ]);
  const table =
    rows.length === 0
      ? []
      : [columns([["opened at (UTC)", "partner", "operation", "provider", "request"], ...rows])];
  const count = `${counted(orphans.length, "orphan")}: opened at least ${counted(flags.minutes, "minute")} ago and never settled`;
  process.stdout.write(`${[...table, count].join("\n")}\n`);
}

/** How long ago a call must have been opened, unless told otherwise. */
export const ORPHAN_MINUTES = ORPHAN_AFTER_MS / 60_000;

/**
 * Proves the running sums, of all calls and of each month, and each close by them. It reads no call and no posting: that is what
 * a replay is for. Resolves with 0, or 4 when one does not hold.
 */
export async function checkLedger(flags: LedgerListFlags): Promise<number> {
  const { problems, proof, months } = await withLedger(flags, async (reader) => {
    const whole = buildStatement(await reader.summary());
    const found = whole.proof.holds ? [] : ["the ledger does not add up"];
    const rows = await reader.periods();
    for (const { period } of rows) {
      const problem = await problemOfMonth(reader, period);
      if (problem !== null) found.push(problem);
    }
    return { problems: found, proof: whole.proof, months: rows.length };
  });
  const holds = problems.length === 0;
  if (flags.json === true) {
    const { grossPicoUsd, partsPicoUsd, balancePicoUsd } = proof;
    const sums = { gross: `${grossPicoUsd}`, parts: `${partsPicoUsd}`, balance: `${balancePicoUsd}` };
    process.stdout.write(`${JSON.stringify({ holds, months, picoUsd: sums, problems }, null, 2)}\n`);
  } else if (holds) {
    const gross = usdText(proof.grossPicoUsd);
    process.stdout.write(
      `the running sums hold: parts are gross (${gross} USD), postings come to zero, ${counted(months, "month")}\n` +
        "calls and postings themselves were not read: clauseway ledger replay --verify makes each anew\n",
    );
  } else process.stdout.write(`${problems.map((each) => `BROKEN: ${each}`).join("\n")}\n`);
  return holds ? 0 : LEDGER_BROKEN;
}

async function problemOfMonth(reader: LedgerReader, period: Period): Promise<string | null> {
  try {
    return (await viewMonth(reader, period, "json")).problem;
  } catch (error) {
    // A month whose sums do not balance cannot even be settled.
    if (error instanceof LedgerInvariantError) return `${period}: ${error.message}`;
    throw error;
  }
}
