/**
 * What the ledger costs in Postgres: settled calls per second, the time that one takes, and CPU time per call of this process
 * and of the server, at several depths of concurrency and with two gateways on one ledger. Prints one line per run.
 * Run: `npx node load-tests/bench/ledger-postgres.ts [seconds per run] [postgres URL]`; without a URL on a server of its own.
 */

import { openPostgresStore } from "../../src/stores/postgres/postgres-store.ts";
import type { LedgerStore } from "../../src/stores/store.ts";
import { CAPPED, makeCall, MONEY } from "./settled-calls.ts";
import { startPostgres } from "../../tests/support/postgres.ts";

const seconds = Number(process.argv[2] ?? "3");
const given = process.argv[3];
const server = given === undefined ? await startPostgres() : null;
/** Names the schema of each run. */
let reports = 0;

for (const workers of [1, 8, 64, 512]) await report(`${workers} at once`, 1, workers);
await report("512 at once, a lifetime cap", 1, 512, true);
await report("two gateways, 256 at once each", 2, 256);
await report("two gateways, 256 at once each, a lifetime cap", 2, 256, true);
await server?.close();

async function report(title: string, gateways: number, workers: number, capped = false): Promise<void> {
  let commits = 0;
  reports += 1;
  const url = given ?? server?.url(`bench_${reports}`) ?? "";
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
      const call = makeCall(capped ? CAPPED : MONEY);
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
