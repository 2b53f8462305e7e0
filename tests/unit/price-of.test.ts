import { expect, it } from "vitest";
import { createPriceOf } from "../../src/cli/reconcile/price-of.ts";
import { loadConfiguration } from "../../src/app/load-world.ts";
import { readSettings } from "../../src/app/settings.ts";
import { NO_USAGE } from "../../src/domain/usage.ts";
import { addRows, type MeterRow } from "../../src/ledger/reconcile/meter-row.ts";
import { reconCallOf } from "../../src/ledger/reconcile/recon-call.ts";
import { book } from "../support/month-book.ts";
import { settledCall } from "../support/settled-call.ts";

const priceOf = createPriceOf(loadConfiguration(readSettings({}, {})).world);

/** As the ledger has it: its price comes of the meter's counts. */
const [batch] = book([settledCall("a", { phase: "completion", workload: "batch", usage: NO_USAGE })]).map(
  reconCallOf,
);

function rowOf(inputTokens: number, outputTokens: number, operation = "batches.line"): MeterRow {
  return {
    provider: "azure",
    requestId: "batch_1",
    region: "eastus2",
    operation,
    model: "gpt-5.4",
    status: 200,
    inputTokens,
    cachedInputTokens: 0,
    outputTokens,
    trainedTokens: null,
  };
}

it("a batch is priced by the requests that the meter counted, each by its own length", () => {
  const short = Array.from({ length: 40 }, () => rowOf(9_902, 5));
  const sum = addRows(short);
  expect(sum && priceOf(sum, batch ?? null)).toBe(396_080n * 1_250_000n + 200n * 7_500_000n);
  const mixed = addRows([...short, rowOf(272_001, 1)]);
  expect(mixed && priceOf(mixed, batch ?? null)).toBe(
    396_080n * 1_250_000n + 200n * 7_500_000n + 272_001n * 2_500_000n + 11_250_000n,
  );
});

it("a request of a batch that is not in the ledger is priced by its own length", () => {
  expect(priceOf(rowOf(272_000, 0), null)).toBe(272_000n * 1_250_000n);
  expect(priceOf(rowOf(272_001, 0), null)).toBe(272_001n * 2_500_000n);
});

it("a batch that a meter counted as a whole has a price only where none of its requests can be long", () => {
  expect(priceOf(rowOf(272_000, 0, "batches.completed"), batch ?? null)).toBe(272_000n * 1_250_000n);
  expect(priceOf(rowOf(272_001, 0, "batches.completed"), batch ?? null)).toBeNull();
});
