import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SettledCall } from "../../../src/domain/ledger.ts";
import type { ShareCap, ShareLeg } from "../../../src/domain/money.ts";
import { picoUsd, ppm } from "../../../src/domain/units.ts";
import { closePeriod } from "../../../src/ledger/close.ts";
import { LedgerInvariantError } from "../../../src/ledger/invariant.ts";
import type { Carry, PeriodBook, PeriodClosing } from "../../../src/ledger/period-book.ts";
import { book, monthBook } from "../../support/month-book.ts";
import { chargeOf, settledCall } from "../../support/settled-call.ts";

const AT = { cutoffSeq: 9n, closedAtMs: 1_775_000_000_000 };
const MONTH = "2026-03";
const CENT = 10_000_000_000n;

/** Microsoft sells on its own channel and gives 20 % back. */
const RECIPROCAL: readonly ShareLeg[] = [
  { clause: "C12", party: "openai", sharePpm: ppm(200_000) },
  { clause: "C12", party: "microsoft", sharePpm: ppm(800_000) },
];

describe("closing a month", () => {
  it("posts what is owed gross both ways, sets it off, pays whole cents and carries the rest", () => {
    const closing = close([
      settledCall("a", { charge: chargeOf(10_000_123_456_789n), hosting: null }),
      settledCall("b", {
        charge: chargeOf(4_000_000_000_005n),
        partner: "azure-channel",
        seller: "microsoft",
        legs: RECIPROCAL,
        hosting: null,
      }),
    ]);
    expect(closing.transactions.map(({ kind }) => kind)).toEqual(["owe", "owe", "net", "settle", "round"]);
    expect(balances(closing)).toEqual({
      "share:C11:microsoft": 2_000_024_691_358n,
      "share:C12:openai": 800_000_000_001n,
      "netted:openai:microsoft": -800_000_000_001n,
      "netted:microsoft:openai": -800_000_000_001n,
      "settled:openai:microsoft": -1_200_000_000_000n,
      "rounding:openai:microsoft": -24_691_357n,
    });
    expect(closing.carries).toEqual([
      { flow: "share", payer: "openai", payee: "microsoft", amountPicoUsd: 24_691_357n },
    ]);
  });

  it("keeps hosting in accounts of its own, never set off against shares", () => {
    const closing = close([settledCall("a", { charge: chargeOf(1_000_000_000_000n), provider: "azure" })]);
    expect(balances(closing)).toMatchObject({
      "settled:openai:microsoft": -200_000_000_000n,
      "settled-hosting:openai:microsoft": -300_000_000_000n,
    });
    expect(Object.keys(balances(closing)).filter((account) => account.startsWith("netted"))).toEqual([]);
  });

  it("rounds half a cent to the even cent and carries it either way", () => {
    const carryOf = (gross: bigint): readonly Carry[] =>
      close([settledCall("a", { charge: chargeOf(gross), hosting: null })]).carries;
    // A fifth of it is 0.5 cents, then 1.5 cents.
    expect(carryOf(25_000_000_000n)).toMatchObject([{ amountPicoUsd: CENT / 2n }]);
    expect(carryOf(75_000_000_000n)).toMatchObject([{ amountPicoUsd: -CENT / 2n }]);
    expect(carryOf(50_000_000_000n)).toEqual([]);
  });

  it("opens with what the month before carried, so that small debts are paid once they make a cent", () => {
    const carry: Carry = {
      flow: "share",
      payer: "openai",
      payee: "microsoft",
      amountPicoUsd: picoUsd(CENT / 2n),
    };
    const calls = [settledCall("a", { charge: chargeOf(25_000_000_000n), hosting: null })];
    const closing = close(calls, [carry]);
    expect(balances(closing)).toMatchObject({
      "settled:openai:microsoft": -CENT,
      "rounding:openai:microsoft": CENT / 2n,
    });
    expect(closing.carries).toEqual([]);
  });

  it("hands a carry on when nothing is owed, without a posting", () => {
    const carry: Carry = {
      flow: "hosting",
      payer: "openai",
      payee: "microsoft",
      amountPicoUsd: picoUsd(-7n),
    };
    const closing = closePeriod(monthBook([], MONTH, [carry]), AT);
    expect(closing.transactions).toEqual([]);
    expect(closing.carries).toEqual([carry]);
  });

  it("adds what rounding each call took, so that shares are the formula on the total", () => {
    const calls = Array.from({ length: 3 }, (_, index) =>
      settledCall(`${index}`, {
        charge: chargeOf(2n),
        hosting: { payer: "openai", payee: "microsoft", feePpm: ppm(250_000) },
      }),
    );
    // A fifth of 2 is rounded to 0 three times, a fifth of 6 is 1; a quarter of 2 to 0, a quarter of 6 (half to even) to 2.
    const [trueUp] = close(calls).transactions;
    expect(trueUp).toEqual({
      kind: "trueup",
      postings: [
        { account: "fee:azure:microsoft", party: "microsoft", clause: "none", amount: -2n },
        { account: "hosting:openai:azure", party: "openai", clause: "none", amount: 2n },
        { account: "retained:openai:amazon", party: "openai", clause: "none", amount: 1n },
        { account: "share:C11:microsoft", party: "microsoft", clause: "C11", amount: -1n },
      ],
    });
  });

  it("does not true up what a cap counts call by call", () => {
    const caps: readonly ShareCap[] = [{ clause: "C11", scope: "lifetime", limitPicoUsd: "1" }];
    const calls = Array.from({ length: 30 }, (_, index) =>
      settledCall(`${index}`, { charge: chargeOf(3n), caps, hosting: null }),
    );
    const closing = close(calls);
    expect(closing.transactions.some(({ kind }) => kind === "trueup")).toBe(false);
    expect(balances(closing)["share:C11:microsoft"] ?? 0n).toBeLessThanOrEqual(1n);
  });

  it("of a month without calls fixes an empty statement", () => {
    const closing = closePeriod(monthBook([], MONTH), AT);
    expect(closing).toMatchObject({ period: MONTH, transactions: [], carries: [], ...AT });
    expect(JSON.parse(closing.statement)).toMatchObject({ period: MONTH, status: "closed", channels: [] });
  });

  it("refuses a month that does not add up", () => {
    const sound = bookOf([settledCall("a")]);
    const [part, ...others] = sound.summary.parts;
    const short = { ...part, amountPicoUsd: picoUsd((part?.amountPicoUsd ?? 0n) - 1n) } as typeof part &
      object;
    const broken = { ...sound, summary: { ...sound.summary, parts: [short, ...others] } };
    expect(() => closePeriod(broken, AT)).toThrow(LedgerInvariantError);
    const unbalanced = { ...sound, summary: { ...sound.summary, balancePicoUsd: picoUsd(1n) } };
    expect(() => closePeriod(unbalanced, AT)).toThrow("month `2026-03` does not add up");
  });

  it("has a hash that tells apart any change of the month, and not the time of closing", () => {
    const sound = bookOf([settledCall("a"), settledCall("b", { partner: "direct" })]);
    const { manifestSha256 } = closePeriod(sound, AT);
    expect(manifestSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(closePeriod(sound, { cutoffSeq: 1n, closedAtMs: 0 }).manifestSha256).toBe(manifestSha256);
    const other = bookOf([settledCall("a"), settledCall("b", { partner: "direct", digest: "e".repeat(64) })]);
    expect(closePeriod(other, AT).manifestSha256).not.toBe(manifestSha256);
  });
});

const splits: readonly (readonly ShareLeg[])[] = [
  [
    { clause: "C11", party: "microsoft", sharePpm: ppm(200_000) },
    { clause: "C11", party: "openai", sharePpm: ppm(800_000) },
  ],
  [
    { clause: "C11", party: "microsoft", sharePpm: ppm(199_999) },
    { clause: "C13", party: "amazon", sharePpm: ppm(33_333) },
    { clause: "C11", party: "openai", sharePpm: ppm(766_668) },
  ],
];

const anyCall = fc
  .record({
    partner: fc.constantFrom("amazon", "direct"),
    agreement: fc.constantFrom("2026-02-27", "2026-04-27"),
    total: fc.oneof(fc.bigInt({ min: 0n, max: 99n }), fc.bigInt({ min: 0n, max: 2n ** 62n })),
    legs: fc.constantFrom(...splits, "reciprocal" as const),
    feePpm: fc.constantFrom(300_000, 333_333),
    kind: fc.constantFrom("rated", "rated", "rated", "unpriced"),
    late: fc.boolean(),
  })
  .map(({ total, legs, feePpm, kind, late, ...fields }) => ({
    ...fields,
    effectiveAt: late ? "2026-02-28" : "2026-03-31",
    charge:
      kind === "unpriced"
        ? ({ kind: "unpriced", reason: "usage unknown" } as const)
        : total === 0n
          ? ({ kind: "free" } as const)
          : chargeOf(total),
    ...(legs === "reciprocal"
      ? { legs: RECIPROCAL, seller: "microsoft", hosting: null }
      : { legs, hosting: { payer: "openai", payee: "microsoft", feePpm: ppm(feePpm) } }),
  }));

const anyCalls = fc
  .array(anyCall, { maxLength: 25 })
  .map((fields) => fields.map((each, index) => settledCall(`call-${index}`, each)));

const anyCarries = fc.uniqueArray(
  fc
    .record({
      flow: fc.constantFrom("share" as const, "hosting" as const),
      payer: fc.constantFrom("openai", "microsoft"),
      payee: fc.constantFrom("microsoft", "openai", "amazon"),
      amountPicoUsd: fc
        .bigInt({ min: -CENT / 2n, max: CENT / 2n })
        .filter((amount) => amount !== 0n)
        .map(picoUsd),
    })
    .filter(({ payer, payee }) => payer !== payee),
  { selector: ({ flow, payer, payee }) => `${flow} ${payer} ${payee}`, maxLength: 4 },
);

describe("any month that is closed", () => {
  it("has balanced transactions, no debt left over, and carries at most half a cent", () => {
    fc.assert(
      fc.property(anyCalls, anyCarries, (calls, carries) => {
        const closing = close(calls, carries);
        for (const { postings } of closing.transactions) {
          expect(postings.reduce((sum, { amount }) => sum + amount, 0n)).toBe(0n);
        }
        for (const [account, balance] of Object.entries(balances(closing))) {
          expect(account.startsWith("payable")).toBe(false);
          if (account.startsWith("settled")) expect(balance % CENT).toBe(0n);
          if (account.startsWith("settled")) expect(balance).toBeLessThan(0n);
        }
        for (const { amountPicoUsd } of closing.carries) {
          expect(amountPicoUsd <= CENT / 2n && amountPicoUsd >= -CENT / 2n).toBe(true);
          expect(amountPicoUsd).not.toBe(0n);
        }
      }),
    );
  });

  it("owes what the formula gives on totals, as an oracle in fractions says", () => {
    fc.assert(
      fc.property(anyCalls, (calls) => {
        const owed = new Map<string, bigint>();
        for (const { kind, postings } of close(calls).transactions) {
          if (kind !== "owe") continue;
          for (const { account, amount } of postings) {
            if (amount > 0n) owed.set(account, (owed.get(account) ?? 0n) + amount);
          }
        }
        for (const [account, { numerator, groups }] of exactShares(calls)) {
          const error = (owed.get(account) ?? 0n) * 1_000_000n - numerator;
          // Each group of calls is split once, within a picodollar of exact.
          expect(error < groups * 1_000_000n && error > -groups * 1_000_000n).toBe(true);
        }
      }),
    );
  });

  it("keeps the same bytes whatever the order of calls and rows, where no cap counts them", () => {
    const shuffled = anyCalls.chain((calls) =>
      fc.record({
        calls: fc.constant(calls),
        other: fc.shuffledSubarray(calls, { minLength: calls.length }),
        carries: anyCarries,
        reverse: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ calls, other, carries, reverse }) => {
        const second = bookOf(other, reverse ? carries.toReversed() : carries);
        expect(closePeriod(second, AT)).toEqual(close(calls, carries));
      }),
    );
  });

  it("continues from month to month without losing a picodollar", () => {
    fc.assert(
      fc.property(fc.array(anyCalls, { minLength: 1, maxLength: 4 }), (months) => {
        let carries: readonly Carry[] = [];
        let owed = 0n;
        let paid = 0n;
        for (const calls of months) {
          const closing = close(calls, carries);
          carries = closing.carries;
          for (const [account, balance] of Object.entries(balances(closing))) {
            if (account.startsWith("share:") || account.startsWith("fee:")) owed += balance;
            if (account.startsWith("settled") || account.startsWith("netted")) paid -= balance;
          }
          owed += trueUpTo(closing);
        }
        expect(carries.reduce((sum, { amountPicoUsd }) => sum + amountPicoUsd, 0n)).toBe(owed - paid);
      }),
    );
  });
});

/** What the true-up credits the accounts that `owe` debits. */
function trueUpTo({ transactions }: PeriodClosing): bigint {
  const postings = transactions.filter(({ kind }) => kind === "trueup").flatMap((each) => each.postings);
  return postings
    .filter(({ account }) => account.startsWith("share:") || account.startsWith("fee:"))
    .reduce((sum, { amount }) => sum - amount, 0n);
}

/** Gross x rate of each share account, in millionths of a picodollar, and in how many groups it is split. */
function exactShares(
  calls: readonly SettledCall[],
): ReadonlyMap<string, { numerator: bigint; groups: bigint }> {
  const shares = new Map<string, { numerator: bigint; groups: Set<string> }>();
  for (const { charge, money, seller, partner, agreement } of calls) {
    if (charge.kind !== "rated" || money === null) continue;
    for (const { clause, party, sharePpm } of money.legs) {
      if (party === seller) continue;
      const account = `share:${clause}:${party}`;
      const share = shares.get(account) ?? { numerator: 0n, groups: new Set() };
      share.numerator += charge.totalPicoUsd * BigInt(sharePpm);
      share.groups.add(JSON.stringify([agreement, partner, seller, money.legs]));
      shares.set(account, share);
    }
  }
  return new Map(
    [...shares].map(([account, { numerator, groups }]) => [
      account,
      { numerator, groups: BigInt(groups.size) },
    ]),
  );
}

function bookOf(calls: readonly SettledCall[], carries: readonly Carry[] = []): PeriodBook {
  return monthBook(book(calls, MONTH), MONTH, carries);
}

function close(calls: readonly SettledCall[], carries: readonly Carry[] = []): PeriodClosing {
  return closePeriod(bookOf(calls, carries), AT);
}

/** By account, over all transactions of the close; those of zero are left out. */
function balances({ transactions }: PeriodClosing): Record<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { account, amount } of transactions.flatMap(({ postings }) => postings)) {
    sums.set(account, (sums.get(account) ?? 0n) + amount);
  }
  return Object.fromEntries([...sums].filter(([, sum]) => sum !== 0n));
}
