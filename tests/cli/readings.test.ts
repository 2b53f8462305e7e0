/** `clauseway readings` as a user runs it. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../support/run-cli.ts";

const WORKLOAD = fileURLToPath(new URL("../../config/workloads/azure-conv-2023.yaml", import.meta.url));
const REGIMES = ["2023-01", "2025-01-21", "2025-10-28", "2026-02-27", "2026-04-27"];
const READINGS = ["default", "api-family", "invocation", "permissive", "retention", "strict-azure"];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "clauseway-readings-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface ReadingsJson {
  readonly regimes: readonly string[];
  readonly readings: readonly string[];
  readonly workload: {
    readonly total: { readonly calls: number; readonly tokens: string; readonly grossPicoUsd: string };
    readonly classes: readonly { readonly workload: string; readonly calls: number }[];
  };
  readonly cells: readonly {
    readonly regime: string;
    readonly reading: string;
    readonly must: { readonly calls: number; readonly grossPicoUsd: string };
    readonly denied: { readonly calls: number };
    readonly share: Readonly<Record<string, string>>;
  }[];
}

async function readJson(...args: readonly string[]): Promise<ReadingsJson> {
  const { stdout, exitCode } = await runCli(["readings", ...args, "--json"]);
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as ReadingsJson;
}

test("three matrices: regimes by their dates, readings, and what the shipped scenario is", async () => {
  const { stdout, exitCode } = await runCli(["readings"]);
  expect(exitCode).toBe(0);
  for (const metric of ["calls", "tokens", "dollars"]) {
    expect(stdout).toMatch(new RegExp(`^${metric} +${READINGS.join(" +")}$`, "m"));
  }
  const rows = [...stdout.matchAll(/^(\d{4}-[\d-]+) .* %$/gm)].map(([, regime]) => regime);
  expect(rows).toEqual([...REGIMES, ...REGIMES, ...REGIMES]);
  expect(stdout).toMatch(/^scenario mixed: 500 calls, /m);
  expect(stdout).toMatch(/^stateful +80 /m);
  expect(stdout).toMatch(/^calls: most .*, least 0 % \(/m);
  expect(stdout).not.toContain("denied");
});

test("one metric alone gives one matrix", async () => {
  const { stdout } = await runCli(["readings", "--metric", "tokens"]);
  expect(stdout.match(/^(calls|tokens|dollars) +default/gm)).toEqual(
    ["tokens   default"].map(() => expect.any(String)),
  );
  expect(stdout).not.toMatch(/^calls: most/m);
});

test("a session's first turn is stateless by default and stateful by endpoint, its second stateful by both", async () => {
  const { cells } = await readJson();
  const mustOf = (regime: string, reading: string) =>
    cells.find((cell) => cell.regime === regime && cell.reading === reading)?.must.calls;
  // 40 first turns and 80 responses go by the endpoint; 40 second turns go by either.
  expect(mustOf("2026-02-27", "default")).toBe(400);
  expect(mustOf("2026-02-27", "api-family")).toBe(280);
  expect(mustOf("2026-02-27", "invocation")).toBe(480);
  expect(mustOf("2026-04-27", "default")).toBe(0);
});

test("shares are the parts of the whole, and no call is denied in the shipped world", async () => {
  const { cells, workload, regimes, readings } = await readJson();
  expect([regimes, readings]).toEqual([REGIMES, READINGS]);
  expect(cells).toHaveLength(REGIMES.length * READINGS.length);
  for (const { must, denied, share } of cells) {
    expect(denied.calls).toBe(0);
    expect(Number(share["calls"])).toBeCloseTo(must.calls / workload.total.calls, 6);
    const dollars = Number(must.grossPicoUsd) / Number(workload.total.grossPicoUsd);
    expect(Number(share["dollars"])).toBeCloseTo(dollars, 6);
  }
  expect(workload.classes.reduce((sum, { calls }) => sum + calls, 0)).toBe(workload.total.calls);
});

test("CSV has a row for each number, dollars exact", async () => {
  const { stdout } = await runCli(["readings", "--format", "csv", "--metric", "dollars"]);
  const [head, ...rows] = stdout.trimEnd().split("\n");
  expect(head).toBe("metric,regime,reading,must,denied,total,share");
  expect(rows).toHaveLength(REGIMES.length * READINGS.length);
  for (const row of rows) {
    expect(row).toMatch(/^dollars,[\d-]+,[a-z-]+,\d+\.\d{12},0\.000000000000,\d+\.\d{12},[01]\.\d{6}$/);
  }
});

test("CSV has no place for calls without a price, so they are told beside it", async () => {
  const { stdout, stderr, exitCode } = await runCli(["readings", "--format", "csv", "--date", "2023-02-01"]);
  expect(exitCode).toBe(0);
  expect(stderr).toBe("without a price: 460 calls, whose dollars are missing\n");
  expect(stdout).not.toContain("price");
  expect((await runCli(["readings", "--format", "csv"])).stderr).toBe("");
});

test("the same seed draws the same calls from a workload, another one others", async () => {
  const drawn = (seed: string) => readJson("--workload", WORKLOAD, "--calls", "50", "--seed", seed);
  const [one, again, other] = [await drawn("1"), await drawn("1"), await drawn("2")];
  expect(one).toEqual(again);
  expect(one.workload.total.calls).toBe(50);
  expect(other.workload.total.tokens).not.toBe(one.workload.total.tokens);
});

test("a trace counts every arrival, priced at the contract date", async () => {
  const file = join(folder, "trace.csv");
  const rows = ["2023-11-16 18:15:46.6805900,374,44", "2023-11-16 18:15:50.9951690,396,109"];
  await writeFile(file, `TIMESTAMP,ContextTokens,GeneratedTokens\n${rows.join("\n")}\n`);
  const { workload } = await readJson("--trace", file);
  // gpt-5.4: 2.50 USD for a million tokens in, 15 USD out.
  const expected = 770n * 2_500_000n + 153n * 15_000_000n;
  expect(workload.total).toEqual({ calls: 2, tokens: "923", grossPicoUsd: expected.toString() });
});

test.each([
  [["--metric", "joules"], /calls, tokens, dollars/],
  [["--format", "xml"], /text, json, csv/],
  [["--scenario", "missing.yaml"], /missing\.yaml/],
  [["--data", "nowhere"], /nowhere/],
  [["--trace", "a", "--workload", "b"], /give one of/],
  [["--calls", "5"], /give --workload, or leave it out/],
])("readings %j is refused with what to do", async (args, says) => {
  const { exitCode, stderr, stdout } = await runCli(["readings", ...args]);
  expect(stderr).toMatch(says);
  expect(stderr).not.toMatch(/^\s+at |unexpected failure/m);
  expect(stdout).toBe("");
  expect(exitCode).toBe(2);
});
