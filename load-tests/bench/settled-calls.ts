/** Calls for the benchmarks of the stores: priced and split by the project's own code, each one another. */

import { readFileSync } from "node:fs";
import type { CallMoney, SettledCall } from "../../src/domain/ledger.ts";
import { ppm } from "../../src/domain/units.ts";
import { NO_USAGE } from "../../src/domain/usage.ts";
import { postCall } from "../../src/ledger/post-call.ts";
import { chargeFor } from "../../src/pricing/charge.ts";
import { parsePriceBook } from "../../src/pricing/price-book.ts";

const PRICES = new URL("../../config/prices/openai.yaml", import.meta.url);
const book = parsePriceBook(readFileSync(PRICES, "utf8"), "openai.yaml");
/** As decisions hand them out: one frozen object for all calls of a cell. */
const FACTS = Object.freeze({
  agi: "not-verified",
  customer: "commercial",
  family: "openai",
  partner: "amazon",
  product: "api",
  seller: "openai",
  workload: "stateless",
});
const EVIDENCE = Object.freeze({ job: "inference", api: "chat", state: "none", lifetime: "exchange" });

/** A fifth to Microsoft, and a hosting fee. */
export const MONEY: CallMoney = Object.freeze({
  legs: Object.freeze([
    { clause: "C11", party: "microsoft", sharePpm: ppm(200_000) },
    { clause: "C11", party: "openai", sharePpm: ppm(800_000) },
  ]),
  caps: Object.freeze([]),
  hosting: { payer: "openai", payee: "microsoft", feePpm: ppm(300_000) },
});
/** The same under a lifetime cap that is not reached. */
export const CAPPED: CallMoney = Object.freeze({
  ...MONEY,
  caps: Object.freeze([{ clause: "C11", scope: "lifetime" as const, limitPicoUsd: `${38n * 10n ** 21n}` }]),
});

/** Apart for each run of a program, so that a ledger can be used again. */
const run = Date.now().toString(36).padStart(10, "0");
let made = 0;

/** The next call; of two partners, streamed and not. */
export function makeCall(money: CallMoney, effectiveAt = "2026-03-31"): SettledCall {
  made += 1;
  const usage = {
    ...NO_USAGE,
    inputTokens: 1_000 + (made % 977),
    cachedInputTokens: made % 3 === 0 ? 512 : 0,
    outputTokens: 200 + (made % 101),
    reasoningTokens: 64,
    source: "reported" as const,
  };
  const charge = chargeFor(book, { priceKey: "gpt-5.4", usage, effectiveAt, batch: false });
  if (charge.kind !== "rated") throw new Error("the price book has no price for the benchmark's model");
  const sale = { seller: "openai", partner: made % 4 === 0 ? "direct" : "amazon", provider: "azure" };
  return {
    requestId: `req_${run}${made.toString(16).padStart(22, "0")}`,
    phase: "answer",
    effectiveAt,
    recordedAtMs: 1_775_000_000_000 + made,
    ...sale,
    operation: "chat.completions.create",
    workload: "stateless",
    model: "gpt-5.4",
    modelServed: "gpt-5.4-2026-03-05",
    region: made % 2 === 0 ? "eastus2" : "swedencentral",
    clauses: ["C1", "C2"],
    agreement: "2026-02-27",
    digest: "b".repeat(64),
    facts: FACTS,
    evidence: EVIDENCE,
    outcome: "ok",
    httpStatus: 200,
    streamed: made % 5 < 2,
    attempts: 1,
    usage,
    charge,
    money,
    transactions: postCall({ money, charge, ...sale }),
    stateChanges: [],
    pendingJob: null,
  };
}
