/**
 * What the ledger costs: settled calls per second and CPU time per call of the whole process (main thread and worker), at
 * several depths of concurrency and at a steady rate. Prints one line per run.
 * Run: `npx node load-tests/bench/ledger.ts [seconds per run]`
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SettledCall } from "../../src/domain/ledger.ts";
import { ppm } from "../../src/domain/units.ts";
import { NO_USAGE } from "../../src/domain/usage.ts";
import { accrue } from "../../src/ledger/accrue.ts";
import { chargeFor } from "../../src/pricing/charge.ts";
import { parsePriceBook } from "../../src/pricing/price-book.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import { openSqliteStore } from "../../src/stores/sqlite/sqlite-store.ts";
import type { LedgerStore } from "../../src/stores/store.ts";

const PRICES = new URL("../../config/prices/openai.yaml", import.meta.url);
const book = parsePriceBook(readFileSync(PRICES, "utf8"), "openai.yaml");
const seconds = Number(process.argv[2] ?? "3");
const folder = mkdtempSync(join(tmpdir(), "clauseway-bench-"));
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
let made = 0;

for (const workers of [1, 16, 64, 256]) {
  await report(`sqlite, ${workers} at once`, (store) => settleInParallel(store, workers));
}
for (const rate of [500, 2_000, 5_000]) {
  await report(`sqlite, ${rate} calls/s offered`, (store) => settleAtRate(store, rate));
}
await reportOn("no store (price, split, build the call)", async () => {
  const until = performance.now() + seconds * 1_000;
  let calls = 0;
  while (performance.now() < until) {
    for (let index = 0; index < 100; index++) makeCall();
    calls += 100;
  }
  return calls;
});
await reportOn("memory store, 64 at once", () => settleInParallel(openMemoryStore(), 64));
rmSync(folder, { recursive: true });

async function report(title: string, run: (store: LedgerStore) => Promise<number>): Promise<void> {
  const groups: number[] = [];
  const store = await openSqliteStore({
    file: join(folder, `${title.replaceAll(/\W+/g, "-")}.sqlite`, "ledger.sqlite"),
    lingerMs: Number(process.env["LINGER_MS"] ?? "0"),
    onCommit: ({ calls }) => groups.push(calls),
  });
  await reportOn(title, () => run(store), groups);
  await store.close();
}

async function reportOn(
  title: string,
  run: () => Promise<number>,
  groups: readonly number[] = [],
): Promise<void> {
  const startedMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const calls = await run();
  const cpu = process.cpuUsage(cpuBefore);
  const elapsedSeconds = (performance.now() - startedMs) / 1_000;
  const cpuMicros = (cpu.user + cpu.system) / calls;
  const group = groups.length === 0 ? "" : `, ${(calls / groups.length).toFixed(1)} calls per commit`;
  process.stdout.write(
    `${title}: ${Math.round(calls / elapsedSeconds)} calls/s, ${cpuMicros.toFixed(1)} µs CPU per call${group}\n`,
  );
}

async function settleInParallel(store: LedgerStore, workers: number): Promise<number> {
  const until = performance.now() + seconds * 1_000;
  let calls = 0;
  const work = async (): Promise<void> => {
    while (performance.now() < until) {
      await store.settle(makeCall());
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return calls;
}

/** Open loop in steps of about 1 ms. */
async function settleAtRate(store: LedgerStore, rate: number): Promise<number> {
  const startedMs = performance.now();
  const settled: Promise<void>[] = [];
  while (performance.now() - startedMs < seconds * 1_000) {
    const due = Math.floor(((performance.now() - startedMs) / 1_000) * rate);
    while (settled.length < due) settled.push(store.settle(makeCall()));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(settled);
  return settled.length;
}

function makeCall(): SettledCall {
  made += 1;
  const usage = {
    ...NO_USAGE,
    inputTokens: 1_000 + (made % 977),
    cachedInputTokens: made % 3 === 0 ? 512 : 0,
    outputTokens: 200 + (made % 101),
    reasoningTokens: 64,
    source: "reported" as const,
  };
  const requestId = `req_${made.toString(16).padStart(32, "0")}`;
  const charge = chargeFor(book, { priceKey: "gpt-5.4", usage, effectiveAt: "2026-03-31", batch: false });
  const sharePpm = { microsoft: ppm(200_000), openai: ppm(800_000) };
  return {
    requestId,
    phase: "answer",
    effectiveAt: "2026-03-31",
    recordedAtMs: 1_775_000_000_000 + made,
    partner: "amazon",
    seller: "openai",
    operation: "chat.completions.create",
    workload: "stateless",
    model: "gpt-5.4",
    modelServed: "gpt-5.4-2026-03-05",
    provider: "azure",
    region: made % 2 === 0 ? "eastus2" : "swedencentral",
    clauses: ["C1", "C2"],
    agreement: "2026-02-27",
    digest: "b".repeat(64),
    facts: FACTS,
    evidence: EVIDENCE,
    outcome: "ok",
    httpStatus: 200,
    streamed: made % 2 === 0,
    usage,
    charge,
    transaction: accrue({
      requestId,
      charge,
      sharePpm,
      moneyClauses: ["C11"],
      seller: "openai",
      partner: "amazon",
    }),
    stateChanges: [],
    pendingJob: null,
  };
}
