/** One life of a ledger, drawn from a seed, checked against the pure model at every death and at its end. */

import { expect } from "vitest";
import type { SettledCall } from "../../src/domain/ledger.ts";
import type { Rng } from "../../src/domain/ports.ts";
import { ppm } from "../../src/domain/units.ts";
import { bookCall } from "../../src/ledger/book-call.ts";
import type { BookedCall } from "../../src/ledger/booked-call.ts";
import { foldBook } from "../../src/ledger/fold-book.ts";
import type { PeriodClosing } from "../../src/ledger/period-book.ts";
import { periodOf, type Period } from "../../src/ledger/period.ts";
import { LedgerConflictError, LedgerError } from "../../src/stores/ledger-error.ts";
import { openSqliteReader } from "../../src/stores/sqlite/sqlite-reader.ts";
import { openSqliteStore } from "../../src/stores/sqlite/sqlite-store.ts";
import type { LedgerStore } from "../../src/stores/store.ts";
import { chargeOf, settledCall } from "./settled-call.ts";

const STEPS = 60;
const CRASHING_WORKER = new URL("crashing-worker.ts", import.meta.url);
const DAY_MS = 86_400_000;

export interface Life {
  readonly deaths: number;
  readonly settled: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly closedMonths: number;
  /** Calls in the ledger that a cap cut. */
  readonly cutCalls: number;
}

/** Lives it to its end; fails an expectation where file and model differ. */
export async function simulateLedger(options: { readonly file: string; readonly rng: Rng }): Promise<Life> {
  const world = createWorld(options);
  await world.open();
  for (let step = 0; step < STEPS; step += 1) await world.step();
  await world.end();
  return world.life();
}

/** What happened, as those outside the ledger know it. */
interface Known {
  /** Every call that was ever handed in, by id and phase. */
  readonly handedIn: Map<string, SettledCall>;
  readonly acknowledged: Set<string>;
  readonly closings: Map<Period, PeriodClosing>;
}

function createWorld({ file, rng }: { readonly file: string; readonly rng: Rng }) {
  const known: Known = { handedIn: new Map(), acknowledged: new Set(), closings: new Map() };
  const counts = { deaths: 0, duplicates: 0, conflicts: 0, cutCalls: 0 };
  let store: LedgerStore | null = null;
  let today = Date.parse("2026-04-20");
  let nowMs = Date.parse("2026-11-01");
  let serial = 0;
  const below = (limit: number): number => Math.floor(rng.next() * limit);
  const dateOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

  const open = async (): Promise<void> => {
    // Most writers die before long; opening takes some steps of its own, and may be what is cut.
    for (let attempt = 0; attempt < 20 && store === null; attempt += 1) {
      process.env["CLAUSEWAY_CRASH_AT"] = String(rng.next() < 0.8 ? 1 + below(600) : 0);
      store = await openSqliteStore({ file, workerUrl: CRASHING_WORKER, maxGroup: 8 }).catch(
        (error: unknown) => {
          expect(error).toBeInstanceOf(LedgerError);
          counts.deaths += 1;
          return null;
        },
      );
    }
    expect(store).not.toBeNull();
  };
  const reopen = async (): Promise<void> => {
    await store?.close().catch(() => undefined);
    store = null;
    await check(file, known);
    await open();
  };
  const lost = (error: unknown): boolean =>
    error instanceof LedgerError && error.code === "LEDGER_UNAVAILABLE";

  const settleOne = async (call: SettledCall): Promise<"done" | "lost"> => {
    const key = keyOf(call);
    const before = known.handedIn.get(key);
    const conflicting = before !== undefined && before !== call && !sameBut(before, call);
    if (!conflicting && before === undefined) known.handedIn.set(key, call);
    try {
      await store?.settle(call);
      expect(conflicting).toBe(false);
      known.acknowledged.add(key);
      return "done";
    } catch (error) {
      if (error instanceof LedgerConflictError) {
        expect(conflicting).toBe(true);
        counts.conflicts += 1;
        return "done";
      }
      if (!lost(error)) throw error;
      return "lost";
    }
  };

  const draw = (): SettledCall => {
    serial += 1;
    nowMs += below(1_000);
    const kind = rng.next();
    const charge =
      kind < 0.1
        ? ({ kind: "free" } as const)
        : kind < 0.2
          ? ({ kind: "unpriced", reason: "no price" } as const)
          : chargeOf(BigInt(1 + below(10_000_000)));
    const capped = rng.next() < 0.5;
    const [provider, payee] = rng.next() < 0.5 ? ["azure", "microsoft"] : ["aws", "amazon"];
    return settledCall(`life-${serial}`, {
      effectiveAt: dateOf(today - below(3) * DAY_MS),
      recordedAtMs: nowMs,
      provider: provider ?? "azure",
      hosting: { payer: "openai", payee: payee ?? "microsoft", feePpm: ppm(300_000) },
      charge,
      // So that the limit is met in the middle of a life, and within single months too.
      caps: capped
        ? [
            { clause: "C11", scope: "lifetime", limitPicoUsd: "60000000" },
            { clause: "C11", scope: "period", limitPicoUsd: "25000000" },
          ]
        : [],
    });
  };

  const settleMany = async (calls: readonly SettledCall[]): Promise<void> => {
    const results = await Promise.all(calls.map(settleOne));
    if (!results.includes("lost")) return;
    counts.deaths += 1;
    await reopen();
    // Whoever was not told sends the call again.
    const again = await Promise.all(calls.map(settleOne));
    if (again.includes("lost")) {
      counts.deaths += 1;
      await reopen();
    }
  };

  const closeMonth = async (): Promise<void> => {
    const open = [
      ...new Set([...known.handedIn.values()].map(({ effectiveAt }) => periodOf(effectiveAt))),
    ].sort();
    const period =
      rng.next() < 0.8 ? open.find((month) => !known.closings.has(month)) : open.at(below(open.length));
    if (period === undefined) return;
    try {
      const closing = await store?.closePeriod(period, nowMs);
      if (closing) known.closings.set(period, closing);
    } catch (error) {
      if (!lost(error)) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^LEDGER_PERIOD_/) });
        return;
      }
      counts.deaths += 1;
      await reopen();
    }
  };

  const repeatOld = (): readonly SettledCall[] => {
    const old = [...known.handedIn.values()];
    return Array.from({ length: Math.min(old.length, 4) }, () => old[below(old.length)])
      .filter((call) => call !== undefined)
      .map((call) => ({ ...call, recordedAtMs: nowMs }));
  };

  return {
    open,
    step: async (): Promise<void> => {
      const kind = rng.next();
      if (kind < 0.1) today += (below(80) - 30) * DAY_MS;
      else if (kind < 0.2) await closeMonth();
      else if (kind < 0.3) {
        const again = repeatOld();
        counts.duplicates += again.length;
        await settleMany(again);
      } else if (kind < 0.4) {
        const changed = repeatOld().map((call) => ({ ...call, httpStatus: call.httpStatus + 1 }));
        await settleMany(changed.filter((call) => known.acknowledged.has(keyOf(call))));
      } else {
        const fresh = Array.from({ length: 1 + below(12) }, draw);
        for (const { requestId } of fresh) store?.open(noteOf(requestId, nowMs));
        await settleMany(fresh);
      }
    },
    end: async (): Promise<void> => {
      await store?.close().catch(() => undefined);
      counts.cutCalls = await check(file, known);
    },
    life: (): Life => ({ ...counts, settled: known.acknowledged.size, closedMonths: known.closings.size }),
  };
}

function noteOf(requestId: string, openedAtMs: number) {
  const operation = "chat.completions.create";
  return { requestId, openedAtMs, partner: "amazon", operation, provider: "azure", digest: "d".repeat(64) };
}

function keyOf({ requestId, phase }: SettledCall): string {
  return `${phase} ${requestId}`;
}

/** Whether two hand-ins of one id say the same, their times aside. */
function sameBut(a: SettledCall, b: SettledCall): boolean {
  return a.httpStatus === b.httpStatus;
}

/** Reads the file from the outside and compares all of it with the model. Returns how many calls a cap cut. */
async function check(file: string, known: Known): Promise<number> {
  const reader = openSqliteReader({ file });
  try {
    const stored = await readAll(reader);
    const keys = stored.map(({ call }) => keyOf(call));
    expect(new Set(keys).size).toBe(keys.length);
    expect([...known.acknowledged].filter((key) => !keys.includes(key))).toEqual([]);

    const closings = await closingsOf(reader);
    // A close that was cut off after its commit is known to the file alone.
    for (const [period, closing] of known.closings) expect(closings.get(period)).toEqual(closing);
    const model = modelOf(stored, known, closings);
    expect(stored.map(summaryOfBooked)).toEqual(model.map(summaryOfBooked));
    const fold = foldBook(model);
    expect(normal(await reader.summary())).toEqual(normal(fold.summary()));
    for (const period of fold.periods()) {
      const book = await reader.periodBook(period);
      expect(normal(book.summary)).toEqual(normal(fold.summary(period)));
      expect(normal({ caps: book.caps })).toEqual(normal({ caps: fold.caps(period) }));
    }
    return stored.filter(({ cut }) => cut).length;
  } finally {
    await reader.close();
  }
}

type Reader = ReturnType<typeof openSqliteReader>;

async function readAll(reader: Reader): Promise<readonly BookedCall[]> {
  const all: BookedCall[] = [];
  for (;;) {
    const page = await reader.calls(all.at(-1)?.seq ?? 0n, 100);
    if (page.length === 0) return all;
    all.push(...page);
  }
}

async function closingsOf(reader: Reader): Promise<ReadonlyMap<Period, PeriodClosing>> {
  const closings = new Map<Period, PeriodClosing>();
  for (const { period } of await reader.periods()) {
    const { closing } = await reader.periodBook(period);
    if (closing !== null) closings.set(period, closing);
  }
  return closings;
}

/** The same calls in the same order, booked by the pure rules from what was handed in. */
function modelOf(
  stored: readonly BookedCall[],
  known: Known,
  closings: ReadonlyMap<Period, PeriodClosing>,
): readonly BookedCall[] {
  const fold = foldBook();
  return stored.map(({ seq, call }) => {
    const asked = known.handedIn.get(keyOf(call));
    if (!asked) throw new Error(`the ledger holds a call that nobody handed in: ${keyOf(call)}`);
    const closedBefore = [...closings.values()].filter(({ cutoffSeq }) => cutoffSeq < seq);
    const lastClosed =
      closedBefore
        .map(({ period }) => period)
        .sort()
        .at(-1) ?? null;
    const booked = bookCall(asked, seq, { lastClosed, granted: fold.granted });
    fold.add(booked);
    return booked;
  });
}

function summaryOfBooked({ seq, period, call, cut }: BookedCall): unknown {
  return {
    seq,
    period,
    cut,
    key: keyOf(call),
    effectiveAt: call.effectiveAt,
    transactions: call.transactions,
  };
}

/** Lists carry no order. */
function normal(lists: object): unknown {
  return Object.fromEntries(
    Object.entries(lists).map(([name, value]: [string, unknown]) => [
      name,
      Array.isArray(value) ? value.map(textOf).sort() : value,
    ]),
  );
}

function textOf(row: unknown): string {
  return JSON.stringify(
    Object.entries(row as object).sort(([a], [b]) => (a < b ? -1 : 1)),
    (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value),
  );
}
