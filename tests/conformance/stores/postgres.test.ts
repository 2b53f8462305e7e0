/** Several gateways on one Postgres ledger: it is one ledger, in one order. */

import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { NO_USAGE } from "../../../src/domain/usage.ts";
import { closePeriod } from "../../../src/ledger/close.ts";
import { foldBook } from "../../../src/ledger/fold-book.ts";
import type { BookedCall } from "../../../src/ledger/booked-call.ts";
import { openPostgresReader } from "../../../src/stores/postgres/postgres-reader.ts";
import { openPostgresStore } from "../../../src/stores/postgres/postgres-store.ts";
import type { LedgerReader, LedgerStore } from "../../../src/stores/store.ts";
import { bookAll } from "../../support/booked-calls.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { chargeOf, settledCall, stateEntry } from "../../support/settled-call.ts";

const NOW_MS = 1_000;
/** What array literals could trip over, and the rest of Unicode; NUL is no text of Postgres. */
const ANY_TEXT = fc
  .oneof(
    fc.constantFrom("NULL", '"', "\\", "{a,b}", "", " ", "\n", "\\N", "é", "𝄞"),
    fc.string({ unit: "grapheme" }),
  )
  .filter((text) => !text.includes("\0") && text.isWellFormed());

describe.skipIf(!hasPostgres())("two gateways on one Postgres ledger", () => {
  let server: TestPostgres;
  let ledgers = 0;
  let url = "";
  let one: LedgerStore;
  let other: LedgerStore;
  let reader: LedgerReader;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    ledgers += 1;
    url = server.url(`shared_${ledgers}`);
    // Both find an empty schema: one makes the tables, the other waits for it.
    [one, other] = await Promise.all([openPostgresStore({ url }), openPostgresStore({ url })]);
    reader = await openPostgresReader({ url });
    return async () => {
      await Promise.all([one.close(), other.close(), reader.close()]);
    };
  });

  it("sums the calls of both, in one order without gaps", async () => {
    const calls = Array.from({ length: 300 }, (_, at) =>
      settledCall(`call-${at}`, {
        charge: chargeOf(BigInt(1_000 + at)),
        partner: at % 3 === 0 ? "direct" : "amazon",
        provider: at % 5 === 0 ? "aws" : "azure",
      }),
    );
    await Promise.all(calls.map((call, at) => (at % 2 === 0 ? one : other).settle(call)));
    const booked = await reader.calls(0n, 1_000);
    expect(booked.map(({ seq }) => seq)).toEqual(calls.map((_, at) => BigInt(at + 1)));
    expect(sorted((await reader.summary()).uses)).toEqual(sorted(foldBook(bookAll(calls)).summary().uses));
    expect((await one.totals()).grossPicoUsd).toBe(
      calls.reduce((sum, _, at) => sum + BigInt(1_000 + at), 0n),
    );
  });

  it("settles once what is handed to both, whichever comes first", async () => {
    const calls = Array.from({ length: 100 }, (_, at) => settledCall(`same-${at}`));
    await Promise.all([
      ...calls.map((call) => one.settle(call)),
      ...calls.toReversed().map((call) => other.settle({ ...call, recordedAtMs: call.recordedAtMs + 7 })),
    ]);
    expect((await other.totals()).calls).toBe(100);
    expect((await reader.calls(0n, 1_000)).map(({ call }) => call.requestId).sort()).toEqual(
      calls.map(({ requestId }) => requestId).sort(),
    );
  });

  it("takes one of two that differ under one id, and the other is a conflict", async () => {
    const outcomes = await Promise.allSettled([
      one.settle(settledCall("a")),
      other.settle(settledCall("a", { provider: "aws" })),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({
      reason: { code: "LEDGER_CONFLICT" },
    });
    expect((await one.totals()).calls).toBe(1);
  });

  it("keeps every text as it is, whatever marks it holds", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ANY_TEXT, { minLength: 1, maxLength: 4 }), async (texts) => {
        ledgers += 1;
        const calls = texts.map((text, at) =>
          settledCall(`text-${ledgers}-${at}`, {
            model: text,
            region: text,
            usage: { ...NO_USAGE, requestedTier: text, source: "reported" },
            stateChanges: [{ kind: "register", entry: stateEntry(`${text}-${ledgers}`, { region: text }) }],
          }),
        );
        await Promise.all(calls.map((call) => one.settle(call)));
        for (const { requestId, model, region, usage } of calls) {
          const found = await reader.findCall(requestId);
          expect(found?.answer).toMatchObject({ model, region, usage });
        }
        const [first = ""] = texts;
        expect(await other.findState("amazon", `${first}-${ledgers}`, NOW_MS)).toMatchObject({
          region: first,
        });
      }),
      { numRuns: 30 },
    );
  });

  it("shares the state directory: what one gateway registers, moves or drops, the other sees at once", async () => {
    const entry = stateEntry("resp_1");
    await one.settle(settledCall("a", { stateChanges: [{ kind: "register", entry }] }));
    expect(await other.findState("amazon", "resp_1", NOW_MS)).toEqual(entry);
    const move = {
      kind: "move",
      id: "resp_1",
      partner: "amazon",
      provider: "aws",
      region: "us-east-1",
    } as const;
    await other.settle(settledCall("b", { stateChanges: [move] }));
    expect(await one.findState("amazon", "resp_1", NOW_MS)).toMatchObject({ provider: "aws" });
    await one.settle(settledCall("c", { stateChanges: [{ kind: "drop", id: "resp_1", partner: "amazon" }] }));
    expect(await other.findState("amazon", "resp_1", NOW_MS)).toBeNull();
  });

  it("never lets more through a cap than it leaves, and cuts the call that crosses it exactly there", async () => {
    const caps = [{ clause: "C11", scope: "lifetime" as const, limitPicoUsd: "7500123" }];
    const calls = Array.from({ length: 120 }, (_, at) =>
      settledCall(`call-${at}`, { charge: chargeOf(500_000n + BigInt(at)), caps }),
    );
    await Promise.all(calls.map((call, at) => (at % 2 === 0 ? one : other).settle(call)));
    const [balance, ...more] = (await reader.periodBook("2026-03")).caps;
    expect(more).toEqual([]);
    expect(balance).toMatchObject({
      limitPicoUsd: 7_500_123n,
      beforePicoUsd: 0n,
      grantedPicoUsd: 7_500_123n,
    });
    expect((await reader.totals()).byParty["microsoft"]).toBe(7_500_123n);
    await expectReplayed(await reader.calls(0n, 1_000), calls);
  });

  it("books what is under way when a month is closed on one side of the close or on the other", async () => {
    const caps = [{ clause: "C11", scope: "period" as const, limitPicoUsd: "9000000" }];
    const calls = Array.from({ length: 400 }, (_, at) =>
      settledCall(`call-${at}`, { charge: chargeOf(100_000n + BigInt(at)), caps }),
    );
    const settled: Promise<void>[] = [];
    const handIn = (from: number, to: number): void => {
      for (const [at, call] of calls.slice(from, to).entries())
        settled.push((at % 2 === 0 ? one : other).settle(call));
    };
    handIn(0, 200);
    await settled[0];
    const closing = one.closePeriod("2026-03", NOW_MS);
    handIn(200, 400);
    const { cutoffSeq, manifestSha256, statement } = await closing;
    await Promise.all(settled);

    const booked = await reader.calls(0n, 1_000);
    expect(booked).toHaveLength(400);
    for (const { seq, period } of booked) expect(period).toBe(seq <= cutoffSeq ? "2026-03" : "2026-04");
    // Everything that was handed to the gateway before its close is in the closed month.
    const before = new Set(booked.filter(({ seq }) => seq <= cutoffSeq).map(({ call }) => call.requestId));
    for (let at = 0; at < 200; at += 2) expect(before.has(`call-${at}`)).toBe(true);
    // The close is that of the calls up to its cut-off, made anew by the core.
    const fold = foldBook(booked.filter(({ seq }) => seq <= cutoffSeq));
    const again = closePeriod(
      {
        period: "2026-03",
        summary: fold.summary("2026-03"),
        caps: fold.caps("2026-03"),
        carries: [],
        closing: null,
      },
      { cutoffSeq, closedAtMs: NOW_MS },
    );
    expect(again.manifestSha256).toBe(manifestSha256);
    const book = await reader.periodBook("2026-03");
    expect(book.closing).toEqual(again);
    expect(book.closing?.statement).toBe(statement);
    expect((await reader.periodBook("2026-04")).carries).toEqual(again.carries);
  });

  it("closes a month once when both close it", async () => {
    await one.settle(settledCall("a"));
    const outcomes = await Promise.allSettled([
      one.closePeriod("2026-03", NOW_MS),
      other.closePeriod("2026-03", NOW_MS + 1),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({
      reason: { code: "LEDGER_PERIOD_CLOSED" },
    });
    expect((await reader.periods()).map(({ status }) => status)).toEqual(["closed"]);
  });

  it("knows the calls that were opened and not settled, by either gateway", async () => {
    const note = (requestId: string, openedAtMs: number) => ({
      requestId,
      openedAtMs,
      partner: "amazon",
      operation: "chat.completions.create",
      provider: "azure",
      digest: "d".repeat(64),
    });
    one.open(note("late", 20));
    one.open(note("ended", 5));
    await one.settle(settledCall("other"));
    // The other gateway ends what this one began, as after a restart.
    await other.settle(settledCall("ended"));
    other.open(note("early", 10));
    other.open(note("now", 500));
    await other.settle(settledCall("last"));
    expect(await reader.orphans(100)).toEqual([note("early", 10), note("late", 20)]);
  });

  it("writes a note although no call follows it", async () => {
    one.open({
      requestId: "alone",
      openedAtMs: 1,
      partner: "amazon",
      operation: "files.create",
      provider: "azure",
      digest: "d".repeat(64),
    });
    await one.close();
    expect((await reader.orphans(100)).map(({ requestId }) => requestId)).toEqual(["alone"]);
  });
});

/** Calls booked anew in the order that the ledger took them come to what it wrote. */
async function expectReplayed(
  booked: readonly BookedCall[],
  handedIn: readonly ReturnType<typeof settledCall>[],
): Promise<void> {
  const byId = new Map(handedIn.map((call) => [call.requestId, call]));
  const again = bookAll(booked.flatMap(({ call }) => byId.get(call.requestId) ?? []));
  expect(booked.map(({ cut, capUses, call }) => ({ cut, capUses, transactions: call.transactions }))).toEqual(
    again.map(({ cut, capUses, call }) => ({ cut, capUses, transactions: call.transactions })),
  );
}

/** Rows of a summary carry no order. */
function sorted(rows: readonly object[]): readonly object[] {
  const text = (row: object): string =>
    JSON.stringify(Object.entries(row).sort(), (_, value: unknown) => String(value));
  return rows.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
}
