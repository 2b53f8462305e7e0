/** The sums of a month, folded call by call in the plainest way: a second opinion on what stores keep, and food for closes. */

import type { SettledCall } from "../../src/domain/ledger.ts";
import { picoUsd } from "../../src/domain/units.ts";
import { isPartAccount } from "../../src/ledger/accounts.ts";
import type { BookedCall } from "../../src/ledger/booked-call.ts";
import { applyCaps } from "../../src/ledger/caps.ts";
import type { CapBalance, Carry, PeriodBook } from "../../src/ledger/period-book.ts";
import { periodOf, type Period } from "../../src/ledger/period.ts";
import { splitText } from "../../src/ledger/split-text.ts";
import type { HostingSums, PartSums, UseSums } from "../../src/ledger/summary.ts";

/** Calls as a writer books them: numbered, capped in their order, each in its own month unless `period` names another. */
export function book(calls: readonly SettledCall[], period?: Period): readonly BookedCall[] {
  const granted = new Map<string, bigint>();
  return calls.map((call, index) => {
    const booked = period ?? periodOf(call.effectiveAt);
    const terms = { seller: call.seller, partner: call.partner, caps: call.money?.caps ?? [] };
    const capped = applyCaps({ ...terms, transactions: call.transactions }, booked, ({ clause, span }) =>
      picoUsd(granted.get(`${clause} ${span}`) ?? 0n),
    );
    for (const { clause, span, grantedPicoUsd } of capped.uses) {
      granted.set(`${clause} ${span}`, (granted.get(`${clause} ${span}`) ?? 0n) + grantedPicoUsd);
    }
    return {
      seq: BigInt(index + 1),
      period: booked,
      call: { ...call, transactions: capped.transactions },
      cut: capped.cut,
      capUses: capped.uses,
    };
  });
}

/** The book of one month over all calls of a ledger. */
export function monthBook(
  calls: readonly BookedCall[],
  period: Period,
  carries: readonly Carry[] = [],
): PeriodBook {
  const uses = new Map<string, UseSums>();
  const parts = new Map<string, PartSums>();
  const hosting = new Map<string, HostingSums>();
  const reasons = new Map<string, number>();
  let balance = 0n;
  const own = calls.filter((each) => each.period === period);
  for (const { call, cut } of own) {
    const { agreement, seller, partner, digest, effectiveAt, provider, model, usage, charge, money } = call;
    const split = money === null ? null : splitText(money.legs);
    const group = { period, agreement, seller, partner, split, cut };
    const priceVersion = charge.kind === "rated" ? charge.priceVersion : null;
    const gross = charge.kind === "rated" ? charge.totalPicoUsd : 0n;
    add(
      uses,
      { ...group, digest, effectiveAt, provider, model, priceVersion },
      {
        calls: call.phase === "answer" ? 1 : 0,
        completions: call.phase === "completion" ? 1 : 0,
        inputTokens: BigInt(usage.inputTokens ?? 0),
        cachedInputTokens: BigInt(usage.cachedInputTokens ?? 0),
        outputTokens: BigInt(usage.outputTokens ?? 0),
        reasoningTokens: BigInt(usage.reasoningTokens ?? 0),
        trainedTokens: BigInt(usage.trainedTokens ?? 0),
        grossPicoUsd: picoUsd(gross),
        unpriced: charge.kind === "unpriced" ? 1 : 0,
        estimated: usage.source === "estimated" ? 1 : 0,
        assumed: charge.kind === "rated" && charge.assumed ? 1 : 0,
      },
    );
    if (charge.kind === "unpriced") reasons.set(charge.reason, (reasons.get(charge.reason) ?? 0) + 1);
    for (const { kind, postings } of call.transactions) {
      for (const { account, party, clause, amount } of postings) {
        balance += amount;
        if (isPartAccount(account)) {
          add(parts, { ...group, account, party, clause }, { amountPicoUsd: picoUsd(-amount) });
        }
        if (kind !== "host" || amount > 0n || !account.startsWith("fee:") || !money?.hosting) continue;
        const { payer, payee, feePpm } = money.hosting;
        add(
          hosting,
          { period, agreement, partner, provider, payer, payee, feePpm: Number(feePpm) },
          {
            basePicoUsd: picoUsd(gross),
            feePicoUsd: picoUsd(-amount),
          },
        );
      }
    }
  }
  return {
    period,
    summary: {
      uses: [...uses.values()],
      parts: [...parts.values()],
      hosting: [...hosting.values()],
      unpricedReasons: [...reasons].map(([reason, count]) => ({ reason, calls: count })),
      balancePicoUsd: picoUsd(balance),
    },
    caps: capBalances(calls, period),
    carries,
    closing: null,
  };
}

function capBalances(calls: readonly BookedCall[], period: Period): readonly CapBalance[] {
  const balances = new Map<string, CapBalance>();
  const counted = calls.filter((each) => each.period <= period);
  for (const { period: booked, capUses } of counted) {
    for (const { clause, span, limitPicoUsd, grantedPicoUsd } of capUses) {
      if (span !== "lifetime" && span !== period) continue;
      const inMonth = booked === period ? grantedPicoUsd : 0n;
      const scope = span === "lifetime" ? ("lifetime" as const) : ("period" as const);
      add(
        balances,
        { clause, scope, limitPicoUsd },
        {
          beforePicoUsd: picoUsd(grantedPicoUsd - inMonth),
          grantedPicoUsd: picoUsd(inMonth),
        },
      );
    }
  }
  return [...balances.values()];
}

/** Adds the sums to the row of the words. */
function add<W extends object, S extends object>(rows: Map<string, W & S>, words: W, sums: S): void {
  const key = JSON.stringify(words, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
  const known = rows.get(key);
  const added = Object.entries(sums).map(([field, value]: [string, number | bigint]) => {
    const before: unknown = known === undefined ? undefined : Reflect.get(known, field);
    if (typeof value === "bigint" && typeof before === "bigint") return [field, before + value];
    if (typeof value === "number" && typeof before === "number") return [field, before + value];
    return [field, value];
  });
  rows.set(key, { ...words, ...(Object.fromEntries(added) as S) });
}
