/** What each party earned over a ledger, with the proof that the parts are the whole. Pure: rows in, statement out. */

import type { ClauseId, PartnerId, PartyId } from "../domain/call.ts";
import { picoUsd, type PicoUsd } from "../domain/units.ts";
import { isShareAccount } from "./accounts.ts";
import { clauseBases } from "./statement/clause-bases.ts";
import type { LedgerSummary, PartSums, UseSums } from "./summary.ts";

/** One party's part of gross. */
interface PartyPart {
  readonly party: PartyId;
  readonly amountPicoUsd: PicoUsd;
}

export interface StatementLine {
  readonly calls: number;
  readonly completions: number;
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
  readonly trainedTokens: bigint;
  readonly grossPicoUsd: PicoUsd;
  /** In alphabetical order of party; parties that earned nothing are absent. */
  readonly parts: readonly PartyPart[];
  readonly unpriced: number;
  readonly estimated: number;
  readonly assumed: number;
}

/** What one clause gave to one party. */
interface ClauseLine {
  readonly clause: ClauseId;
  readonly party: PartyId;
  /** Gross of the calls the clause applies to. */
  readonly basePicoUsd: PicoUsd;
  readonly amountPicoUsd: PicoUsd;
}

export interface Statement {
  /** First and last contract date of the calls; null for an empty ledger. */
  readonly period: { readonly from: string; readonly to: string } | null;
  /** In alphabetical order. */
  readonly agreements: readonly {
    readonly agreement: string;
    readonly digest: string;
    readonly calls: number;
  }[];
  /** By partner, in alphabetical order. */
  readonly partners: readonly (StatementLine & { readonly partner: PartnerId; readonly seller: PartyId })[];
  readonly total: StatementLine;
  readonly clauses: readonly ClauseLine[];
  readonly unpricedReasons: readonly { readonly reason: string; readonly calls: number }[];
  readonly proof: Proof;
}

/** Gross comes from the charges of the calls, parts from the postings: two records that must agree. */
interface Proof {
  readonly grossPicoUsd: PicoUsd;
  readonly partsPicoUsd: PicoUsd;
  /** Sum of every posting. */
  readonly balancePicoUsd: PicoUsd;
  /** True when parts equal gross, in total and for each partner, and the balance is zero. */
  readonly holds: boolean;
}

/** Builds the statement of everything the ledger holds. A proof that does not hold is a broken ledger (exit code 4). */
export function buildStatement(summary: LedgerSummary): Statement {
  const partners = [...Map.groupBy(summary.uses, ({ partner, seller }) => JSON.stringify([partner, seller]))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, uses]) => {
      const { partner, seller } = uses[0] as UseSums;
      const parts = summary.parts.filter((part) => part.partner === partner && part.seller === seller);
      return { partner, seller, ...lineOf(uses, parts) };
    });
  const total = lineOf(summary.uses, summary.parts);
  return {
    period: periodOf(summary.uses),
    agreements: agreementsOf(summary.uses),
    partners,
    total,
    clauses: clauseLines(summary),
    unpricedReasons: summary.unpricedReasons.toSorted(
      (a, b) => b.calls - a.calls || (a.reason < b.reason ? -1 : 1),
    ),
    proof: {
      grossPicoUsd: total.grossPicoUsd,
      partsPicoUsd: sumParts(total.parts),
      balancePicoUsd: summary.balancePicoUsd,
      holds:
        summary.balancePicoUsd === 0n &&
        [total, ...partners].every(({ grossPicoUsd, parts }) => sumParts(parts) === grossPicoUsd),
    },
  };
}

function lineOf(uses: readonly UseSums[], parts: readonly PartSums[]): StatementLine {
  const count = (read: (use: UseSums) => number): number => uses.reduce((sum, use) => sum + read(use), 0);
  const wide = (read: (use: UseSums) => bigint): bigint => uses.reduce((sum, use) => sum + read(use), 0n);
  return {
    calls: count((use) => use.calls),
    completions: count((use) => use.completions),
    inputTokens: wide((use) => use.inputTokens),
    outputTokens: wide((use) => use.outputTokens),
    trainedTokens: wide((use) => use.trainedTokens),
    grossPicoUsd: picoUsd(wide((use) => use.grossPicoUsd)),
    parts: [...Map.groupBy(parts, ({ party }) => party)]
      .map(([party, own]) => ({ party, amountPicoUsd: sumParts(own) }))
      .sort((a, b) => (a.party < b.party ? -1 : 1)),
    unpriced: count((use) => use.unpriced),
    estimated: count((use) => use.estimated),
    assumed: count((use) => use.assumed),
  };
}

function clauseLines(summary: LedgerSummary): readonly ClauseLine[] {
  const bases = clauseBases(summary);
  const shares = summary.parts.filter(({ account }) => isShareAccount(account));
  return [...Map.groupBy(shares, ({ account }) => account)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, own]) => {
      const { clause, party } = own[0] as PartSums;
      const base = bases.filter((row) => row.clause === clause && row.payee === party);
      const basePicoUsd = picoUsd(base.reduce((sum, row) => sum + row.basePicoUsd, 0n));
      return { clause, party, basePicoUsd, amountPicoUsd: sumParts(own) };
    });
}

function agreementsOf(uses: readonly UseSums[]): Statement["agreements"] {
  return [...Map.groupBy(uses, ({ agreement, digest }) => JSON.stringify([agreement, digest]))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, own]) => {
      const { agreement, digest } = own[0] as UseSums;
      return { agreement, digest, calls: own.reduce((sum, use) => sum + use.calls, 0) };
    });
}

function periodOf(uses: readonly UseSums[]): Statement["period"] {
  const dates = uses.map(({ effectiveAt }) => effectiveAt).sort();
  const [from] = dates;
  const to = dates.at(-1);
  return from === undefined || to === undefined ? null : { from, to };
}

function sumParts(parts: readonly { readonly amountPicoUsd: PicoUsd }[]): PicoUsd {
  return picoUsd(parts.reduce((sum, part) => sum + part.amountPicoUsd, 0n));
}
