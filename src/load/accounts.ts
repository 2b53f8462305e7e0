/** The same calls as counted by everybody who counts them: they must agree to the last token. */

import type { CounterSums } from "./counters.ts";

/** What the ledger holds. Amounts in picodollars. */
export interface LedgerSums {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly grossPicoUsd: bigint;
  /** What each party earns of the gross. */
  readonly sharePicoUsd: Readonly<Record<string, bigint>>;
}

/** One quantity as each witness counts it; null where a witness was not asked. */
export interface AccountRow {
  readonly quantity: "calls" | "input tokens" | "output tokens";
  readonly offered: number;
  readonly client: number;
  readonly ledger: number | null;
  readonly azureMeter: number;
  readonly counters: number | null;
  /** Every witness that was asked gives the same number. */
  readonly equal: boolean;
}

export interface Witnesses {
  readonly offered: CounterSums;
  readonly client: CounterSums;
  readonly ledger: CounterSums | null;
  readonly azureMeter: CounterSums;
  readonly counters: CounterSums | null;
}

/** One row for calls, input tokens and output tokens each. */
export function compareAccounts(witnesses: Witnesses): readonly AccountRow[] {
  const row = (quantity: AccountRow["quantity"], read: (sums: CounterSums) => number): AccountRow => {
    const { offered, client, ledger, azureMeter, counters } = witnesses;
    const told = {
      offered: read(offered),
      client: read(client),
      ledger: ledger === null ? null : read(ledger),
      azureMeter: read(azureMeter),
      counters: counters === null ? null : read(counters),
    };
    const equal = Object.values(told).every((value) => value === null || value === told.offered);
    return { quantity, ...told, equal };
  };
  return [
    row("calls", (sums) => sums.calls),
    row("input tokens", (sums) => sums.inputTokens),
    row("output tokens", (sums) => sums.outputTokens),
  ];
}

/** What the ledger gained between two readings. */
export function subtractLedger(after: LedgerSums, before: LedgerSums): LedgerSums {
  const parties = Object.keys(after.sharePicoUsd);
  return {
    calls: after.calls - before.calls,
    inputTokens: after.inputTokens - before.inputTokens,
    outputTokens: after.outputTokens - before.outputTokens,
    grossPicoUsd: after.grossPicoUsd - before.grossPicoUsd,
    sharePicoUsd: Object.fromEntries(
      parties.map((party) => [party, (after.sharePicoUsd[party] ?? 0n) - (before.sharePicoUsd[party] ?? 0n)]),
    ),
  };
}
