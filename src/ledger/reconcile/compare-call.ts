/** One call of the ledger against what the meters say of it. */

import { picoUsd, type PicoUsd } from "../../domain/units.ts";
import { addRows, usedTokens, type MeterRow, type Tokens } from "./meter-row.ts";
import type { ReconCall } from "./recon-call.ts";

/**
 * - `missing_in_ledger`: a meter counted it, the ledger does not have it.
 * - `missing_at_provider`: the ledger charged it, no meter counted it.
 * - `quantity`: other tokens; `price`: the same tokens at another price than the book has now.
 * - `duplicate`: a meter counted it once more.
 * - `provider`: another cloud than the ledger names counted it.
 */
export const BREAKS = [
  "missing_in_ledger",
  "missing_at_provider",
  "quantity",
  "price",
  "duplicate",
  "provider",
] as const;
export type BreakStatus = (typeof BREAKS)[number];

export interface Break {
  readonly status: BreakStatus;
  /** Null for a row that names no call. */
  readonly requestId: string | null;
  readonly seq: bigint | null;
  /** Who served it, as the ledger and as the meter say. */
  readonly ledgerProvider: string | null;
  readonly meterProvider: string | null;
  readonly ledgerTokens: Tokens | null;
  readonly meterTokens: Tokens | null;
  /** What the meter's count costs less what the ledger charged; null where the meter's count has no price. */
  readonly amountPicoUsd: PicoUsd | null;
  /** Null where there is nothing to add. */
  readonly note: string | null;
}

/** What a meter's count costs by the price book; null where that has no price for it. `call` is null for one not in the ledger. */
export type PriceOf = (row: MeterRow, call: ReconCall | null) => PicoUsd | null;

export interface Compared {
  readonly breaks: readonly Break[];
  /** Of what could be compared: the charge, and what the meters' counts cost. Breaks sum to their difference. */
  readonly ledgerPicoUsd: PicoUsd;
  readonly meterPicoUsd: PicoUsd;
  /** The charge of a call whose count has no price. */
  readonly notComparablePicoUsd: PicoUsd;
}

/** `rows` are those that bear its id, in any order. */
export function compareCall(call: ReconCall, rows: readonly MeterRow[], priceOf: PriceOf): Compared {
  const [best, ...others] = servingRows(call, rows).toSorted(
    (a, b) => unlikeness(a, call) - unlikeness(b, call),
  );
  if (best === undefined) return missingAtProvider(call);
  const price = priceOf(best, call);
  const breaks: Break[] = [];
  const add = (status: BreakStatus, row: MeterRow, amountPicoUsd: PicoUsd | null): void => {
    breaks.push({ ...sidesOf(call, row), status, amountPicoUsd, note: null });
  };
  if (best.provider !== call.provider) add("provider", best, picoUsd(0n));
  const difference = price === null ? null : picoUsd(price - call.chargedPicoUsd);
  if (!sameTokens(best, call.usage)) add("quantity", best, difference);
  else if (difference !== 0n) add("price", best, difference);
  let meter = price ?? 0n;
  for (const row of others) {
    const again = priceOf(row, call);
    add("duplicate", row, again);
    meter += again ?? 0n;
  }
  return {
    breaks,
    ledgerPicoUsd: price === null ? picoUsd(0n) : call.chargedPicoUsd,
    meterPicoUsd: picoUsd(meter),
    notComparablePicoUsd: price === null ? call.chargedPicoUsd : picoUsd(0n),
  };
}

function missingAtProvider(call: ReconCall): Compared {
  const nothing = picoUsd(0n);
  const amounts = {
    ledgerPicoUsd: call.chargedPicoUsd,
    meterPicoUsd: nothing,
    notComparablePicoUsd: nothing,
  };
  if (!call.expected) return { breaks: [], ...amounts };
  const missing: Break = {
    ...sidesOf(call, null),
    status: "missing_at_provider",
    amountPicoUsd: picoUsd(-call.chargedPicoUsd),
    note: call.charge === "unpriced" ? "without a price in the ledger too" : null,
  };
  return { breaks: [missing], ...amounts };
}

/**
 * Rows that ran the call: they used something, or they are the operation itself and succeeded. Failed attempts did neither. The
 * lines of a batch are one use together, and its end has a row of its own that counts nothing.
 */
function servingRows(call: ReconCall, rows: readonly MeterRow[]): readonly MeterRow[] {
  if (call.phase === "completion") {
    const lines = addRows(rows.filter((row) => row.operation === "batches.line" && usedTokens(row)));
    const ends = rows.filter((row) => row.operation !== "batches.line" && usedTokens(row));
    const used = lines === null ? ends : [lines, ...ends];
    return used.length > 0
      ? used
      : rows.filter(({ operation }) => operation.endsWith(".completed")).slice(0, 1);
  }
  return rows.filter((row) => usedTokens(row) || (row.operation === call.operation && isSuccess(row)));
}

function isSuccess({ status }: MeterRow): boolean {
  return status >= 200 && status <= 299;
}

/** The row that says most nearly what the ledger says is the call; the others are duplicates. */
function unlikeness(row: MeterRow, call: ReconCall): number {
  return (sameTokens(row, call.usage) ? 0 : 2) + (row.provider === call.provider ? 0 : 1);
}

function sameTokens(meter: Tokens, ledger: Tokens): boolean {
  return (
    sameCount(meter.inputTokens, ledger.inputTokens) &&
    sameCount(meter.outputTokens, ledger.outputTokens) &&
    sameCount(meter.trainedTokens, ledger.trainedTokens)
  );
}

/** What one side does not know is nothing to differ in, unless the other one used something. */
function sameCount(a: number | null, b: number | null): boolean {
  return (a ?? 0) === (b ?? 0);
}

function sidesOf(call: ReconCall, row: MeterRow | null): Omit<Break, "status" | "amountPicoUsd" | "note"> {
  return {
    requestId: call.requestId,
    seq: call.seq,
    ledgerProvider: call.provider,
    meterProvider: row === null ? null : row.provider,
    ledgerTokens: tokensOf(call.usage),
    meterTokens: row === null ? null : tokensOf(row),
  };
}

/** Returns the token counts alone; null is unknown. */
export function tokensOf({ inputTokens, outputTokens, trainedTokens }: Tokens): Tokens {
  return { inputTokens, outputTokens, trainedTokens };
}
