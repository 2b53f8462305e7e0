/**
 * Folds booked calls into the running sums of every month: what the memory store keeps, what a replay compares a ledger
 * with, and the model that the engines' own sums are checked against.
 */

import { picoUsd, type PicoUsd } from "../domain/units.ts";
import { isPartAccount } from "./accounts.ts";
import type { BookedCall } from "./booked-call.ts";
import type { CapKey } from "./caps.ts";
import type { CapBalance } from "./period-book.ts";
import type { Period } from "./period.ts";
import { splitText } from "./split-text.ts";
import type { HostingSums, LedgerSummary, PartSums, SplitKey, UseSums } from "./summary.ts";

export interface LedgerFold {
  /** Adds a call; each is given once. Only what caps let through depends on the order. */
  add(call: BookedCall): void;
  /** The months that hold calls, in order. */
  periods(): readonly Period[];
  /** Of the calls booked in that month; of all calls without one. */
  summary(period?: Period): LedgerSummary;
  /** The caps that calls of the month were held against. */
  caps(period: Period): readonly CapBalance[];
  /** What a cap let through of all calls so far. */
  granted(key: CapKey): PicoUsd;
}

/** The fold of `calls`, to which more can be added. */
export function foldBook(calls: Iterable<BookedCall> = []): LedgerFold {
  const months = new Map<Period, MonthSums>();
  const capUses = new Map<string, Writable<CapSums>>();
  const granted = new Map<string, bigint>();
  const add = (booked: BookedCall): void => {
    addToMonth(ensureMonth(months, booked.period), booked);
    for (const { clause, span, limitPicoUsd, grantedPicoUsd } of booked.capUses) {
      const key = { clause, span, period: booked.period, limitPicoUsd };
      const sums = ensure(capUses, key, { grantedPicoUsd: picoUsd(0n) });
      sums.grantedPicoUsd = picoUsd(sums.grantedPicoUsd + grantedPicoUsd);
      granted.set(spanKey(key), (granted.get(spanKey(key)) ?? 0n) + grantedPicoUsd);
    }
  };
  for (const call of calls) add(call);
  return {
    add,
    periods: () => [...months.keys()].sort(),
    summary: (period) =>
      joinMonths(period === undefined ? [...months.values()] : [months.get(period) ?? emptyMonth()]),
    caps: (period) => capBalances([...capUses.values()], period),
    granted: (key) => picoUsd(granted.get(spanKey(key)) ?? 0n),
  };
}

/** What a cap let through in one month. Rows are unique by all but the amount. */
export interface CapSums {
  readonly clause: string;
  /** `lifetime` or the month. */
  readonly span: string;
  readonly period: Period;
  readonly limitPicoUsd: PicoUsd;
  readonly grantedPicoUsd: PicoUsd;
}

/** The balances of one month out of the sums of all months up to it. */
export function capBalances(sums: readonly CapSums[], period: Period): readonly CapBalance[] {
  return sums
    .filter((sum) => sum.period === period)
    .map(({ clause, span, limitPicoUsd, grantedPicoUsd }) => {
      const before = sums.filter((sum) => sum.clause === clause && sum.span === span && sum.period < period);
      return {
        clause,
        scope: span === "lifetime" ? "lifetime" : "period",
        limitPicoUsd,
        beforePicoUsd: picoUsd(before.reduce((all, sum) => all + sum.grantedPicoUsd, 0n)),
        grantedPicoUsd,
      };
    });
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface MonthSums {
  readonly uses: Map<string, Writable<UseSums>>;
  readonly parts: Map<string, Writable<PartSums>>;
  readonly hosting: Map<string, Writable<HostingSums>>;
  readonly reasons: Map<string, number>;
  balance: bigint;
}

function emptyMonth(): MonthSums {
  return { uses: new Map(), parts: new Map(), hosting: new Map(), reasons: new Map(), balance: 0n };
}

function ensureMonth(months: Map<Period, MonthSums>, period: Period): MonthSums {
  const known = months.get(period);
  if (known) return known;
  const fresh = emptyMonth();
  months.set(period, fresh);
  return fresh;
}

function joinMonths(months: readonly MonthSums[]): LedgerSummary {
  const reasons = new Map<string, number>();
  for (const month of months) {
    for (const [reason, calls] of month.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + calls);
  }
  return {
    uses: months.flatMap(({ uses }) => [...uses.values()].map((row) => ({ ...row }))),
    parts: months.flatMap(({ parts }) => [...parts.values()].map((row) => ({ ...row }))),
    hosting: months.flatMap(({ hosting }) => [...hosting.values()].map((row) => ({ ...row }))),
    unpricedReasons: [...reasons].map(([reason, calls]) => ({ reason, calls })),
    balancePicoUsd: picoUsd(months.reduce((sum, { balance }) => sum + balance, 0n)),
  };
}

function addToMonth(month: MonthSums, { period, call, cut }: BookedCall): void {
  const { agreement, seller, partner, provider, money, charge } = call;
  const split = money === null ? null : splitText(money.legs);
  const key = { period, agreement, seller, partner, split, cut };
  addUse(month.uses, key, call);
  let feePicoUsd = 0n;
  for (const { kind, postings } of call.transactions) {
    for (const { account, party, clause, amount } of postings) {
      month.balance += amount;
      if (kind === "host" && amount > 0n) feePicoUsd += amount;
      if (!isPartAccount(account)) continue;
      const part = ensure(month.parts, { ...key, account, party, clause }, { amountPicoUsd: picoUsd(0n) });
      part.amountPicoUsd = picoUsd(part.amountPicoUsd - amount);
    }
  }
  if (money !== null && money.hosting !== null && charge.kind === "rated") {
    const hostingKey = { period, agreement, partner, provider, ...hostingWords(money.hosting) };
    const zero = { basePicoUsd: picoUsd(0n), feePicoUsd: picoUsd(0n) };
    const hosted = ensure(month.hosting, hostingKey, zero);
    hosted.basePicoUsd = picoUsd(hosted.basePicoUsd + charge.totalPicoUsd);
    hosted.feePicoUsd = picoUsd(hosted.feePicoUsd + feePicoUsd);
  }
  if (charge.kind === "unpriced") {
    month.reasons.set(charge.reason, (month.reasons.get(charge.reason) ?? 0) + 1);
  }
}

/** Its words in one order, as keys need them. */
function hostingWords({
  payer,
  payee,
  feePpm,
}: Pick<HostingSums, "payer" | "payee" | "feePpm">): Pick<HostingSums, "payer" | "payee" | "feePpm"> {
  return { payer, payee, feePpm };
}

const NOTHING_USED = {
  calls: 0,
  completions: 0,
  inputTokens: 0n,
  cachedInputTokens: 0n,
  outputTokens: 0n,
  reasoningTokens: 0n,
  trainedTokens: 0n,
  grossPicoUsd: picoUsd(0n),
  unpriced: 0,
  estimated: 0,
  assumed: 0,
};

function addUse(uses: MonthSums["uses"], key: SplitKey, call: BookedCall["call"]): void {
  const { digest, effectiveAt, provider, model, usage, charge } = call;
  const priceVersion = charge.kind === "rated" ? charge.priceVersion : null;
  const words = { digest, effectiveAt, provider, model, priceVersion };
  const use = ensure(uses, { ...key, ...words }, NOTHING_USED);
  if (call.phase === "answer") use.calls += 1;
  else use.completions += 1;
  use.inputTokens += BigInt(usage.inputTokens ?? 0);
  use.cachedInputTokens += BigInt(usage.cachedInputTokens ?? 0);
  use.outputTokens += BigInt(usage.outputTokens ?? 0);
  use.reasoningTokens += BigInt(usage.reasoningTokens ?? 0);
  use.trainedTokens += BigInt(usage.trainedTokens ?? 0);
  if (usage.source === "estimated") use.estimated += 1;
  if (charge.kind === "unpriced") use.unpriced += 1;
  if (charge.kind !== "rated") return;
  use.grossPicoUsd = picoUsd(use.grossPicoUsd + charge.totalPicoUsd);
  if (charge.assumed) use.assumed += 1;
}

function spanKey({ clause, span }: CapKey): string {
  return JSON.stringify([clause, span]);
}

/** The row of `key`, made with zeroes when it is new. */
function ensure<K extends object, Z extends object>(rows: Map<string, K & Z>, key: K, zero: Z): K & Z {
  const words: readonly unknown[] = Object.values(key);
  const text = JSON.stringify(words.map((word) => (typeof word === "bigint" ? `${word}` : word)));
  const known = rows.get(text);
  if (known) return known;
  const fresh = { ...key, ...zero };
  rows.set(text, fresh);
  return fresh;
}
