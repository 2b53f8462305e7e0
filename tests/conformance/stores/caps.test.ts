/** Caps, whatever keeps the ledger: shares stop exactly where their cap is reached, in the order of the ledger. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SettledCall } from "../../../src/domain/ledger.ts";
import type { ShareCap } from "../../../src/domain/money.ts";
import { ppm } from "../../../src/domain/units.ts";
import type { BookedCall } from "../../../src/ledger/booked-call.ts";
import { buildStatement } from "../../../src/ledger/statement.ts";
import type { LedgerReader, LedgerStore } from "../../../src/stores/store.ts";
import { chargeOf, settledCall } from "../../support/settled-call.ts";
import { ENGINES, type OpenLedger } from "./engines.ts";

function cap(limit: bigint, scope: ShareCap["scope"] = "lifetime"): readonly ShareCap[] {
  return [{ clause: "C11", scope, limitPicoUsd: limit.toString() }];
}

/** A call of which C11 gives Microsoft 200 picodollars of 1,000, but for its cap. */
function capped(
  requestId: string,
  caps: readonly ShareCap[],
  changes: Partial<SettledCall> = {},
): SettledCall {
  const { money: _money, transactions: _transactions, ...fields } = changes;
  return settledCall(requestId, { charge: chargeOf(1_000n), hosting: null, caps, ...fields });
}

/** Microsoft's part, OpenAI's part and whether the call was cut. */
function partsOf({ call, cut }: BookedCall): readonly unknown[] {
  const postings = call.transactions.flatMap((transaction) => transaction.postings);
  const partOf = (prefix: string): bigint | null => {
    const found = postings.filter(({ account }) => account.startsWith(prefix));
    return found.length === 0 ? null : found.reduce((sum, { amount }) => sum - amount, 0n);
  };
  return [partOf("share:"), partOf("retained:"), cut];
}

for (const { name, open } of ENGINES) {
  describe(`caps of the ${name} store`, () => {
    let ledger: OpenLedger;
    let store: LedgerStore;
    let reader: LedgerReader;
    beforeEach(async () => {
      ledger = await open();
      ({ store, reader } = ledger);
    });
    afterEach(() => ledger.end());

    const boundaries: Readonly<Record<string, { limit: bigint; parts: readonly (readonly unknown[])[] }>> = {
      "one short of two calls": {
        limit: 399n,
        parts: [
          [200n, 800n, false],
          [199n, 801n, true],
          [0n, 1_000n, true],
        ],
      },
      "just two calls": {
        limit: 400n,
        parts: [
          [200n, 800n, false],
          [200n, 800n, false],
          [0n, 1_000n, true],
        ],
      },
      "one more than two calls": {
        limit: 401n,
        parts: [
          [200n, 800n, false],
          [200n, 800n, false],
          [1n, 999n, true],
        ],
      },
    };
    for (const [what, { limit, parts }] of Object.entries(boundaries)) {
      it(`cuts the call that crosses a cap exactly there: ${what}`, async () => {
        for (const id of ["a", "b", "c"]) await store.settle(capped(id, cap(limit)));
        const calls = await reader.calls(0n, 10);
        expect(calls.map(partsOf)).toEqual(parts);
        expect(calls.map(({ capUses }) => capUses.map((use) => use.beforePicoUsd))).toEqual([
          [0n],
          [200n],
          [400n < limit ? 400n : limit],
        ]);
        const granted = limit < 600n ? limit : 600n;
        const { caps, summary } = await reader.periodBook("2026-03");
        expect(caps).toEqual([
          {
            clause: "C11",
            scope: "lifetime",
            limitPicoUsd: limit,
            beforePicoUsd: 0n,
            grantedPicoUsd: granted,
          },
        ]);
        expect(buildStatement(summary).proof.holds).toBe(true);
        const cutParts = summary.parts.filter(({ cut, account }) => cut && account.startsWith("share:"));
        expect(cutParts.reduce((sum, { amountPicoUsd }) => sum + amountPicoUsd, 0n)).toBe(
          calls
            .filter(({ cut }) => cut)
            .reduce((sum, { capUses }) => sum + (capUses[0]?.grantedPicoUsd ?? 0n), 0n),
        );
      });
    }

    it("cuts calls that come at once in the order in which they came", async () => {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => store.settle(capped(`call-${index}`, cap(4_100n)))),
      );
      const shares = (await reader.calls(0n, 50)).map((call) => partsOf(call)[0]);
      expect(shares).toEqual(
        Array.from({ length: 50 }, (_, index) => (index < 20 ? 200n : index === 20 ? 100n : 0n)),
      );
    });

    it("holds a lifetime cap over months, and a cap of a month against that month alone", async () => {
      const april = { effectiveAt: "2026-04-01" };
      await store.settle(capped("a", cap(300n)));
      await store.settle(capped("b", cap(300n), april));
      await store.settle(capped("c", cap(300n, "period"), { ...april, partner: "direct" }));
      await store.settle(capped("d", cap(300n, "period"), { ...april, partner: "direct" }));
      const calls = await reader.calls(0n, 10);
      expect(calls.map((call) => partsOf(call)[0])).toEqual([200n, 100n, 200n, 100n]);
      const limits = { clause: "C11", limitPicoUsd: 300n };
      const { caps } = await reader.periodBook("2026-04");
      expect(caps).toHaveLength(2);
      expect(caps).toEqual(
        expect.arrayContaining([
          { ...limits, scope: "lifetime", beforePicoUsd: 200n, grantedPicoUsd: 100n },
          { ...limits, scope: "period", beforePicoUsd: 0n, grantedPicoUsd: 300n },
        ]),
      );
    });

    it("holds what comes late against the cap of the month it is booked in", async () => {
      await store.settle(capped("a", cap(200n, "period")));
      await store.settle(
        capped("b", cap(200n, "period"), { effectiveAt: "2026-04-01", charge: chargeOf(500n) }),
      );
      await store.closePeriod("2026-03", 1);
      await store.settle(capped("late", cap(200n, "period")));
      const late = (await reader.calls(2n, 1))[0];
      expect(late && partsOf(late)).toEqual([100n, 900n, true]);
      expect(late?.capUses).toMatchObject([{ span: "2026-04", beforePicoUsd: 100n, grantedPicoUsd: 100n }]);
    });

    it("goes by the limit that each call names, when an agreement raises it", async () => {
      await store.settle(capped("a", cap(150n)));
      await store.settle(capped("b", cap(250n)));
      expect((await reader.calls(0n, 2)).map((call) => partsOf(call)[0])).toEqual([150n, 100n]);
      const { caps } = await reader.periodBook("2026-03");
      expect(caps.map(({ limitPicoUsd, grantedPicoUsd }) => [limitPicoUsd, grantedPicoUsd])).toEqual(
        expect.arrayContaining([
          [150n, 150n],
          [250n, 100n],
        ]),
      );
    });

    it("has the seller keep what is cut, also of a split that left it nothing", async () => {
      const legs = [{ clause: "C11", party: "microsoft", sharePpm: ppm(1_000_000) }];
      await store.settle(
        settledCall("a", { charge: chargeOf(1_000n), hosting: null, legs, caps: cap(999n) }),
      );
      const [call] = await reader.calls(0n, 1);
      expect(call && partsOf(call)).toEqual([999n, 1n, true]);
      expect(buildStatement(await reader.summary()).proof.holds).toBe(true);
    });

    it("holds limits that int64 does not", async () => {
      const limit = 38_000_000_000n * 10n ** 12n;
      await store.settle(capped("a", cap(limit)));
      const { caps } = await reader.periodBook("2026-03");
      expect(caps).toMatchObject([{ limitPicoUsd: limit, grantedPicoUsd: 200n }]);
      const [call] = await reader.calls(0n, 1);
      expect(call?.capUses).toMatchObject([{ limitPicoUsd: limit, grantedPicoUsd: 200n }]);
    });

    it("takes a call twice without a second effect, also when a cap cut it", async () => {
      for (const id of ["a", "b", "b", "c", "b", "c"]) await store.settle(capped(id, cap(250n)));
      expect((await reader.calls(0n, 10)).map(partsOf)).toEqual([
        [200n, 800n, false],
        [50n, 950n, true],
        [0n, 1_000n, true],
      ]);
      const other = store.settle(capped("b", cap(251n)));
      await expect(other).rejects.toMatchObject({ code: "LEDGER_CONFLICT" });
      expect((await reader.periodBook("2026-03")).caps).toMatchObject([{ grantedPicoUsd: 250n }]);
    });

    it("lets nothing count against a cap that its clause gives nothing of", async () => {
      await store.settle(capped("a", [{ clause: "C99", scope: "lifetime", limitPicoUsd: "1" }]));
      await store.settle(capped("b", cap(1n), { charge: { kind: "free" } }));
      const calls = await reader.calls(0n, 10);
      expect(calls.map(({ cut, capUses }) => [cut, capUses.length])).toEqual([
        [false, 0],
        [false, 0],
      ]);
      expect((await reader.periodBook("2026-03")).caps).toEqual([]);
    });
  });
}
