/** Months, whatever keeps the ledger: where calls are booked, in which order months close, and that closed ones never change. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ppm } from "../../../src/domain/units.ts";
import { closePeriod } from "../../../src/ledger/close.ts";
import type { LedgerReader, LedgerStore } from "../../../src/stores/store.ts";
import { bookInOrder, summaryInOrder } from "../../support/in-order.ts";
import { chargeOf, settledCall, stateEntry } from "../../support/settled-call.ts";
import { ENGINES, type OpenLedger } from "./engines.ts";

for (const { name, open } of ENGINES) {
  describe(`months of the ${name} store`, () => {
    let ledger: OpenLedger;
    let store: LedgerStore;
    let reader: LedgerReader;
    beforeEach(async () => {
      ledger = await open();
      ({ store, reader } = ledger);
    });
    afterEach(() => ledger.end());

    it("books a call in the month of its date, and lists the months in order", async () => {
      await store.settle(settledCall("a", { effectiveAt: "2026-04-01" }));
      await store.settle(settledCall("b", { effectiveAt: "2026-03-01" }));
      await store.settle(settledCall("b", { effectiveAt: "2026-03-31", phase: "completion" }));
      const open = { status: "open", closedAtMs: null, cutoffSeq: null, manifestSha256: null };
      expect(await reader.periods()).toEqual([
        { period: "2026-03", calls: 2, grossPicoUsd: 2_000_002n, ...open },
        { period: "2026-04", calls: 1, grossPicoUsd: 1_000_001n, ...open },
      ]);
      const { summary, closing, carries, caps } = await reader.periodBook("2026-04");
      expect(summary.uses.map(({ effectiveAt, calls }) => [effectiveAt, calls])).toEqual([["2026-04-01", 1]]);
      expect([closing, carries, caps]).toEqual([null, [], []]);
    });

    it("is not closed far ahead of its calls, which would end every month before", async () => {
      const ahead = { code: "LEDGER_PERIOD_ORDER" };
      await expect(store.closePeriod("2026-03", 1)).rejects.toMatchObject(ahead);
      await store.settle(settledCall("a", { effectiveAt: "2026-03-31" }));
      await expect(store.closePeriod("2036-03", 2)).rejects.toMatchObject(ahead);
      await store.closePeriod("2026-03", 3);
      await expect(store.closePeriod("2026-05", 4)).rejects.toMatchObject(ahead);
      await store.settle(settledCall("b", { effectiveAt: "2026-04-01" }));
      expect((await reader.periodBook("2026-04")).summary.uses).toHaveLength(1);
    });

    it("has nothing to show of a month that holds nothing", async () => {
      await store.settle(settledCall("a"));
      expect(await reader.periodBook("2026-02")).toEqual({
        period: "2026-02",
        summary: { uses: [], parts: [], hosting: [], unpricedReasons: [], balancePicoUsd: 0n },
        caps: [],
        carries: [],
        closing: null,
      });
    });

    it("closes a month as the core does, and keeps what that fixed", async () => {
      await store.settle(settledCall("a"));
      await store.settle(settledCall("b", { charge: chargeOf(123_456_789_012_345n), partner: "direct" }));
      await store.settle(settledCall("c", { charge: { kind: "unpriced", reason: "usage unknown" } }));
      await store.settle(settledCall("d", { effectiveAt: "2026-04-02" }));
      const before = await reader.periodBook("2026-03");
      const closing = await store.closePeriod("2026-03", 777);
      expect(closing).toEqual(closePeriod(before, { cutoffSeq: 4n, closedAtMs: 777 }));
      expect(closing.transactions.length).toBeGreaterThan(0);
      expect(bookInOrder(await reader.periodBook("2026-03"))).toEqual(bookInOrder({ ...before, closing }));
      expect(await reader.periods()).toMatchObject([
        {
          period: "2026-03",
          status: "closed",
          closedAtMs: 777,
          cutoffSeq: closing.cutoffSeq,
          manifestSha256: closing.manifestSha256,
        },
        { period: "2026-04", status: "open" },
      ]);
      expect((await reader.periodBook("2026-04")).carries).toEqual(closing.carries);
    });

    it("closes months in order, each once, and changes nothing when it refuses", async () => {
      await store.settle(settledCall("a"));
      await store.settle(settledCall("b", { effectiveAt: "2026-05-05" }));
      const early = { code: "LEDGER_PERIOD_ORDER", message: expect.stringContaining("`2026-03`") };
      await expect(store.closePeriod("2026-05", 1)).rejects.toMatchObject(early);
      await store.closePeriod("2026-03", 2);
      const closed = { code: "LEDGER_PERIOD_CLOSED" };
      await expect(store.closePeriod("2026-03", 3)).rejects.toMatchObject(closed);
      // April holds nothing, so nothing is lost when it is passed over; then it is over as well.
      await store.closePeriod("2026-05", 4);
      await expect(store.closePeriod("2026-04", 5)).rejects.toMatchObject(closed);
      const months = (await reader.periods()).map(({ period, closedAtMs }) => [period, closedAtMs]);
      expect(months).toEqual([
        ["2026-03", 2],
        ["2026-05", 4],
      ]);
    });

    it("closes a month without calls, which hands on what the one before it left", async () => {
      await store.settle(settledCall("a"));
      const { carries } = await store.closePeriod("2026-03", 1);
      expect(carries).not.toEqual([]);
      const empty = await store.closePeriod("2026-04", 2);
      expect(empty.carries).toEqual(carries);
      expect(await reader.periods()).toMatchObject([
        { period: "2026-03", calls: 1 },
        { period: "2026-04", calls: 0, grossPicoUsd: 0n, status: "closed" },
      ]);
    });

    it("books what comes late in the first month after those that are closed", async () => {
      await store.settle(settledCall("a"));
      await store.settle(settledCall("b", { effectiveAt: "2026-05-05" }));
      await store.closePeriod("2026-03", 1);
      await store.settle(settledCall("late", { effectiveAt: "2026-03-15" }));
      await store.closePeriod("2026-04", 2);
      await store.settle(settledCall("later", { effectiveAt: "2026-04-15" }));
      await store.settle(settledCall("of-its-month", { effectiveAt: "2026-06-01" }));
      const calls = await reader.calls(0n, 10);
      expect(calls.map(({ call, period }) => [call.requestId, period])).toEqual([
        ["a", "2026-03"],
        ["b", "2026-05"],
        ["late", "2026-04"],
        ["later", "2026-05"],
        ["of-its-month", "2026-06"],
      ]);
      const { summary } = await reader.periodBook("2026-05");
      expect(summary.uses.map(({ effectiveAt }) => effectiveAt).sort()).toEqual(["2026-04-15", "2026-05-05"]);
    });

    it("takes a call twice without a second effect, also when it was booked as a correction", async () => {
      await store.settle(settledCall("a"));
      await store.closePeriod("2026-03", 1);
      await store.settle(settledCall("a"));
      await store.settle(settledCall("late"));
      await store.closePeriod("2026-04", 2);
      await store.settle(settledCall("late"));
      expect((await reader.periods()).map(({ period, calls }) => [period, calls])).toEqual([
        ["2026-03", 1],
        ["2026-04", 1],
      ]);
    });

    it("closes after all that was handed in before, and before all that comes after", async () => {
      const before = Array.from({ length: 10 }, (_, index) => store.settle(settledCall(`before-${index}`)));
      const closing = store.closePeriod("2026-03", 1);
      const after = Array.from({ length: 10 }, (_, index) => store.settle(settledCall(`after-${index}`)));
      await Promise.all([...before, ...after]);
      expect((await closing).cutoffSeq).toBe(10n);
      expect((await reader.periods()).map(({ period, calls }) => [period, calls])).toEqual([
        ["2026-03", 10],
        ["2026-04", 10],
      ]);
    });

    it("never changes a closed month, whatever comes late", async () => {
      const hosting = { payer: "openai", payee: "microsoft", feePpm: ppm(300_000) };
      const caps = [{ clause: "C11", scope: "lifetime" as const, limitPicoUsd: "450000" }];
      for (let index = 0; index < 5; index++) await store.settle(settledCall(`in-time-${index}`, { caps }));
      await store.settle(settledCall("direct", { partner: "direct", hosting }));
      await store.closePeriod("2026-03", 1);
      const fixed = bookInOrder(await reader.periodBook("2026-03"));
      const storm = Array.from({ length: 60 }, (_, index) =>
        settledCall(`late-${index}`, {
          effectiveAt: `2026-03-${String((index % 31) + 1).padStart(2, "0")}`,
          partner: index % 2 === 0 ? "amazon" : "direct",
          phase: index % 5 === 0 ? "completion" : "answer",
          charge: index % 7 === 0 ? { kind: "unpriced", reason: "late" } : chargeOf(BigInt(index)),
          stateChanges: index % 3 === 0 ? [{ kind: "register", entry: stateEntry(`resp_${index}`) }] : [],
          caps,
        }),
      );
      await Promise.all(storm.map((call) => store.settle(call)));
      expect(bookInOrder(await reader.periodBook("2026-03"))).toEqual(fixed);
      await store.closePeriod("2026-04", 2);
      expect(bookInOrder(await reader.periodBook("2026-03"))).toEqual(fixed);
      expect((await reader.periods()).map(({ calls }) => calls)).toEqual([6, 60]);
    });

    it("folds the whole ledger to what its months come to", async () => {
      await store.settle(settledCall("a"));
      await store.closePeriod("2026-03", 1);
      await store.settle(settledCall("b"));
      const months = await Promise.all(
        ["2026-03", "2026-04"].map(async (period) => (await reader.periodBook(period)).summary),
      );
      const whole = summaryInOrder(await store.summary());
      expect(whole.uses).toEqual(months.flatMap(({ uses }) => uses));
      expect(whole).toEqual(summaryInOrder(await reader.summary()));
    });
  });
}
