/** Whatever is done to a ledger, every engine comes to what the model comes to: call by call, month by month. */

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SettledCall } from "../../../src/domain/ledger.ts";
import type { ShareCap } from "../../../src/domain/money.ts";
import { ppm } from "../../../src/domain/units.ts";
import { NO_USAGE } from "../../../src/domain/usage.ts";
import type { BookedCall } from "../../../src/ledger/booked-call.ts";
import { foldBook } from "../../../src/ledger/fold-book.ts";
import { openMemoryStore } from "../../../src/stores/memory.ts";
import type { LedgerReader, LedgerStore } from "../../../src/stores/store.ts";
import { bookInOrder, callInOrder, inOrder, summaryInOrder } from "../../support/in-order.ts";
import { chargeOf, settledCall, stateEntry, USUAL_TERMS } from "../../support/settled-call.ts";
import { ENGINES } from "./engines.ts";

type Step =
  | { readonly kind: "settle"; readonly call: SettledCall }
  | { readonly kind: "open"; readonly id: string }
  | { readonly kind: "close"; readonly period: string }
  /** Waits for all that was handed in. */
  | { readonly kind: "wait" };

const IDS = ["a", "b", "c", "d", "e", "f", "g", "h"] as const;
const MONTHS = ["2026-02", "2026-03", "2026-04"] as const;

const caps: fc.Arbitrary<readonly ShareCap[]> = fc.constantFrom(
  [],
  [{ clause: "C11", scope: "lifetime" as const, limitPicoUsd: "500000" }],
  [{ clause: "C11", scope: "period" as const, limitPicoUsd: "300001" }],
  [
    { clause: "C11", scope: "lifetime" as const, limitPicoUsd: "700000" },
    { clause: "C11", scope: "period" as const, limitPicoUsd: "200000" },
  ],
);

const legs = fc.constantFrom(
  [
    { clause: "C11", party: "microsoft", sharePpm: ppm(200_000) },
    { clause: "C11", party: "openai", sharePpm: ppm(800_000) },
  ],
  [
    { clause: "C11", party: "microsoft", sharePpm: ppm(333_333) },
    { clause: "C12", party: "amazon", sharePpm: ppm(99_999) },
    { clause: "C11", party: "openai", sharePpm: ppm(566_668) },
  ],
  [{ clause: "C11", party: "microsoft", sharePpm: ppm(1_000_000) }],
);

const charge = fc.oneof(
  fc.constantFrom(
    { kind: "free" as const },
    { kind: "unpriced" as const, reason: "usage unknown" },
    chargeOf(0n),
    chargeOf(2n ** 63n - 1n),
  ),
  fc.bigInt({ min: 1n, max: 2_000_000n }).map(chargeOf),
);

const call: fc.Arbitrary<SettledCall> = fc
  .record({
    id: fc.constantFrom(...IDS),
    phase: fc.constantFrom("answer" as const, "completion" as const),
    month: fc.constantFrom(...MONTHS),
    day: fc.integer({ min: 1, max: 28 }),
    partner: fc.constantFrom("amazon", "direct"),
    model: fc.constantFrom("gpt-5.4", null),
    tokens: fc.constantFrom(null, 0, 7, Number.MAX_SAFE_INTEGER),
    extra: fc.constantFrom("none", "job", "state"),
    hosted: fc.boolean(),
    charge,
    legs,
    caps,
  })
  .map(({ id, month, day, tokens, extra, hosted, ...fields }) =>
    settledCall(id, {
      ...fields,
      effectiveAt: `${month}-${String(day).padStart(2, "0")}`,
      usage: { ...NO_USAGE, inputTokens: tokens, cachedInputTokens: tokens, source: "reported" },
      pendingJob: extra === "job" ? { id: `job-${id}`, kind: "batch", money: USUAL_TERMS } : null,
      stateChanges: extra === "state" ? [{ kind: "register", entry: stateEntry(`resp_${id}`) }] : [],
      ...(hosted ? {} : { hosting: null }),
    }),
  );

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: call.map((settled): Step => ({ kind: "settle", call: settled })) },
  { weight: 2, arbitrary: fc.constantFrom(...IDS).map((id): Step => ({ kind: "open", id })) },
  { weight: 1, arbitrary: fc.constantFrom(...MONTHS).map((period): Step => ({ kind: "close", period })) },
  { weight: 2, arbitrary: fc.constant<Step>({ kind: "wait" }) },
);

/** Does the steps, many at once, and returns what became of each. */
async function perform(store: LedgerStore, steps: readonly Step[]): Promise<readonly string[]> {
  const results: Promise<string>[] = [];
  const note = (done: Promise<unknown>): void => {
    results.push(
      done.then(
        () => "done",
        (error: unknown) => String(Reflect.get(Object(error), "code")),
      ),
    );
  };
  for (const [index, each] of steps.entries()) {
    if (each.kind === "settle") note(store.settle(each.call));
    else if (each.kind === "close") note(store.closePeriod(each.period, index));
    else if (each.kind === "wait") await Promise.all(results);
    else {
      store.open({
        requestId: each.id,
        openedAtMs: index,
        partner: "amazon",
        operation: "chat",
        provider: "azure",
        digest: "d",
      });
    }
  }
  return Promise.all(results);
}

async function everything(store: LedgerStore, reader: LedgerReader): Promise<unknown> {
  const books = await Promise.all([...MONTHS, "2026-05"].map((month) => reader.periodBook(month)));
  return {
    summary: summaryInOrder(await reader.summary()),
    totals: await reader.totals(),
    periods: await reader.periods(),
    books: books.map(bookInOrder),
    calls: (await reader.calls(0n, 1_000)).map(callInOrder),
    traffic: inOrder(await reader.traffic()),
    orphans: await reader.orphans(Number.MAX_SAFE_INTEGER),
    suspended: await reader.suspended(1_000),
    looseEnds: await reader.looseEnds(1_000),
    pending: await store.pendingJobs(),
    found: await Promise.all(IDS.map((id) => reader.findCall(id))),
    states: await Promise.all(IDS.map((id) => reader.findState("amazon", `resp_${id}`, 0))),
  };
}

/** The running sums are what the calls come to, read page by page. */
async function expectPagesToFold(reader: LedgerReader, pageSize: number): Promise<void> {
  const fold = foldBook();
  let page: readonly BookedCall[] = await reader.calls(0n, pageSize);
  while (page.length > 0) {
    for (const each of page) fold.add(each);
    page = await reader.calls(page.at(-1)?.seq ?? 0n, pageSize);
  }
  expect(summaryInOrder(fold.summary())).toEqual(summaryInOrder(await reader.summary()));
  for (const period of fold.periods()) {
    const { caps, summary } = await reader.periodBook(period);
    expect(summaryInOrder(fold.summary(period))).toEqual(summaryInOrder(summary));
    expect(inOrder(fold.caps(period))).toEqual(inOrder(caps));
  }
}

describe("the model", () => {
  for (const { name, open } of ENGINES.filter((engine) => engine.name !== "memory")) {
    it(`is what the ${name} store does, in whatever order`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
          const model = openMemoryStore();
          const { store, reader, end } = await open();
          try {
            expect(await perform(store, steps)).toEqual(await perform(model, steps));
            // One more group, so that notes that came last are written too.
            await Promise.all([store, model].map((each) => each.settle(settledCall("last"))));
            expect(await everything(store, reader)).toEqual(await everything(model, model));
            await expectPagesToFold(reader, 1 + (steps.length % 9));
          } finally {
            await end();
          }
        }),
        { numRuns: 15 },
      );
    }, 120_000);
  }
});
