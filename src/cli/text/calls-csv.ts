/** One call in a row: for spreadsheets. Amounts in dollars with all twelve decimals; empty is unknown. */

import { formatUsdExact } from "../../domain/units.ts";
import { isPartAccount } from "../../ledger/accounts.ts";
import type { BookedCall } from "../../ledger/booked-call.ts";
import { csvLine } from "./csv.ts";

type Field = string | number | bigint | boolean | null;

const COLUMNS: readonly (readonly [name: string, read: (booked: BookedCall) => Field])[] = [
  ["seq", ({ seq }) => seq],
  ["period", ({ period }) => period],
  ["request_id", ({ call }) => call.requestId],
  ["phase", ({ call }) => call.phase],
  ["effective_at", ({ call }) => call.effectiveAt],
  ["recorded_at_ms", ({ call }) => call.recordedAtMs],
  ["partner", ({ call }) => call.partner],
  ["seller", ({ call }) => call.seller],
  ["operation", ({ call }) => call.operation],
  ["workload", ({ call }) => call.workload],
  ["model", ({ call }) => call.model],
  ["model_served", ({ call }) => call.modelServed],
  ["provider", ({ call }) => call.provider],
  ["region", ({ call }) => call.region],
  ["agreement", ({ call }) => call.agreement],
  ["digest", ({ call }) => call.digest],
  ["clauses", ({ call }) => call.clauses.join(" ")],
  ["outcome", ({ call }) => call.outcome],
  ["http_status", ({ call }) => call.httpStatus],
  ["streamed", ({ call }) => call.streamed],
  ["attempts", ({ call }) => call.attempts],
  ["usage_source", ({ call }) => call.usage.source],
  ["input_tokens", ({ call }) => call.usage.inputTokens],
  ["cached_input_tokens", ({ call }) => call.usage.cachedInputTokens],
  ["cache_write_tokens", ({ call }) => call.usage.cacheWriteTokens],
  ["output_tokens", ({ call }) => call.usage.outputTokens],
  ["reasoning_tokens", ({ call }) => call.usage.reasoningTokens],
  ["trained_tokens", ({ call }) => call.usage.trainedTokens],
  ["tier_requested", ({ call }) => call.usage.requestedTier],
  ["tier_served", ({ call }) => call.usage.serviceTier],
  ["charge", ({ call }) => call.charge.kind],
  ["unpriced_reason", ({ call: { charge } }) => (charge.kind === "unpriced" ? charge.reason : null)],
  ["price_version", ({ call: { charge } }) => (charge.kind === "rated" ? charge.priceVersion : null)],
  ["price_assumed", ({ call: { charge } }) => (charge.kind === "rated" ? charge.assumed : null)],
  [
    "gross_usd",
    ({ call: { charge } }) => (charge.kind === "rated" ? formatUsdExact(charge.totalPicoUsd) : null),
  ],
  ["parts_usd", partsText],
  ["hosting_usd", hostingText],
  ["cut_by_cap", ({ cut }) => cut],
];

/** Returns the line of column names, ending in a newline. */
export function callsCsvHeader(): string {
  return csvLine(COLUMNS.map(([name]) => name));
}

/** Returns the line of one call, ending in a newline; amounts in USD with all twelve decimals, empty where nothing is known. */
export function callCsv(booked: BookedCall): string {
  return csvLine(COLUMNS.map(([, read]) => read(booked)));
}

/** `microsoft=0.200000000000 openai=0.800000000000`: who earns which part of gross. */
function partsText({ call }: BookedCall): string | null {
  const parts = new Map<string, bigint>();
  for (const { account, party, amount } of call.transactions.flatMap(({ postings }) => postings)) {
    if (isPartAccount(account)) parts.set(party, (parts.get(party) ?? 0n) - amount);
  }
  if (parts.size === 0) return null;
  return [...parts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([party, amount]) => `${party}=${formatUsdExact(amount)}`)
    .join(" ");
}

/** The fee for hosting; empty where nobody is paid for it. */
function hostingText({ call }: BookedCall): string | null {
  const hosted = call.transactions.find(({ kind }) => kind === "host");
  const fee = hosted?.postings.reduce((sum, { amount }) => (amount > 0n ? sum + amount : sum), 0n);
  return fee === undefined ? null : formatUsdExact(fee);
}
