import { afterEach, expect, test } from "vitest";
import { seededRng } from "../../../src/domain/rng.ts";
import type { Clock } from "../../../src/domain/ports.ts";
import { startDemoTraffic } from "../../../src/load/demo-traffic.ts";
import { formatLoadResult } from "../../../src/load/format-load-result.ts";
import { LoadInputError } from "../../../src/load/load-input-error.ts";
import type { LoadResult } from "../../../src/load/load-result.ts";
import { markMeters, readMeters } from "../../../src/load/meters.ts";
import { type LoadPlan, runLoad } from "../../../src/load/run-load.ts";
import { parseScenario } from "../../../src/load/scenario.ts";
import type { Target } from "../../../src/load/target.ts";
import { parseWorkload } from "../../../src/load/workload.ts";
import { readFileSync } from "node:fs";
import { type FakeFaults, type FakeSystem, startFakeSystem } from "./fake-system.ts";

const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

let system: FakeSystem | null = null;
afterEach(async () => {
  await system?.close();
  system = null;
});

const SCENARIO = parseScenario(
  `name: tiny
title: Everything, briefly
durationSeconds: 0.4
connections: 6
requests:
  - { partner: amazon, kind: chat, inputTokens: 12, outputTokens: 5 }
  - { partner: amazon, kind: stream, inputTokens: 12, outputTokens: 5 }
  - { partner: direct, kind: chat, inputTokens: 9, outputTokens: 4 }
  - { partner: direct, kind: responses, inputTokens: 9, outputTokens: 4 }
  - { partner: direct, kind: embeddings, inputTokens: 9 }
  - { partner: first-party, kind: stream, inputTokens: 7, outputTokens: 3 }
flows:
  - { kind: session, perSecond: 20, inputTokens: 8, outputTokens: 4 }
  - { kind: fine_tune, perSecond: 5, inputTokens: 8 }
expectations:
  - { kind: placement, class: stateless, provider: azure }
  - { kind: placement, class: stateful, provider: aws }
  - { kind: placement, class: training, provider: stargate }
  - { kind: metered-once }
  - { kind: error-rate, atMost: 0 }
`,
  "tiny.yaml",
);

const TRACE: LoadPlan = {
  kind: "replay",
  name: "a little trace",
  speed: 10,
  arrivals: Array.from({ length: 60 }, (_, index) => ({
    atMs: index * 20,
    inputTokens: 30 + index,
    outputTokens: 3 + index,
  })),
};

async function run(
  plan: LoadPlan,
  faults: FakeFaults = {},
  target: (own: Target) => Target = (own) => own,
): Promise<LoadResult> {
  system = await startFakeSystem(faults);
  return runLoad({
    target: target(system.target),
    plan,
    rng: seededRng(11),
    clock,
    readLedger: system.readLedger,
    progress: () => {},
    progressEveryMs: 1_000,
    settleMs: 300,
  });
}

const failedOf = (result: LoadResult) =>
  result.expectations.filter(({ pass }) => !pass).map(({ expected }) => expected);

test("a scenario drives every partner and kind, and where all is right the exit code is 0", async () => {
  const result = await run({ kind: "scenario", scenario: SCENARIO });
  expect(failedOf(result)).toEqual([]);
  expect(result.exitCode).toBe(0);
  expect(result.answered).toBe(result.calls);
  expect(result.calls).toBe(system?.served.length);
  expect(
    result.placement.cells.map(({ partner, workload, provider }) => `${partner} ${workload} ${provider}`),
  ).toEqual([
    "amazon stateless azure",
    "direct management stargate",
    "direct stateful aws",
    "direct stateless azure",
    "direct training stargate",
    "first-party stateless azure",
  ]);
});

test("one misrouted stateless call among all fails the run with 99, by the meters and against the gateway's word", async () => {
  const strayed: string[] = [];
  const result = await run(
    { kind: "scenario", scenario: SCENARIO },
    {
      place(call, count) {
        if (call.workload !== "stateless") return call.workload === "stateful" ? "aws" : "stargate";
        if (count < 20 || strayed.length > 0) return "azure";
        strayed.push(call.requestId);
        return "aws";
      },
    },
  );
  expect(result.exitCode).toBe(99);
  expect(failedOf(result)).toEqual(["stateless calls served outside azure: 0"]);
  expect(formatLoadResult(result)).toContain(`✗ FAIL  stateless calls served outside azure: 0`);
  expect(formatLoadResult(result)).toContain(`aws ${strayed[0]}`);
});

test("a call that no cloud metered, and one metered twice, fail the run", async () => {
  const unmetered = await run(
    { kind: "scenario", scenario: SCENARIO },
    { rows: (count) => (count === 15 ? 0 : 1) },
  );
  expect(unmetered.exitCode).toBe(99);
  expect(unmetered.placement.missing).toHaveLength(1);
  await system?.close();
  const doubled = await run(
    { kind: "scenario", scenario: SCENARIO },
    { rows: (count) => (count === 15 ? 2 : 1) },
  );
  expect(doubled.exitCode).toBe(99);
  expect(doubled.placement.duplicates).toHaveLength(1);
});

test("refused calls and answers cut short count as errors, in closed and open loops", async () => {
  const closed = await run(
    { kind: "scenario", scenario: SCENARIO },
    { status: (count) => (count === 12 ? 503 : 200), cut: (count) => count === 30 },
  );
  expect(closed.exitCode).toBe(99);
  expect(failedOf(closed).some((expected) => expected.startsWith("error rate"))).toBe(true);
  expect(closed.calls - closed.answered).toBeGreaterThanOrEqual(2);
  await system?.close();

  const open = await run(TRACE, {
    status: (count) => (count === 12 ? 503 : 200),
    cut: (count) => count === 30,
  });
  expect(open.exitCode).toBe(99);
  expect(open.calls).toBe(60);
  expect(open.answered).toBe(58);
});

test("a replay sends every arrival once and every witness counts the same calls and tokens", async () => {
  const result = await run(TRACE);
  expect(failedOf(result)).toEqual([]);
  expect(result.exitCode).toBe(0);
  const input = 60 * 30 + (59 * 60) / 2;
  const output = 60 * 3 + (59 * 60) / 2;
  expect(result.accounts).toEqual(
    [
      ["calls", 60],
      ["input tokens", input],
      ["output tokens", output],
    ].map(([quantity, count]) => ({
      quantity,
      offered: count,
      client: count,
      ledger: count,
      azureMeter: count,
      counters: count,
      equal: true,
    })),
  );
  expect(new Set(result.placement.cells.map(({ partner }) => partner))).toEqual(
    new Set(["amazon", "direct", "first-party"]),
  );
  expect(result.latencyMs.firstToken?.samples).toBeGreaterThan(0);
  expect(result.memory?.maxBytes).toBeGreaterThan(1_000_000);
});

test("who gets which call depends on the seed alone", async () => {
  const first = await run(TRACE);
  await system?.close();
  const second = await run(TRACE);
  expect(second.placement.cells).toEqual(first.placement.cells);
});

test("one token too many in the counters fails the run with 99 and shows every witness", async () => {
  const result = await run(TRACE, { miscountInput: 1 });
  expect(result.exitCode).toBe(99);
  expect(failedOf(result)).toEqual([expect.stringContaining("input tokens agree")]);
  expect(formatLoadResult(result)).toMatch(/input tokens .* DIFFERENT/);
});

test("a run on a system in use counts only its own calls", async () => {
  const before = await run(TRACE);
  expect(before.exitCode).toBe(0);
  const again = await runLoad({
    target: system?.target as Target,
    plan: TRACE,
    rng: seededRng(12),
    clock,
    readLedger: system?.readLedger ?? null,
    progress: () => {},
    progressEveryMs: 1_000,
    settleMs: 300,
  });
  expect(again.exitCode).toBe(0);
  expect(again.accounts[0]?.azureMeter).toBe(60);
});

test("a cloud or an admin listener that is not there stops the run before anything is sent", async () => {
  const gone = "http://127.0.0.1:1";
  const noMeter = run(TRACE, {}, (own) => ({ ...own, clouds: [{ provider: "azure", url: gone, key: "k" }] }));
  await expect(noMeter).rejects.toThrow(/cannot read the meter of azure.*ECONNREFUSED/);
  await expect(noMeter).rejects.toBeInstanceOf(LoadInputError);
  expect(system?.served).toHaveLength(0);
  await system?.close();
  await expect(run(TRACE, {}, (own) => ({ ...own, adminUrl: gone }))).rejects.toThrow(
    /cannot read the gateway's metrics/,
  );
});

test("a run that is called off ends, and says what was never sent", async () => {
  system = await startFakeSystem();
  const controller = new AbortController();
  const slow: LoadPlan = { ...TRACE, arrivals: TRACE.kind === "replay" ? TRACE.arrivals : [], speed: 0.01 };
  const running = runLoad({
    target: system.target,
    plan: slow,
    rng: seededRng(1),
    clock,
    readLedger: null,
    progress: () => controller.abort(),
    progressEveryMs: 50,
    settleMs: 300,
    signal: controller.signal,
    wait: (delayMs, wake) => {
      const timer = setTimeout(wake, delayMs);
      return () => clearTimeout(timer);
    },
  });
  const result = await running;
  expect(result.calls).toBeLessThan(60);
  expect(result.exitCode).toBe(99);
});

test("a meter that lost rows makes placement unknown, never guessed", async () => {
  system = await startFakeSystem({ rows: () => 1 });
  const { clouds, direct } = system.target;
  const marks = (await markMeters(clouds)).map(() => -1);
  await fetch(`${direct.url}/v1/embeddings`, { method: "POST", body: '{"input":"hi"}' });
  await expect(readMeters(clouds, marks)).rejects.toThrow(/lost rows/);
});

test("demo traffic mixes partners, sessions and embeddings until it is stopped", async () => {
  system = await startFakeSystem();
  const file = "config/workloads/azure-conv-2023.yaml";
  const traffic = startDemoTraffic({
    target: system.target,
    workload: parseWorkload(readFileSync(file, "utf8"), file),
    ratePerSecond: 400,
    rng: seededRng(2),
    clock,
  });
  const deadlineMs = performance.now() + 15_000;
  while (traffic.counts().answered < 150 && performance.now() < deadlineMs) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  await traffic.stop();
  const counts = traffic.counts();
  expect(counts.answered).toBeGreaterThanOrEqual(150);
  expect(counts.failed).toBe(0);
  expect(system.served.length).toBe(counts.sent);
  expect(new Set(system.served.map(({ operation, workload }) => `${operation} ${workload}`))).toEqual(
    new Set([
      "chat.completions.create stateless",
      "responses.create stateless",
      "responses.create stateful",
      "embeddings.create stateless",
    ]),
  );
  await new Promise((resolve) => setImmediate(resolve));
  expect(system.served.length).toBe(counts.sent);
});
