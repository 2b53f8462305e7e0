/** Calls under way and calls in suspense, whatever keeps the ledger. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OpenedCall } from "../../../src/ledger/booked-call.ts";
import type { LedgerReader, LedgerStore } from "../../../src/stores/store.ts";
import { settledCall } from "../../support/settled-call.ts";
import { ENGINES, type OpenLedger } from "./engines.ts";

function note(requestId: string, openedAtMs = 100): OpenedCall {
  return {
    requestId,
    openedAtMs,
    partner: "amazon",
    operation: "chat.completions.create",
    provider: "azure",
    digest: "d".repeat(64),
  };
}

for (const { name, open } of ENGINES) {
  describe(`notes of the ${name} store`, () => {
    let ledger: OpenLedger;
    let store: LedgerStore;
    let reader: LedgerReader;
    beforeEach(async () => {
      ledger = await open();
      ({ store, reader } = ledger);
    });
    afterEach(() => ledger.end());

    it("leaves of a call that was taken and never settled its note, oldest first", async () => {
      store.open(note("b", 200));
      store.open(note("a", 300));
      store.open(note("c", 200));
      store.open(note("settled-beside", 50));
      await store.settle(settledCall("settled-beside"));
      expect(await reader.orphans(300)).toEqual([note("b", 200), note("c", 200)]);
      expect((await reader.orphans(301)).map(({ requestId }) => requestId)).toEqual(["b", "c", "a"]);
    });

    it("takes the note away when the call is settled, also long after", async () => {
      store.open(note("a"));
      store.open(note("b"));
      await store.settle(settledCall("other"));
      expect(await reader.orphans(1_000)).toHaveLength(2);
      await store.settle(settledCall("a"));
      expect(await reader.orphans(1_000)).toEqual([note("b")]);
      await Promise.all([store.settle(settledCall("b")), store.settle(settledCall("c"))]);
      expect(await reader.orphans(1_000)).toEqual([]);
    });

    it("keeps the note of a call of which only the completion is settled", async () => {
      store.open(note("a"));
      await Promise.all([
        store.settle(settledCall("a", { phase: "completion" })),
        store.settle(settledCall("b")),
      ]);
      expect(await reader.orphans(1_000)).toEqual([note("a")]);
    });

    it("keeps the first of two notes, and none of a call that was settled before", async () => {
      store.open(note("a", 100));
      await store.settle(settledCall("b"));
      store.open(note("a", 150));
      store.open(note("b", 150));
      await store.settle(settledCall("c"));
      expect(await reader.orphans(1_000)).toEqual([note("a", 100)]);
    });

    it("writes a note without waiting for a call", async () => {
      store.open(note("alone"));
      await expect.poll(() => reader.orphans(1_000)).toEqual([note("alone")]);
    });

    it("lets a note fail no call, and ignores those that come after the end", async () => {
      store.open(note("a"));
      const settled = store.settle(settledCall("a"));
      await store.close();
      await settled;
      store.open(note("late"));
    });

    it("lists the calls that could not be priced, oldest first, with why", async () => {
      const unpriced = { kind: "unpriced", reason: "usage unknown" } as const;
      await store.settle(settledCall("a", { charge: unpriced }));
      await store.settle(settledCall("b"));
      await store.settle(settledCall("c", { charge: { kind: "free" } }));
      await store.settle(
        settledCall("d", { charge: { ...unpriced, reason: "no price" }, model: null, phase: "completion" }),
      );
      const place = { period: "2026-03", partner: "amazon", provider: "azure" };
      expect(await reader.suspended(10)).toEqual([
        { seq: 1n, requestId: "a", model: "gpt-5.4", reason: "usage unknown", ...place },
        { seq: 4n, requestId: "d", model: null, reason: "no price", ...place },
      ]);
      expect(await reader.suspended(1)).toHaveLength(1);
      expect((await reader.periodBook("2026-03")).summary.unpricedReasons).toHaveLength(2);
    });
  });
}
