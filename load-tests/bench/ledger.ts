/**
 * What the ledger costs. Prints one line per figure, as measured:
 * - the time to acknowledge a call at a steady rate that does not wait for answers (open loop);
 * - settled calls per second at several depths of concurrency, with CPU time per call of the whole process;
 * - over a million calls: memory of the writing process as it goes, then how long the sums of a month take and how fast whole
 *   calls are read.
 * Run: `npx node load-tests/bench/ledger.ts [seconds per run] [calls of the long run]`
 */

import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CallMoney, SettledCall } from "../../src/domain/ledger.ts";
import { ppm } from "../../src/domain/units.ts";
import { NO_USAGE } from "../../src/domain/usage.ts";
import { accrue } from "../../src/ledger/accrue.ts";
import { chargeHost } from "../../src/ledger/charge-host.ts";
import { chargeFor } from "../../src/pricing/charge.ts";
import { parsePriceBook } from "../../src/pricing/price-book.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import { openSqliteReader } from "../../src/stores/sqlite/sqlite-reader.ts";
import { openSqliteStore } from "../../src/stores/sqlite/sqlite-store.ts";
import type { LedgerStore } from "../../src/stores/store.ts";

const PRICES = new URL("../../config/prices/openai.yaml", import.meta.url);
const book = parsePriceBook(readFileSync(PRICES, "utf8"), "openai.yaml");
const seconds = Number(process.argv[2] ?? "3");
const longRun = Number(process.argv[3] ?? "1000000");
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
const MONEY: CallMoney = Object.freeze({
  legs: Object.freeze([
    { clause: "C11", party: "microsoft", sharePpm: ppm(200_000) },
    { clause: "C11", party: "openai", sharePpm: ppm(800_000) },
  ]),
  caps: Object.freeze([]),
  hosting: { payer: "openai", payee: "microsoft", feePpm: ppm(300_000) },
});
const CAPPED: CallMoney = Object.freeze({
  ...MONEY,
  caps: Object.freeze([{ clause: "C11", scope: "lifetime" as const, limitPicoUsd: `${38n * 10n ** 21n}` }]),
});
let made = 0;

// First, while the disk has nothing of an earlier run to write back: it is latencies that are measured.
await openLoop(3_000);
for (const workers of [1, 8, 64, 512]) {
  await throughput(`sqlite, ${workers} at once`, workers, MONEY);
}
await throughput("sqlite, 64 at once, under a cap", 64, CAPPED);
await reportOn("no store (price, split, build the call)", async () => {
  const until = performance.now() + seconds * 1_000;
  let calls = 0;
  while (performance.now() < until) {
    for (let index = 0; index < 100; index++) makeCall(MONEY);
    calls += 100;
  }
  return calls;
});
await reportOn("memory store, 64 at once", () => settleInParallel(openMemoryStore(), 64, MONEY));
await fillAndRead();
rmSync(folder, { recursive: true });

async function throughput(title: string, workers: number, money: CallMoney): Promise<void> {
  const groups: number[] = [];
  const store = await openSqliteStore({
    file: join(folder, `${title.replaceAll(/\W+/g, "-")}.sqlite`, "ledger.sqlite"),
    onCommit: ({ calls }) => groups.push(calls),
  });
  await reportOn(title, () => settleInParallel(store, workers, money), groups);
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
  print(
    `${title}: ${Math.round(calls / elapsedSeconds)} calls/s, ${cpuMicros.toFixed(1)} µs CPU per call${group}`,
  );
}

/** As the gateway does it: a note when the call is taken, its settlement when it is answered. */
async function settleInParallel(store: LedgerStore, workers: number, money: CallMoney): Promise<number> {
  const until = performance.now() + seconds * 1_000;
  let calls = 0;
  const work = async (): Promise<void> => {
    while (performance.now() < until) {
      const call = makeCall(money);
      note(store, call);
      await store.settle(call);
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return calls;
}

/** In steps of about 1 ms; the latency of a call counts from when it was due, so a late step hides nothing. */
async function openLoop(rate: number): Promise<void> {
  const store = await openSqliteStore({ file: join(folder, "open-loop", "ledger.sqlite") });
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  const settled: Promise<void>[] = [];
  const settleDue = async (index: number): Promise<void> => {
    const dueMs = startedMs + (index / rate) * 1_000;
    const call = makeCall(MONEY);
    note(store, call);
    await store.settle(call);
    latenciesMs.push(performance.now() - dueMs);
  };
  while (performance.now() - startedMs < seconds * 1_000) {
    const due = Math.floor(((performance.now() - startedMs) / 1_000) * rate);
    while (settled.length < due) settled.push(settleDue(settled.length));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(settled);
  await store.close();
  latenciesMs.sort((a, b) => a - b);
  const quantile = (share: number): string =>
    (latenciesMs[Math.floor(share * (latenciesMs.length - 1))] ?? 0).toFixed(2);
  print(
    `sqlite, ${rate} calls/s offered: ${latenciesMs.length} acknowledged after p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms, p99.9 ${quantile(0.999)} ms, max ${quantile(1)} ms`,
  );
}

/** Three months of calls, then what readers ask of them. */
async function fillAndRead(): Promise<void> {
  const file = join(folder, "long", "ledger.sqlite");
  const store = await openSqliteStore({ file });
  const step = Math.max(1, Math.floor(longRun / 4));
  let settled = 0;
  const work = async (): Promise<void> => {
    while (settled < longRun) {
      settled += 1;
      const number = settled;
      await store.settle(makeCall(MONEY, dateOf(number / longRun)));
      if (number % step === 0)
        print(`long run, ${number} calls: ${megabytes(process.memoryUsage().rss)} resident`);
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: 256 }, work));
  print(`long run: ${longRun} calls in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  await timed("long run, summary by the writer", () => store.summary());
  await store.close();
  print(`long run, file: ${megabytes(statSync(file).size)}`);

  const reader = openSqliteReader({ file });
  await timed("long run, sums of a month", () => reader.periodBook("2026-04"));
  await timed("long run, sums of all", () => reader.summary());
  await timed("long run, traffic", () => reader.traffic());
  await timed("long run, list of months", () => reader.periods());
  const readingMs = performance.now();
  let read = 0;
  let page = await reader.calls(0n, 1_000);
  while (page.length > 0) {
    read += page.length;
    page = await reader.calls(page.at(-1)?.seq ?? 0n, 1_000);
  }
  print(
    `long run, whole calls: ${Math.round((read / (performance.now() - readingMs)) * 1_000)} read per second`,
  );
  await reader.close();
}

async function timed(title: string, run: () => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  await run();
  print(`${title}: ${(performance.now() - startedMs).toFixed(1)} ms`);
}

/** From 1 March to 30 May 2026. */
function dateOf(share: number): string {
  const day = Math.min(89, Math.floor(share * 90));
  const month = 3 + Math.floor(day / 30);
  return `2026-${String(month).padStart(2, "0")}-${String((day % 30) + 1).padStart(2, "0")}`;
}

function note(
  store: LedgerStore,
  { requestId, recordedAtMs, partner, operation, provider, digest }: SettledCall,
): void {
  store.open({ requestId, openedAtMs: recordedAtMs, partner, operation, provider, digest });
}

function makeCall(money: CallMoney, effectiveAt = "2026-03-31"): SettledCall {
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
  const charge = chargeFor(book, { priceKey: "gpt-5.4", usage, effectiveAt, batch: false });
  const place = { seller: "openai", partner: made % 4 === 0 ? "direct" : "amazon", provider: "azure" };
  return {
    requestId,
    phase: "answer",
    effectiveAt,
    recordedAtMs: 1_775_000_000_000 + made,
    ...place,
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
    money: charge.kind === "rated" ? money : null,
    transactions: post(charge, money, place),
    stateChanges: [],
    pendingJob: null,
  };
}

function post(
  charge: SettledCall["charge"],
  { legs, hosting }: CallMoney,
  { seller, partner, provider }: Pick<SettledCall, "seller" | "partner" | "provider">,
): SettledCall["transactions"] {
  if (charge.kind !== "rated") return [];
  const { totalPicoUsd } = charge;
  const earned = accrue({ totalPicoUsd, legs, seller, partner });
  return hosting === null ? [earned] : [earned, chargeHost(provider, totalPicoUsd, hosting)];
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
