/**
 * What the ledger costs in Postgres: settled calls per second, the time that one takes, and CPU time per call of this process
 * and of the server, at several depths of concurrency and with two gateways on one ledger. Prints one line per run.
 * Run: `npx node load-tests/bench/ledger-postgres.ts [seconds per run] [postgres URL]`; without a URL on a server of its own.
 */

import { readFileSync } from "node:fs";
import type { SettledCall } from "../../src/domain/ledger.ts";
import { ppm } from "../../src/domain/units.ts";
import { NO_USAGE } from "../../src/domain/usage.ts";
import { accrue } from "../../src/ledger/accrue.ts";
import { chargeHost } from "../../src/ledger/charge-host.ts";
import { chargeFor } from "../../src/pricing/charge.ts";
import { parsePriceBook } from "../../src/pricing/price-book.ts";
import { openPostgresStore } from "../../src/stores/postgres/postgres-store.ts";
import type { LedgerStore } from "../../src/stores/store.ts";
import { startPostgres } from "../../tests/support/postgres.ts";

const PRICES = new URL("../../config/prices/openai.yaml", import.meta.url);
const book = parsePriceBook(readFileSync(PRICES, "utf8"), "openai.yaml");
const seconds = Number(process.argv[2] ?? "3");
const given = process.argv[3];
const server = given === undefined ? await startPostgres() : null;
/** As decisions hand them out: one frozen object for all calls of a cell. */
const FACTS = Object.freeze({ family: "openai", partner: "amazon", product: "api", workload: "stateless" });
const EVIDENCE = Object.freeze({ job: "inference", api: "chat", state: "none", lifetime: "exchange" });
const LEGS = Object.freeze([
  { clause: "C11", party: "microsoft", sharePpm: ppm(200_000) },
  { clause: "C11", party: "openai", sharePpm: ppm(800_000) },
]);
const CAPS = Object.freeze([
  { clause: "C11", scope: "lifetime" as const, limitPicoUsd: "38000000000000000000000" },
]);
const HOSTING = Object.freeze({ payer: "openai", payee: "microsoft", feePpm: ppm(300_000) });
/** Apart for each run of the program, so that a database can be used again. */
const run = Date.now().toString(36);
let made = 0;

for (const workers of [1, 8, 64, 512]) await report(`${workers} at once`, 1, workers);
await report("512 at once, a lifetime cap", 1, 512, true);
await report("two gateways, 256 at once each", 2, 256);
await report("two gateways, 256 at once each, a lifetime cap", 2, 256, true);
await server?.close();

async function report(title: string, gateways: number, workers: number, capped = false): Promise<void> {
  let commits = 0;
  const url = given ?? server?.url(`bench_${made}`) ?? "";
  const stores: LedgerStore[] = [];
  for (let at = 0; at < gateways; at++) {
    stores.push(await openPostgresStore({ url, onCommit: () => (commits += 1) }));
  }
  const waits: number[] = [];
  const startedMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const serverBefore = serverCpuMs();
  await Promise.all(stores.map((store) => settleInParallel(store, workers, capped, waits)));
  const cpu = process.cpuUsage(cpuBefore);
  const serverMs = serverCpuMs() - serverBefore;
  const elapsedSeconds = (performance.now() - startedMs) / 1_000;
  const calls = waits.length;
  waits.sort((a, b) => a - b);
  const wait = (part: number): string => (waits[Math.floor(calls * part)] ?? 0).toFixed(1);
  process.stdout.write(
    `postgres, ${title}: ${Math.round(calls / elapsedSeconds)} calls/s, p50 ${wait(0.5)} ms, p99 ${wait(0.99)} ms, ` +
      `${((cpu.user + cpu.system) / calls).toFixed(0)} µs CPU per call here, ` +
      `${given === undefined ? ((serverMs * 1_000) / calls).toFixed(0) : "unknown"} in the server, ` +
      `${(calls / commits).toFixed(1)} calls per commit\n`,
  );
  const { calls: held } = await (stores[0] as LedgerStore).totals();
  if (given === undefined && held !== calls)
    throw new Error(`${calls} calls were acknowledged, ${held} are there`);
  for (const store of stores) await store.close();
}

async function settleInParallel(
  store: LedgerStore,
  workers: number,
  capped: boolean,
  waits: number[],
): Promise<void> {
  const until = performance.now() + seconds * 1_000;
  const work = async (): Promise<void> => {
    while (performance.now() < until) {
      const call = makeCall(capped);
      const startedMs = performance.now();
      await store.settle(call);
      waits.push(performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
}

/** CPU time of the server and its children, ended ones included, in ms; see proc(5). */
function serverCpuMs(): number {
  return server === null ? 0 : server.cpuMs();
}

function makeCall(capped: boolean): SettledCall {
  made += 1;
  const usage = {
    ...NO_USAGE,
    inputTokens: 1_000 + (made % 977),
    cachedInputTokens: made % 3 === 0 ? 512 : 0,
    outputTokens: 200 + (made % 101),
    reasoningTokens: 64,
    source: "reported" as const,
  };
  const charge = chargeFor(book, {
    priceKey: "gpt-5.4",
    usage,
    usageFault: null,
    effectiveAt: "2026-03-31",
    batch: false,
    zone: "global",
  });
  if (charge.kind !== "rated") throw new Error("the price book has no price for the benchmark's model");
  const seller = "openai";
  const partner = "amazon";
  const { totalPicoUsd } = charge;
  return {
    requestId: `req_${run}_${made.toString(16).padStart(24, "0")}`,
    phase: "answer",
    effectiveAt: "2026-03-31",
    recordedAtMs: 1_775_000_000_000 + made,
    partner,
    seller,
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
    attempts: 1,
    usage,
    charge,
    money: { legs: LEGS, caps: capped ? CAPS : [], hosting: HOSTING },
    transactions: [
      accrue({ totalPicoUsd, legs: LEGS, seller, partner }),
      chargeHost("azure", totalPicoUsd, HOSTING),
    ],
    stateChanges: [],
    pendingJob: null,
  };
}
