/**
 * What many calls share, and so stands in one row of `context` for all of them. No word of it may be a caller's to choose: each
 * new combination is a row, and a row of every running sum.
 */

import { factsText } from "../domain/facts-text.ts";
import type { Charge, SettledCall } from "../domain/ledger.ts";
import type { Usage } from "../domain/usage.ts";
import type { SplitKey } from "../ledger/summary.ts";
import { factsOf, text, textOrNull, type Row } from "./columns.ts";
import { readMoney, type MoneyText } from "./money-text.ts";

/** The columns of `context`, in the order of `contextWords`. */
export const CONTEXT_COLUMNS = [
  "effective_at",
  "partner",
  "seller",
  "operation",
  "workload",
  "model",
  "model_served",
  "provider",
  "region",
  "clauses",
  "agreement",
  "digest",
  "outcome",
  "http_status",
  "streamed",
  "usage_source",
  "service_tier",
  "charge_kind",
  "unpriced_reason",
  "price_version",
  "assumed",
  "facts",
  "evidence",
  "split",
  "caps",
  "hosting",
] as const;

/** The words of a call; `flag` writes a truth as the engine holds it. */
export function contextWords<F>(
  call: SettledCall,
  { split, caps, hosting }: MoneyText,
  flag: (value: boolean) => F,
): readonly (string | number | F | null)[] {
  const { charge, usage } = call;
  const rated = charge.kind === "rated" ? charge : null;
  return [
    call.effectiveAt,
    call.partner,
    call.seller,
    call.operation,
    call.workload,
    call.model,
    call.modelServed,
    call.provider,
    call.region,
    JSON.stringify(call.clauses),
    call.agreement,
    call.digest,
    call.outcome,
    call.httpStatus,
    flag(call.streamed),
    usage.source,
    usage.serviceTier,
    charge.kind,
    charge.kind === "unpriced" ? charge.reason : null,
    rated ? rated.priceVersion : null,
    flag(rated?.assumed === true),
    factsText(call.facts) || null,
    factsText(call.evidence) || null,
    split,
    caps,
    hosting,
  ];
}

/** A call as far as its context tells it. */
export interface ContextOfCall extends Omit<
  SettledCall,
  | "requestId"
  | "phase"
  | "recordedAtMs"
  | "attempts"
  | "usage"
  | "charge"
  | "transactions"
  | "stateChanges"
  | "pendingJob"
> {
  readonly usage: Pick<Usage, "source" | "serviceTier">;
  readonly charge:
    | Pick<Extract<Charge, { kind: "rated" }>, "kind" | "priceVersion" | "assumed">
    | Exclude<Charge, { kind: "rated" }>;
}

/** How the rows of an engine hold what is no text. */
export interface RowWords {
  count(value: unknown): number;
  flag(value: unknown): boolean;
}

/** Reads a row of `context`. */
export function readContext(row: Row, { count, flag }: RowWords): ContextOfCall {
  return {
    effectiveAt: text(row["effective_at"]),
    partner: text(row["partner"]),
    seller: text(row["seller"]),
    operation: text(row["operation"]),
    workload: text(row["workload"]) as SettledCall["workload"],
    model: textOrNull(row["model"]),
    modelServed: textOrNull(row["model_served"]),
    provider: text(row["provider"]),
    region: text(row["region"]),
    clauses: JSON.parse(text(row["clauses"])) as readonly string[],
    agreement: text(row["agreement"]),
    digest: text(row["digest"]),
    facts: factsOf(row["facts"]),
    evidence: factsOf(row["evidence"]),
    outcome: text(row["outcome"]) as SettledCall["outcome"],
    httpStatus: count(row["http_status"]),
    streamed: flag(row["streamed"]),
    usage: {
      source: text(row["usage_source"]) as Usage["source"],
      serviceTier: textOrNull(row["service_tier"]),
    },
    charge: readCharge(row, flag),
    money: readMoney({
      split: textOrNull(row["split"]),
      caps: textOrNull(row["caps"]),
      hosting: textOrNull(row["hosting"]),
    }),
  };
}

function readCharge(row: Row, flag: RowWords["flag"]): ContextOfCall["charge"] {
  const kind = text(row["charge_kind"]) as Charge["kind"];
  switch (kind) {
    case "rated":
      return { kind, priceVersion: text(row["price_version"]), assumed: flag(row["assumed"]) };
    case "free":
      return { kind };
    case "unpriced":
      return { kind, reason: text(row["unpriced_reason"]) };
  }
}

/** The words by which the sums of a row are kept apart; the month as the engine reads it. */
export function readSplitKey(row: Row, period: string, flag: RowWords["flag"]): SplitKey {
  return {
    period,
    agreement: text(row["agreement"]),
    seller: text(row["seller"]),
    partner: text(row["partner"]),
    split: textOrNull(row["split"]),
    cut: flag(row["cut"]),
  };
}
