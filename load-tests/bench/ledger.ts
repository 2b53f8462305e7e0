/**
 * What the ledger costs. Prints one line per figure, as measured:
 * - the time to acknowledge a call at a steady rate that does not wait for answers (open loop);
 * - settled calls per second at several depths of concurrency, with CPU time per call of the whole process;
 * - over a million calls: memory of the writing process as it goes, then how long the sums of a month take and how fast whole
 *   calls are read and replayed.
 * Run: `npx node load-tests/bench/ledger.ts [seconds per run] [calls of the long run]`
 */

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { CallMoney, SettledCall } from "../../src/domain/ledger.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import { openSqliteReader } from "../../src/stores/sqlite/sqlite-reader.ts";
import { openSqliteStore } from "../../src/stores/sqlite/sqlite-store.ts";
import type { LedgerStore } from "../../src/stores/store.ts";
import { CAPPED, makeCall, MONEY } from "./settled-calls.ts";

const seconds = Number(process.argv[2] ?? "3");
const longRun = Number(process.argv[3] ?? "1000000");
const folder = mkdtempSync(join(tmpdir(), "clauseway-bench-"));

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
  await replayAll(join(folder, "long"), read);
}

/** As a user does it, from the start of the process to its end: every charge, split and sum made anew. */
async function replayAll(dataDir: string, calls: number): Promise<void> {
  const startedMs = performance.now();
  const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
  const words = [main, "ledger", "replay", "--verify", "--data", dataDir];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  const perSecond = Math.round((calls / (performance.now() - startedMs)) * 1_000);
  print(`long run, ledger replay --verify: ${perSecond} calls/s; ${stdout.trim().replaceAll("\n", "; ")}`);
}

async function timed(title: string, run: () => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  await run();
  print(`${title}: ${(performance.now() - startedMs).toFixed(1)} ms`);
}

/** From 5 March 2026, when the price of its model begins, to 30 May. */
function dateOf(share: number): string {
  const day = Math.min(89, 4 + Math.floor(share * 86));
  const month = 3 + Math.floor(day / 30);
  return `2026-${String(month).padStart(2, "0")}-${String((day % 30) + 1).padStart(2, "0")}`;
}

function note(
  store: LedgerStore,
  { requestId, recordedAtMs, partner, operation, provider, digest }: SettledCall,
): void {
  store.open({ requestId, openedAtMs: recordedAtMs, partner, operation, provider, digest });
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
