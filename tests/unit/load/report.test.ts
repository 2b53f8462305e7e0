import { expect, test } from "vitest";
import { compareAccounts } from "../../../src/load/accounts.ts";
import { PROFILES } from "../../../src/load/call-profile.ts";
import { sumCounters, sumSeries } from "../../../src/load/counters.ts";
import { judge, judgeAccounts, judgeMemory, judgeShares } from "../../../src/load/expectations.ts";
import { formatLoadResult } from "../../../src/load/format-load-result.ts";
import { type ResultParts, summariseRun } from "../../../src/load/load-result.ts";
import { summarise } from "../../../src/load/memory.ts";
import { percentileOf, percentilesOf } from "../../../src/load/percentiles.ts";
import { joinMeters } from "../../../src/load/placement.ts";
import { createRecorder } from "../../../src/load/recorder.ts";

test("percentiles are measured values by nearest rank, whatever the order", () => {
  const values = Array.from({ length: 100 }, (_, index) => ((index * 37) % 100) + 1);
  expect(percentilesOf(values)).toMatchObject({
    samples: 100,
    mean: 50.5,
    p50: 50,
    p90: 90,
    p99: 99,
    max: 100,
  });
  expect(percentilesOf([7])).toMatchObject({ p50: 7, p99: 7, max: 7 });
  expect(percentilesOf([])).toBeNull();
  expect(percentileOf([], 99)).toBeNaN();
});

test("memory: the maximum, and the growth of the second half alone", () => {
  expect(summarise([])).toBeNull();
  expect(summarise([0, 50, 100, 100, 100, 100, 100, 100])).toEqual({
    samples: 8,
    maxBytes: 100,
    secondHalfGrowthBytes: 0,
  });
  expect(summarise([0, 0, 0, 0, 10, 20, 30, 40])?.secondHalfGrowthBytes).toBe(30);
  expect(summarise([9])).toMatchObject({ maxBytes: 9, secondHalfGrowthBytes: 0 });
});

test("memory of 300 MB fails, growth fails, and growth of a short run is not judged", () => {
  expect(passes(100, 299_999_999, 15_000_000)).toEqual([true, true]);
  expect(passes(100, 300_000_000, 15_000_001)).toEqual([false, false]);
  expect(passes(59, 1, 15_000_001)).toEqual([true]);
});

function passes(samples: number, maxBytes: number, secondHalfGrowthBytes: number): readonly boolean[] {
  return judgeMemory({ samples, maxBytes, secondHalfGrowthBytes }).map(({ pass }) => pass);
}

test("a latency expectation with nothing measured fails", () => {
  const evidence = { recording: createRecorder().recording(), placement: joinMeters(new Map(), []) };
  for (const expectation of [
    { kind: "latency", percentile: 99, atMostMs: 1_000 },
    { kind: "error-rate", atMost: 1 },
    { kind: "calls", atLeast: 1 },
    { kind: "metered-once" },
  ] as const) {
    expect(judge(expectation, evidence).pass).toBe(false);
  }
});

test("one witness that differs makes its row different; one that was not asked does not", () => {
  const same = { calls: 2, inputTokens: 10, outputTokens: 4 };
  const witnesses = { offered: same, client: same, ledger: same, azureMeter: same, counters: null };
  expect(judgeAccounts(compareAccounts(witnesses)).every(({ pass }) => pass)).toBe(true);
  for (const name of ["client", "ledger", "azureMeter", "counters"] as const) {
    const rows = compareAccounts({ ...witnesses, [name]: { ...same, outputTokens: 5 } });
    expect(rows.map(({ equal }) => equal)).toEqual([true, true, false]);
  }
});

test("shares that miss the gross by one picodollar fail, and so does a gross of nothing", () => {
  const ledger = { calls: 1, inputTokens: 1, outputTokens: 1, grossPicoUsd: 10n ** 24n };
  const verdict = (openai: bigint) =>
    judgeShares({ ...ledger, sharePicoUsd: { openai, microsoft: 2n } }).pass;
  expect(verdict(10n ** 24n - 2n)).toBe(true);
  expect(verdict(10n ** 24n - 1n)).toBe(false);
  expect(judgeShares({ ...ledger, grossPicoUsd: 0n, sharePicoUsd: {} }).pass).toBe(false);
});

test("counters sum over their series, of one name and one label only", () => {
  const text = [
    '# HELP clauseway_requests_total Finished calls, by outcome="ok" and others.',
    'clauseway_requests_total{partner="a",outcome="ok"} 3',
    'clauseway_requests_total{partner="b",outcome="ok",fault="none"} 4',
    'clauseway_requests_total{partner="b",outcome="denied"} 9',
    'clauseway_requests_total_other{outcome="ok"} 100',
    "process_resident_memory_bytes 5.5e+07",
  ].join("\n");
  expect(sumCounters(text)).toEqual({ calls: 7, inputTokens: 0, outputTokens: 0 });
  expect(sumSeries(text, "clauseway_requests_total")).toBe(16);
  expect(sumSeries(text, "process_resident_memory_bytes")).toBe(55_000_000);
});

function partsOf(pass: boolean): ResultParts {
  const recorder = createRecorder();
  recorder.record({
    profile: PROFILES["amazon stream"],
    status: 200,
    requestId: "r1",
    inputTokens: 1_200,
    outputTokens: 30,
    error: null,
    serviceMs: 12.34,
    responseMs: null,
    firstTokenMs: null,
    scheduleDelayMs: null,
  });
  const recording = recorder.recording();
  return {
    name: "mixed",
    mode: "scenario",
    wallSeconds: 2,
    pacing: null,
    accounts: [],
    memory: { samples: 2, maxBytes: 150_000_000, secondHalfGrowthBytes: 1_000_000 },
    ledger: {
      calls: 1,
      inputTokens: 0,
      outputTokens: 0,
      grossPicoUsd: 5n,
      sharePicoUsd: { openai: 4n, microsoft: 1n },
    },
    recording,
    placement: joinMeters(recording.asked, [
      {
        provider: "azure",
        requestId: "r1",
        operation: "chat.completions.create",
        status: 200,
        inputTokens: 1_200,
        outputTokens: 30,
      },
    ]),
    expectations: [{ expected: "stateless calls served outside azure: 0", measured: "0 (of 1)", pass }],
  };
}

test("the report ends with the expectations and shows rate, latency, placement and exact money", () => {
  const text = formatLoadResult(summariseRun(partsOf(true)));
  expect(text).toContain("scenario mixed: 1 calls in 2.0 s, 1 answered, 0.5 calls/s");
  expect(text).toMatch(/sent to last byte +12\.3 +12\.3/);
  expect(text).toMatch(/amazon +stateless +azure +1 +0 +1,200 +30/);
  expect(text).toMatch(/gross +0\.000000000005\nopenai +0\.000000000004\nmicrosoft +0\.000000000001/);
  expect(text).toMatch(
    /✓ pass +stateless calls served outside azure: 0 +0 \(of 1\)\nall expectations hold\n$/,
  );
});

test("one failed expectation, or none at all, makes the exit code 99; JSON can hold the result", () => {
  const failed = summariseRun(partsOf(false));
  expect(failed.exitCode).toBe(99);
  expect(formatLoadResult(failed)).toMatch(/✗ FAIL.*\n1 of 1 expectations failed\n$/);
  expect(summariseRun({ ...partsOf(true), expectations: [] }).exitCode).toBe(99);
  const { exitCode, ...result } = summariseRun(partsOf(true));
  expect(exitCode).toBe(0);
  expect(JSON.parse(JSON.stringify(result))).toMatchObject({ schemaVersion: 1, money: { gross: "5" } });
});
