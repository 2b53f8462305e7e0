import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RatedLine, SettledCall } from "../../../src/domain/ledger.ts";
import type { ShareCap } from "../../../src/domain/money.ts";
import { picoUsd } from "../../../src/domain/units.ts";
import { bookCall } from "../../../src/ledger/book-call.ts";
import type { BookedCall } from "../../../src/ledger/booked-call.ts";
import { closePeriod } from "../../../src/ledger/close.ts";
import { foldBook } from "../../../src/ledger/fold-book.ts";
import type { PeriodBook, PeriodClosing } from "../../../src/ledger/period-book.ts";
import { postCall } from "../../../src/ledger/post-call.ts";
import { createReplay, type Difference, type Replay } from "../../../src/ledger/replay.ts";
import { chargeFor } from "../../../src/pricing/charge.ts";
import { createChargeAgain, type ChargeAgain } from "../../../src/pricing/charge-again.ts";
import { parsePriceBook } from "../../../src/pricing/price-book.ts";
import { monthBook } from "../../support/month-book.ts";
import { chargeOf, settledCall, USUAL_USAGE } from "../../support/settled-call.ts";

interface Ledger {
  readonly calls: readonly BookedCall[];
  readonly books: readonly PeriodBook[];
}

const CAPS: readonly ShareCap[] = [
  { clause: "C11", scope: "lifetime", limitPicoUsd: "500000" },
  { clause: "C11", scope: "period", limitPicoUsd: "300000" },
];

/** March with a call of February after February was closed, March closed too, and a call of April; caps are reached. */
function sound(): Ledger {
  return write([
    settledCall("feb", { effectiveAt: "2026-02-27", caps: CAPS }),
    "2026-02",
    settledCall("late", { effectiveAt: "2026-02-28", caps: CAPS }),
    settledCall("mar-1", { effectiveAt: "2026-03-01", caps: CAPS }),
    settledCall("mar-2", { effectiveAt: "2026-03-31", caps: CAPS, charge: chargeOf(7n), hosting: null }),
    settledCall("free", { effectiveAt: "2026-03-31", charge: { kind: "free" } }),
    "2026-03",
    settledCall("apr", { effectiveAt: "2026-04-01", caps: CAPS }),
    settledCall("odd", { effectiveAt: "2026-04-01", charge: { kind: "unpriced", reason: "usage unknown" } }),
  ]);
}

describe("a replay", () => {
  it("finds nothing in a ledger that is as it was made, caps, corrections and closes included", () => {
    const { calls, books } = sound();
    expect(calls.map(({ call, period, cut }) => [call.requestId, period, cut])).toEqual([
      ["feb", "2026-02", false],
      ["late", "2026-03", false],
      ["mar-1", "2026-03", true],
      ["mar-2", "2026-03", true],
      ["free", "2026-03", false],
      ["apr", "2026-04", true],
      ["odd", "2026-04", false],
    ]);
    expect(replay({ calls, books })).toEqual([]);
  });

  it("tells which call had a posting moved, by its number and request id", () => {
    const ledger = sound();
    const found = replay(
      withCall(ledger, "mar-1", (call) => ({
        ...call,
        transactions: call.transactions.map((each) => ({
          ...each,
          postings: each.postings.map((posting, index) => ({
            ...posting,
            amount: picoUsd(posting.amount + (index === 0 ? 1n : index === 1 ? -1n : 0n)),
          })),
        })),
      })),
    );
    expect(found.map(({ seq, requestId, what }) => [seq, requestId, what])).toContainEqual([
      3n,
      "mar-1",
      "transactions",
    ]);
  });

  it.each([
    ["a price", (call: SettledCall) => line(call, { unitPricePicoUsd: picoUsd(1n) })],
    ["a quantity", (call: SettledCall) => line(call, { quantity: 2n })],
    ["a charge", (call: SettledCall) => ({ ...call, charge: chargeOf(1_000_002n) })],
    ["its terms", (call: SettledCall) => ({ ...call, money: call.money && { ...call.money, caps: [] } })],
    [
      "its hosting",
      (call: SettledCall) => ({ ...call, money: call.money && { ...call.money, hosting: null } }),
    ],
    ["who sold it", (call: SettledCall) => ({ ...call, seller: "amazon" })],
    ["its date", (call: SettledCall) => ({ ...call, effectiveAt: "2026-05-01" })],
  ])("sees a call in which somebody changed %s", (_, change) => {
    const found = replay(withCall(sound(), "mar-1", change));
    expect(found.some(({ requestId }) => requestId === "mar-1")).toBe(true);
  });

  it("sees a call that was taken out, put in twice, or swapped with its neighbour", () => {
    const { calls, books } = sound();
    expect(replay({ books, calls: calls.filter(({ call }) => call.requestId !== "late") })).not.toEqual([]);
    expect(
      replay({ books, calls: calls.flatMap((each, index) => (index === 0 ? [each, each] : [each])) }),
    ).not.toEqual([]);
    const [first, second, ...rest] = calls as [BookedCall, BookedCall, ...BookedCall[]];
    expect(replay({ books, calls: [second, first, ...rest] })).not.toEqual([]);
  });

  it("sees a sum that no calls make", () => {
    const { calls, books } = sound();
    const bent = books.map((each) => ({
      ...each,
      summary: {
        ...each.summary,
        parts: each.summary.parts.map((part) => ({
          ...part,
          amountPicoUsd: picoUsd(part.amountPicoUsd + 1n),
        })),
      },
    }));
    expect(replay({ calls, books: bent }).map(({ what }) => what)).toContain("sums of parts of 2026-04");
  });

  it.each([
    ["statement", { statement: "{}" }, "statement of 2026-03"],
    ["manifest", { manifestSha256: "0".repeat(64) }, "manifest of 2026-03"],
    ["carries", { carries: [] }, "carries of 2026-03"],
    ["transactions", { transactions: [] }, "transactions at the close of 2026-03"],
  ])("sees a close whose %s was changed", (_, change, what) => {
    const { calls, books } = sound();
    const bent = books.map((each) =>
      each.period === "2026-03" && each.closing ? { ...each, closing: { ...each.closing, ...change } } : each,
    );
    expect(new Set(replay({ calls, books: bent }).map((each) => each.what))).toEqual(new Set([what]));
  });

  it("counts what it does not tell", () => {
    const { calls } = sound();
    const replayed = createReplay([], 1);
    for (const each of calls) replayed.add({ ...each, period: "2030-01" });
    expect(replayed.differences).toHaveLength(1);
    expect(replayed.differing).toBeGreaterThan(1);
    expect(replayed.calls).toBe(calls.length);
  });

  it("finds nothing in any ledger, whatever was closed in between", () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          day: fc.integer({ min: 1, max: 28 }),
          month: fc.integer({ min: 1, max: 4 }),
          total: fc.bigInt({ min: 1n, max: 2_000_000n }),
          capped: fc.boolean(),
        }),
      },
      { weight: 1, arbitrary: fc.constant("close" as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        let next = 1;
        const events = steps
          .map((each, index) => {
            if (each === "close") return `2026-0${next++}`;
            const effectiveAt = `2026-0${each.month}-${String(each.day).padStart(2, "0")}`;
            return settledCall(`call-${index}`, {
              effectiveAt,
              charge: chargeOf(each.total),
              caps: each.capped ? CAPS : [],
            });
          })
          .filter((each) => typeof each !== "string" || each < "2026-06");
        expect(replay(write(events))).toEqual([]);
      }),
    );
  });
});

const PRICES = new URL("../../../config/prices/openai.yaml", import.meta.url);
const prices = parsePriceBook(readFileSync(PRICES, "utf8"), "openai.yaml");
const chargeAgain = createChargeAgain(prices, () => "global");

/** Two calls at prices of the book, one in a month that is closed. */
function priced(): Ledger {
  const usage = { ...USUAL_USAGE, inputTokens: 1_000, cachedInputTokens: 512, outputTokens: 200 };
  const charge = chargeFor(prices, { priceKey: "gpt-5.4", usage, effectiveAt: "2026-03-31", batch: false });
  return write([
    settledCall("first", { usage, charge }),
    "2026-03",
    settledCall("second", { effectiveAt: "2026-04-01", usage, charge }),
  ]);
}

/** Writes what the ledger would hold had the call been so from the start: everything but the price is as it should be. */
function forged(change: (call: SettledCall) => SettledCall): Ledger {
  const [first, second] = priced().calls as [BookedCall, BookedCall];
  const bent = change(second.call);
  return write([first.call, "2026-03", { ...bent, transactions: postCall(bent) }]);
}

function atHalf(call: SettledCall): SettledCall {
  const { charge } = call;
  if (charge.kind !== "rated") throw new Error("the call is rated");
  const half = (amount: bigint): ReturnType<typeof picoUsd> => picoUsd(amount / 2n);
  const lines = charge.lines.map((each) => ({
    ...each,
    unitPricePicoUsd: half(each.unitPricePicoUsd),
    amountPicoUsd: half(each.amountPicoUsd),
  }));
  return { ...call, charge: { ...charge, lines, totalPicoUsd: half(charge.totalPicoUsd) } };
}

describe("a replay with a price book", () => {
  it("makes every charge anew, and counts them", () => {
    const replayed = replayOf(priced(), chargeAgain);
    expect(replayed.differences).toEqual([]);
    expect(replayed.pricing).toEqual({ priced: 2, notPriced: new Map() });
  });

  it.each<[string, (call: SettledCall) => SettledCall]>([
    ["was halved, with its postings and all sums", atHalf],
    ["counts no cached tokens", (call) => ({ ...call, usage: { ...call.usage, cachedInputTokens: null } })],
    [
      "names another unit",
      (call) => lineNamed(call, "input", (each) => ({ ...each, unit: "cached" as typeof each.unit })),
    ],
    [
      "has twice the quantity at half the price",
      (call) =>
        lineNamed(call, "output", (each) => ({
          ...each,
          quantity: each.quantity * 2n,
          unitPricePicoUsd: picoUsd(each.unitPricePicoUsd / 2n),
        })),
    ],
    [
      "calls its price assumed",
      (call) => ({ ...call, charge: { ...call.charge, assumed: true } as SettledCall["charge"] }),
    ],
  ])("tells of the one call whose charge %s, and of nothing else", (_, change) => {
    const ledger = forged(change);
    const replayed = replayOf(ledger, chargeAgain);
    const found = [...replayed.differences, ...replayed.compare(ledger.books)];
    expect(found.map(({ requestId, what }) => [requestId, what])).toEqual([["second", "charge"]]);
  });

  it("says how many charges it could not make anew, and holds them against their tokens", () => {
    const unknown = (call: SettledCall): SettledCall => ({
      ...atHalf(call),
      charge: { ...atHalf(call).charge, priceVersion: "gpt-5.4@2020-01-01" } as SettledCall["charge"],
    });
    const replayed = replayOf(forged(unknown), chargeAgain);
    expect(replayed.differences).toEqual([]);
    expect(replayed.pricing).toEqual({
      priced: 1,
      notPriced: new Map([["the price book has no version `gpt-5.4@2020-01-01`", 1]]),
    });
    const short = (call: SettledCall): SettledCall => ({
      ...unknown(call),
      usage: { ...call.usage, outputTokens: 201 },
    });
    expect(replayOf(forged(short), chargeAgain).differences).toMatchObject([
      { requestId: "second", what: "lines of the charge" },
    ]);
  });
});

describe("a replay of a damaged ledger", () => {
  it("tells the damaged call by its number, and goes on with the next", () => {
    const { calls, books } = sound();
    const replayed = createReplay(closingsOf(books), 100);
    for (const each of calls) {
      replayed.add(each.seq === 3n ? { seq: 3n, damage: "context 3: no JSON" } : each);
    }
    expect(replayed.calls).toBe(calls.length);
    expect(replayed.differences[0]).toEqual({
      seq: 3n,
      requestId: null,
      what: "rows of the call",
      kept: "context 3: no JSON",
      made: "a call that can be read",
    });
    const sums = replayed.compare(books).map(({ what }) => what);
    expect(sums).toContain("sums of use of 2026-03");
    expect(sums).not.toContain("sums of use of 2026-02");
  });

  it("tells of a damaged month once, and compares the others", () => {
    const { calls, books } = sound();
    const replayed = createReplay(closingsOf(books), 100);
    for (const each of calls) replayed.add(each);
    const march = closingsOf(books).filter(({ period }) => period === "2026-03");
    const damaged = march.map((each) => ({ ...each, damage: "carries: no JSON" }));
    const rest = books.filter(({ period }) => period !== "2026-03");
    expect(replayed.differences).toEqual([]);
    expect(replayed.compare(rest, { damaged })).toMatchObject([
      { what: "book of 2026-03", kept: "carries: no JSON" },
    ]);
  });

  it("tells what hangs loose, by the number of the call where one is named", () => {
    const { calls, books } = sound();
    const replayed = createReplay(closingsOf(books), 100);
    for (const each of calls) replayed.add(each);
    const looseEnds = [{ seq: 99n, what: "posting of no call" }];
    expect(replayed.compare(books, { looseEnds })).toMatchObject([{ seq: 99n, kept: "posting of no call" }]);
  });
});

describe("the sums of a month", () => {
  it("are the same by two folds that share no code", () => {
    const { calls, books } = sound();
    for (const { period } of books) {
      const plain = monthBook(calls, period);
      expect(sorted(foldBook(calls).summary(period))).toEqual(sorted(plain.summary));
      expect(foldBook(calls).caps(period)).toEqual(plain.caps);
    }
  });
});

/** Writes calls, and closes where a month stands between them. */
function write(events: readonly (SettledCall | string)[]): Ledger {
  const fold = foldBook();
  const calls: BookedCall[] = [];
  const closings = new Map<string, PeriodClosing>();
  const bookOf = (period: string): PeriodBook => ({
    period,
    summary: fold.summary(period),
    caps: fold.caps(period),
    carries: [...closings].findLast(([closed]) => closed < period)?.[1].carries ?? [],
    closing: null,
  });
  for (const event of events) {
    if (typeof event === "string") {
      closings.set(event, closePeriod(bookOf(event), { cutoffSeq: BigInt(calls.length), closedAtMs: 0 }));
      continue;
    }
    const lastClosed = [...closings.keys()].at(-1) ?? null;
    const booked = bookCall(event, BigInt(calls.length + 1), { lastClosed, granted: fold.granted });
    calls.push(booked);
    fold.add(booked);
  }
  const periods = [...new Set([...fold.periods(), ...closings.keys()])].sort();
  return {
    calls,
    books: periods.map((period) => ({ ...bookOf(period), closing: closings.get(period) ?? null })),
  };
}

function replay(ledger: Ledger): readonly Difference[] {
  const replayed = replayOf(ledger);
  return [...replayed.differences, ...replayed.compare(ledger.books)];
}

function replayOf({ calls, books }: Ledger, again?: ChargeAgain): Replay {
  const replayed = createReplay(closingsOf(books), 100, again);
  for (const each of calls) replayed.add(each);
  return replayed;
}

function closingsOf(books: readonly PeriodBook[]): readonly PeriodClosing[] {
  return books.flatMap(({ closing }) => closing ?? []);
}

function withCall(
  { calls, books }: Ledger,
  requestId: string,
  change: (call: SettledCall) => SettledCall,
): Ledger {
  return {
    books,
    calls: calls.map((each) =>
      each.call.requestId === requestId ? { ...each, call: change(each.call) } : each,
    ),
  };
}

function line(call: SettledCall, change: object): SettledCall {
  const { charge } = call;
  if (charge.kind !== "rated") throw new Error("the call is rated");
  return { ...call, charge: { ...charge, lines: charge.lines.map((each) => ({ ...each, ...change })) } };
}

function lineNamed(call: SettledCall, unit: string, change: (line: RatedLine) => RatedLine): SettledCall {
  const { charge } = call;
  if (charge.kind !== "rated") throw new Error("the call is rated");
  const lines = charge.lines.map((each) => (each.unit === unit ? change(each) : each));
  return { ...call, charge: { ...charge, lines } };
}

function sorted(summary: object): object {
  return Object.fromEntries(
    Object.entries(summary).map(([name, rows]: [string, unknown]) => [
      name,
      Array.isArray(rows)
        ? new Set(
            rows.map((row: unknown) =>
              JSON.stringify(row, (_, v: unknown) => (typeof v === "bigint" ? `${v}` : v)),
            ),
          )
        : rows,
    ]),
  );
}
