/**
 * What one `callFinished` costs, in CPU time per call: counters alone, and with the log line written to nowhere.
 * Usage: node load-tests/bench/telemetry.ts [calls]
 */

import { createLogger } from "../../src/telemetry/logger.ts";
import { finishedCall, makeTelemetry, settledCall } from "../../tests/support/telemetry-events.ts";
import type { CallFinished } from "../../src/telemetry/call-finished.ts";
import type { Telemetry } from "../../src/telemetry/telemetry.ts";

const WARM_UP_CALLS = 50_000;
const ROUNDS = 5;

const calls = Number(process.argv[2] ?? 200_000);
if (!Number.isInteger(calls) || calls < 1 || calls > 10_000_000) {
  throw new RangeError(`calls is an integer from 1 to 10000000, got \`${process.argv[2]}\``);
}
const events = mixOfCalls();
const nowhere = createLogger({ level: "info", version: "bench", destination: { write: () => undefined } });
const variants = [
  { name: "counters", telemetry: makeTelemetry() },
  { name: "counters and log line", telemetry: makeTelemetry({ logger: nowhere }) },
];

for (const { telemetry } of variants) run(telemetry, WARM_UP_CALLS);
// interleaved, best of a few: the machine's other work falls on all alike and the least disturbed round counts
const best = variants.map(() => Number.POSITIVE_INFINITY);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [index, { telemetry }] of variants.entries()) {
    best[index] = Math.min(best[index] ?? Number.POSITIVE_INFINITY, run(telemetry, calls));
  }
}
for (const [index, { name }] of variants.entries()) {
  console.log(`${name.padEnd(24)} ${(best[index] ?? 0).toFixed(2)} us per call`);
}
const [first] = variants;
const startedAtMs = performance.now();
const page = (await first?.telemetry.renderText()) ?? "";
console.log(
  `page                     ${(performance.now() - startedAtMs).toFixed(1)} ms, ${page.length} bytes`,
);

/** CPU microseconds per call. */
function run(telemetry: Telemetry, count: number): number {
  const before = process.cpuUsage();
  for (let index = 0; index < count; index += 1) {
    telemetry.callFinished(events[index % events.length] as CallFinished);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/** Three partners, two models, streamed or not: enough kinds of call that no single one stays hot. */
function mixOfCalls(): readonly CallFinished[] {
  const settled = settledCall(2_500_000_000n, 500_000_000n);
  return ["amazon", "direct", "first-party"].flatMap((partner) =>
    ["gpt-5.4", "gpt-5.4-mini"].flatMap((model) =>
      [40, null].map((timeToFirstTokenMs) =>
        finishedCall({ partner, model, timeToFirstTokenMs, settled: { ...settled, partner, model } }),
      ),
    ),
  );
}
