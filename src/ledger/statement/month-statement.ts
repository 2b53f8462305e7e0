/** The statement of one month as data: everything that is printed or kept of it. Pure, and the same for any order of the rows. */

import type { ClauseId, PartyId, ProviderId } from "../../domain/call.ts";
import { picoUsd, type PicoUsd } from "../../domain/units.ts";
import { feeAccount } from "../accounts.ts";
import { canonicalJson } from "../canonical-json.ts";
import { CLOSE_RULES } from "../closing/close-rules.ts";
import { settleMonth, type SettledMonth } from "../closing/settle-month.ts";
import type { Settlement } from "../closing/settlements.ts";
import { hostingRates } from "../closing/true-up.ts";
import type { TrueUp } from "../closing/trued-up.ts";
import type { CapBalance, PeriodBook } from "../period-book.ts";
import { periodOf, type Period } from "../period.ts";
import { buildStatement, type Statement } from "../statement.ts";
import type { LedgerSummary } from "../summary.ts";
import { clauseBases, withheldOf, type RateBase } from "./clause-bases.ts";

/** What no reader of the figures may overlook. */
export const STATEMENT_NOTE = "simulated; revenue shares as reported; hosting fees assumed";

export interface MonthStatement {
  readonly note: typeof STATEMENT_NOTE;
  /** Of every amount: 10^12 of them are a dollar. */
  readonly unit: "picodollar";
  readonly period: Period;
  readonly status: "preview" | "closed";
  readonly agreements: Statement["agreements"];
  /** In order of their names. */
  readonly prices: readonly PriceLine[];
  /** Gross by the channel that sold it. */
  readonly channels: Statement["partners"];
  readonly total: Statement["total"];
  readonly hosting: readonly HostingLine[];
  readonly clauses: readonly ClauseMonthLine[];
  readonly caps: readonly (CapBalance & { readonly afterPicoUsd: PicoUsd })[];
  /** Calls of earlier months that came after those were closed; in order of month. */
  readonly corrections: readonly CorrectionLine[];
  readonly trueUps: readonly TrueUp[];
  readonly settlements: readonly Settlement[];
  readonly openingPicoUsd: PicoUsd;
  readonly closingPicoUsd: PicoUsd;
  readonly unpricedReasons: Statement["unpricedReasons"];
  readonly proof: Statement["proof"];
}

/** What was charged by one version of a price. */
interface PriceLine {
  /** `<model>@<effective from or "undated">`. */
  readonly priceVersion: string;
  /** Calls and completions of jobs. */
  readonly charges: number;
  readonly grossPicoUsd: PicoUsd;
}

/** What the owner of a provider earned at one rate: `fee = base x rate`, after the true-up. */
interface HostingLine {
  readonly provider: ProviderId;
  readonly payer: PartyId;
  readonly payee: PartyId;
  readonly feePpm: number;
  /** List price of the calls. */
  readonly basePicoUsd: PicoUsd;
  readonly feePicoUsd: PicoUsd;
}

/** What a clause gave one party of the sales of another. */
export interface ClauseMonthLine {
  readonly clause: ClauseId;
  readonly payer: PartyId;
  readonly payee: PartyId;
  /** Gross of the calls that the clause takes from. */
  readonly basePicoUsd: PicoUsd;
  /** The base by rate; in order of rate. */
  readonly rates: readonly RateBase[];
  /** With the true-up: the sum of the rates times their bases, rounded; of a capped clause what was given call by call. */
  readonly amountPicoUsd: PicoUsd;
  /** What a cap of the clause kept from it; not negative. */
  readonly withheldPicoUsd: PicoUsd;
}

interface CorrectionLine {
  readonly originalPeriod: Period;
  readonly calls: number;
  readonly completions: number;
  readonly grossPicoUsd: PicoUsd;
}

/** Of an open month what a close would fix now. Throws LedgerInvariantError when the sums do not balance. */
export function monthStatement(
  book: PeriodBook,
  status: MonthStatement["status"],
  month: SettledMonth = settleMonth(book),
): MonthStatement {
  const { agreements, partners, total, unpricedReasons, proof } = buildStatement(book.summary);
  return {
    note: STATEMENT_NOTE,
    unit: "picodollar",
    period: book.period,
    status,
    agreements,
    prices: priceLines(book.summary),
    channels: partners,
    total,
    hosting: hostingLines(book.summary, month),
    clauses: clauseLines(book, month),
    caps: capLines(book.caps),
    corrections: correctionsOf(book),
    trueUps: month.trueUps,
    settlements: month.settlements,
    openingPicoUsd: sumOf(month.settlements, (each) => each.openingPicoUsd),
    closingPicoUsd: sumOf(month.settlements, (each) => each.closingPicoUsd),
    unpricedReasons,
    proof,
  };
}

/** Of a closed month: by the rules that make the text that was kept, or by the present ones where none does. Throws likewise. */
export function closedStatement(book: PeriodBook, kept: string): MonthStatement {
  const made = CLOSE_RULES.map((rules) => monthStatement(book, "closed", settleMonth(book, rules)));
  return made.find((statement) => statementText(statement) === kept) ?? monthStatement(book, "closed");
}

function priceLines({ uses }: LedgerSummary): readonly PriceLine[] {
  const charged = uses.filter(({ priceVersion }) => priceVersion !== null);
  return [...Map.groupBy(charged, ({ priceVersion }) => priceVersion ?? "")]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([priceVersion, own]) => ({
      priceVersion,
      charges: own.reduce((sum, { calls, completions }) => sum + calls + completions, 0),
      grossPicoUsd: sumOf(own, ({ grossPicoUsd }) => grossPicoUsd),
    }));
}

/** The bytes that a close keeps. */
export function statementText(statement: MonthStatement): string {
  return canonicalJson(statement);
}

function hostingLines({ hosting }: LedgerSummary, { trueUps }: SettledMonth): readonly HostingLine[] {
  const unspent = new Map(trueUps.map(({ account, amountPicoUsd }) => [account, amountPicoUsd]));
  return hostingRates(hosting).flatMap((own) => {
    const [row] = own;
    if (row === undefined) return [];
    const { provider, payer, payee, feePpm } = row;
    // One account can hold fees of several rates, and its true-up is their sum: it is shown once, with the first of them.
    const account = feeAccount(provider, payee);
    const trueUp = unspent.get(account) ?? 0n;
    unspent.delete(account);
    return [
      {
        provider,
        payer,
        payee,
        feePpm,
        basePicoUsd: sumOf(own, (each) => each.basePicoUsd),
        feePicoUsd: picoUsd(sumOf(own, (each) => each.feePicoUsd) + trueUp),
      },
    ];
  });
}

function clauseLines(book: PeriodBook, { claims, rules }: SettledMonth): readonly ClauseMonthLine[] {
  return clauseBases(book.summary).map((line) => {
    const own = claims.filter(
      ({ flow, clause, payer, payee }) =>
        flow === "share" && clause === line.clause && payer === line.payer && payee === line.payee,
    );
    const amountPicoUsd = sumOf(own, (claim) => claim.amountPicoUsd);
    return { ...line, amountPicoUsd, withheldPicoUsd: withheldOf(line, book, rules) };
  });
}

function capLines(caps: readonly CapBalance[]): MonthStatement["caps"] {
  return caps
    .map((cap) => ({ ...cap, afterPicoUsd: picoUsd(cap.beforePicoUsd + cap.grantedPicoUsd) }))
    .sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
}

function correctionsOf({ period, summary }: PeriodBook): readonly CorrectionLine[] {
  const late = summary.uses.filter((use) => periodOf(use.effectiveAt) < period);
  return [...Map.groupBy(late, (use) => periodOf(use.effectiveAt))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([originalPeriod, uses]) => ({
      originalPeriod,
      calls: uses.reduce((sum, { calls }) => sum + calls, 0),
      completions: uses.reduce((sum, { completions }) => sum + completions, 0),
      grossPicoUsd: sumOf(uses, (use) => use.grossPicoUsd),
    }));
}

function sumOf<T>(rows: readonly T[], read: (row: T) => bigint): PicoUsd {
  return picoUsd(rows.reduce((sum, row) => sum + read(row), 0n));
}
