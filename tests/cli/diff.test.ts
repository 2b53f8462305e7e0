/** `clauseway diff` as a user runs it. */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSqliteStore } from "../../src/stores/sqlite/sqlite-store.ts";
import { copyConfig } from "../support/config-copy.ts";
import { runCli } from "../support/run-cli.ts";
import { chargeOf, settledCall } from "../support/settled-call.ts";

const CONFIG = fileURLToPath(new URL("../../config", import.meta.url));
const SCENARIO = fileURLToPath(new URL("../../load-tests/scenarios/mixed.yaml", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "clauseway-diff-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A shipped file with a change, under a name of its own. */
async function edited(path: string, before: string, after: string): Promise<string> {
  const text = await readFile(join(CONFIG, path), "utf8");
  if (text.split(before).length !== 2) throw new Error(`${path} does not hold \`${before}\` exactly once`);
  const file = join(folder, `${path.replaceAll("/", "-")}`);
  await writeFile(file, text.replace(before, after));
  return file;
}

describe("sides", () => {
  test("a reading does not differ from itself", async () => {
    const { stdout, exitCode } = await runCli(["diff", "default", "2026-02-27", "--no-new-providers"]);
    expect(stdout).toMatch(/^verdict +EQUIVALENT/m);
    expect(stdout).toMatch(/^cells +0 of [\d,]+ change/m);
    expect(stdout).toContain("--no-new-providers holds");
    expect(exitCode).toBe(0);
  });

  test("an agreement of a file is compared with those of the configuration", async () => {
    const file = await edited(
      "agreements/2026-02-27.yaml",
      "then: { share_ppm: { microsoft: 200000, openai: 800000 } }",
      "then: { share_ppm: { microsoft: 150000, openai: 850000 } }",
    );
    const { stdout, exitCode } = await runCli(["diff", "2026-02-27", file, "--scenario", SCENARIO]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^verdict +EQUIVALENT/m);
    expect(stdout).toContain("microsoft 20 %, openai 80 % -> microsoft 15 %, openai 85 %");
    expect(stdout).toMatch(/100 % of calls, 100 % of tokens, 100 % of dollars/);
    const [, less, more] =
      /dollars {2}microsoft -(\d+\.\d+), openai \+(\d+\.\d+) \(simulated\)/.exec(stdout) ?? [];
    expect(less).toBeDefined();
    expect(less).toBe(more);
  });

  test("a reading of a file may extend one of the configuration", async () => {
    const own = join(folder, "own.yaml");
    await writeFile(
      own,
      'reading: { id: own, title: A reading of my own, extends: strict-azure }\nchoices: { A7: { choose: descriptive, because: "to see what follows" } }\n',
    );
    const { stdout } = await runCli(["diff", "strict-azure", own]);
    expect(stdout).toMatch(/^verdict +LOOSER$/m);
    expect(stdout).toMatch(/looser +\{azure\} -> any/);
  });

  test.each([
    [
      ["diff", "default", "defualt"],
      /`defualt` is no file or folder, and neither a regime, a reading nor a share preset, did you mean `default`\?/,
    ],
    [["diff", "default", "retention", "--trace", "a", "--scenario", "b"], /give one of --data, --trace/],
    [["diff", "default", "retention", "--data", "nowhere"], /nowhere/],
    [["diff", "default", "retention", "--calls", "5"], /give --workload, or leave it out/],
    [["diff", "default", "nowhere:default"], /`nowhere` is no file or folder/],
  ])("%j is refused with what to do", async (args, says) => {
    const { exitCode, stderr, stdout } = await runCli(args);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/^\s+at |unexpected failure/m);
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });
});

describe("the gate", () => {
  test.each([
    // The tables are equal: it is the class of responses that changes.
    ["default", "api-family", 6],
    ["2026-02-27", "2026-04-27", 6],
    ["permissive", "strict-azure", 0],
  ])("from %s to %s exits %i", async (before, after, expected) => {
    const { exitCode, stdout } = await runCli(["diff", before, after, "--no-new-providers"]);
    expect(exitCode).toBe(expected);
    expect(stdout).toContain(expected === 0 ? "--no-new-providers holds" : "--no-new-providers VIOLATED");
  });
});

describe("two configuration folders", () => {
  const config = copyConfig();
  afterAll(() => config.remove());

  async function gate(side: string, ...args: readonly string[]) {
    return await runCli(["diff", CONFIG, side, "--no-new-providers", "--scenario", SCENARIO, ...args]);
  }

  test("are the same where nothing was changed", async () => {
    const { stdout, exitCode } = await gate(config.folder);
    expect(stdout).toMatch(/^verdict +EQUIVALENT/m);
    expect(exitCode).toBe(0);
  });

  test("the gate sees a classification that opens AWS, and how much of the traffic that concerns", async () => {
    config.edit(
      "classification.yaml",
      "    only-if: { A1: family }",
      "    only-if: { A1: [dependence, family] }",
    );
    const { stdout, exitCode } = await gate(config.folder);
    config.restore("classification.yaml");
    expect(exitCode).toBe(6);
    expect(stdout).toMatch(/^after +\S+ x 2026-02-27 x default /m);
    expect(stdout).toMatch(/^may run on a provider that was closed +24\.00 %/m);
    expect(stdout).toMatch(/^what becomes of calls that move: stateless -> stateful {2}24\.00 % of calls/m);
  });

  test("the gate sees a dated fact that opens AWS, and the traffic of its days", async () => {
    const april = "from: 2026-04-01, value: verified, basis: assumed, source: [S1]";
    config.edit(
      "facts.yaml",
      "  first-refusal:",
      `    - { ${april}, because: to see what would follow }\n  first-refusal:`,
    );
    const march = await gate(config.folder);
    const later = await gate(config.folder, "--date", "2026-04-05");
    config.restore("facts.yaml");
    expect([march.exitCode, later.exitCode]).toEqual([6, 6]);
    const move = "what becomes of calls that move: agi not-verified -> verified";
    expect(march.stdout).toContain(`${move}  no calls`);
    expect(later.stdout).toContain(`${move}  100 % of calls`);
    expect(later.stdout).toMatch(/^get other hosts +88\.00 %/m);
  });

  test("are refused where they speak about different calls", async () => {
    config.edit("vocabulary.yaml", "      apac:", "      mars: far away\n      apac:");
    const different = await gate(config.folder);
    const weighed = await runCli(["diff", config.folder, config.folder, "--scenario", SCENARIO]);
    config.restore("vocabulary.yaml");
    expect(different.stderr).toMatch(
      /only one of them has `region: mars` of the vocabulary; give both the same/,
    );
    expect(weighed.stderr).toMatch(
      /has `region: mars` of the vocabulary; give the folder of one side by --config/,
    );
    expect([different.exitCode, weighed.exitCode]).toEqual([2, 2]);
  });
});

test("JSON has every row, with its cubes and its weight", async () => {
  const args = ["diff", "2026-02-27", "2026-04-27", "--scenario", SCENARIO, "--json", "--no-new-providers"];
  const { stdout, exitCode } = await runCli(args);
  const document = JSON.parse(stdout) as {
    verdict: string;
    cells: { changed: number };
    rows: { kind: string; cells: number; cubes: unknown[]; traffic: { calls: number } }[];
    traffic: { total: { calls: number }; otherHosts: { calls: number } };
    noNewProviders: { violated: boolean };
  };
  expect(exitCode).toBe(6);
  expect(document.verdict).toBe("INCOMPARABLE");
  expect(document.rows.reduce((sum, { cells }) => sum + cells, 0)).toBe(document.cells.changed);
  expect(document.rows.every(({ cubes }) => cubes.length > 0)).toBe(true);
  // The cap and the end of the share change the split of calls that stay where they are.
  const moved = document.rows.filter(({ kind }) => kind !== "split-only" && kind !== "citation-only");
  const weighed = moved.reduce((sum, { traffic }) => sum + traffic.calls, 0);
  expect(weighed).toBe(document.traffic.otherHosts.calls);
  expect(document.noNewProviders).toEqual({ violated: true });
});

test("a ledger's calls are decided again from what it keeps of them; those without evidence are left out", async () => {
  const data = await mkdtemp(join(folder, "data-"));
  const store = await openSqliteStore({ file: join(data, "ledger.sqlite") });
  const evidence = {
    "auto-container": "no",
    api: "responses",
    background: "no",
    cache: "short",
    content: "none",
    job: "generate",
    prewarm: "no",
    prompt: "none",
    state: "none",
    store: "kept",
  };
  const facts = {
    agi: "not-verified",
    customer: "commercial",
    family: "openai",
    "first-refusal": "not-exercised",
    "head-start": "over",
    partner: "none",
    product: "api",
    region: "us",
    seller: "openai",
    task: "generation",
    workload: "stateless",
  };
  await store.settle(settledCall("one", { facts, evidence, charge: chargeOf(3_000_000_000_000n) }));
  await store.settle(
    settledCall("two", {
      facts,
      evidence: { ...evidence, api: "chat" },
      charge: chargeOf(1_000_000_000_000n),
    }),
  );
  await store.settle(settledCall("old", { facts: {}, evidence: {} }));
  await store.close();
  const { stdout } = await runCli(["diff", "default", "api-family", "--data", data]);
  expect(stdout).toContain("2 calls, 92 tokens, USD 4.0000 (simulated)");
  expect(stdout).toMatch(/get other hosts +50\.00 % +50\.00 % +75\.00 %/);
  expect(stdout).toContain("left out: 1 call of an earlier version");
});
