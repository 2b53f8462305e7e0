/** One set of totals of a whole ledger: for the load report, the status line and counters after a restart. */

import type { ClauseId, PartnerId, PartyId, ProviderId } from "../domain/call.ts";
import { picoUsd, type PicoUsd } from "../domain/units.ts";
import { isShareAccount } from "./accounts.ts";
import { legsOfSplit } from "./split-text.ts";
import type { LedgerSummary } from "./summary.ts";

export interface LedgerTotals {
  /** Calls settled when they were answered; a job's completion is counted apart. */
  readonly calls: number;
  readonly completions: number;
  /** Answered calls by the provider that served them. */
  readonly byProvider: Readonly<Record<ProviderId, number>>;
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
  readonly trainedTokens: bigint;
  readonly grossPicoUsd: PicoUsd;
  /** Each party's part of gross; they sum to it. */
  readonly byParty: Readonly<Record<PartyId, PicoUsd>>;
  readonly unpriced: number;
  readonly estimated: number;
}

/** Folds a summary to totals. */
export function totalsOf({ uses, parts }: LedgerSummary): LedgerTotals {
  const byProvider: Record<ProviderId, number> = {};
  const byParty: Record<PartyId, PicoUsd> = {};
  for (const { provider, calls } of uses) byProvider[provider] = (byProvider[provider] ?? 0) + calls;
  for (const { party, amountPicoUsd } of parts)
    byParty[party] = picoUsd((byParty[party] ?? 0n) + amountPicoUsd);
  return {
    calls: sumOf(uses, (use) => use.calls),
    completions: sumOf(uses, (use) => use.completions),
    byProvider,
    inputTokens: wideSumOf(uses, (use) => use.inputTokens),
    outputTokens: wideSumOf(uses, (use) => use.outputTokens),
    trainedTokens: wideSumOf(uses, (use) => use.trainedTokens),
    grossPicoUsd: picoUsd(wideSumOf(uses, (use) => use.grossPicoUsd)),
    byParty,
    unpriced: sumOf(uses, (use) => use.unpriced),
    estimated: sumOf(uses, (use) => use.estimated),
  };
}

/** Money of one agreement by the labels that its counters carry; a label set may occur more than once. */
export interface MoneyTotals {
  readonly revenue: readonly {
    readonly partner: PartnerId;
    readonly model: string | null;
    readonly provider: ProviderId;
    readonly picoUsd: PicoUsd;
  }[];
  readonly eligible: readonly { readonly clause: ClauseId; readonly picoUsd: PicoUsd }[];
  readonly shares: readonly {
    readonly clause: ClauseId;
    readonly beneficiary: PartyId;
    readonly picoUsd: PicoUsd;
  }[];
  readonly hosting: readonly {
    readonly provider: ProviderId;
    readonly payee: PartyId;
    readonly picoUsd: PicoUsd;
  }[];
}

/** What the ledger holds under each agreement that it has calls of. */
export function moneyByAgreement(summary: LedgerSummary): ReadonlyMap<string, MoneyTotals> {
  const agreements = new Set(summary.uses.map(({ agreement }) => agreement));
  return new Map([...agreements].map((agreement) => [agreement, moneyTotalsOf(summary, agreement)]));
}

/** What the ledger holds under one agreement, so that counters can go on from it after a restart. */
export function moneyTotalsOf(summary: LedgerSummary, agreement: string): MoneyTotals {
  const ofAgreement = (row: { readonly agreement: string }): boolean => row.agreement === agreement;
  return {
    revenue: summary.uses.filter(ofAgreement).map(({ partner, model, provider, grossPicoUsd }) => ({
      partner,
      model,
      provider,
      picoUsd: grossPicoUsd,
    })),
    eligible: summary.uses
      .filter(ofAgreement)
      .flatMap(({ split, seller, grossPicoUsd }) =>
        givingClauses(split, seller).map((clause) => ({ clause, picoUsd: grossPicoUsd })),
      ),
    shares: summary.parts
      .filter((part) => ofAgreement(part) && isShareAccount(part.account))
      .map(({ clause, party, amountPicoUsd }) => ({ clause, beneficiary: party, picoUsd: amountPicoUsd })),
    hosting: summary.hosting
      .filter(ofAgreement)
      .map(({ provider, payee, feePicoUsd }) => ({ provider, payee, picoUsd: feePicoUsd })),
  };
}

/** The clauses by which a split gives something to others than the seller. */
function givingClauses(split: string | null, seller: PartyId): readonly ClauseId[] {
  if (split === null) return [];
  const given = legsOfSplit(split).filter(({ party, sharePpm }) => party !== seller && sharePpm > 0);
  return [...new Set(given.map(({ clause }) => clause))];
}

function sumOf<T>(rows: readonly T[], read: (row: T) => number): number {
  return rows.reduce((sum, row) => sum + read(row), 0);
}

function wideSumOf<T>(rows: readonly T[], read: (row: T) => bigint): bigint {
  return rows.reduce((sum, row) => sum + read(row), 0n);
}
