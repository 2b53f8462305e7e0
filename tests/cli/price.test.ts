/** `clauseway price` as a user runs it. */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../support/run-cli.ts";

const SHIPPED = fileURLToPath(new URL("../../config/prices/openai.yaml", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "clauseway-price-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The shipped book with a change, as a file of its own. */
async function changedBook(name: string, before: string, after: string): Promise<string> {
  const text = await readFile(SHIPPED, "utf8");
  expect(text).toContain(before);
  const file = join(folder, name);
  await writeFile(file, text.replace(before, after));
  return file;
}

interface ShownVersion {
  readonly model: string;
  readonly id: string;
  readonly assumed: boolean;
  readonly prices: readonly {
    readonly zone: string;
    readonly tier: string;
    readonly context: string;
    readonly unit: string;
    readonly usdPerMtok: string | null;
    readonly picoUsdPerToken: string | null;
  }[];
}

async function showJson(...args: readonly string[]): Promise<readonly ShownVersion[]> {
  const { stdout, exitCode } = await runCli(["price", "show", ...args, "--json"]);
  expect(exitCode).toBe(0);
  return (JSON.parse(stdout) as { readonly versions: readonly ShownVersion[] }).versions;
}

describe("price show", () => {
  test("a model: every condition, its validity and its sources", async () => {
    const { stdout, exitCode } = await runCli(["price", "show", "gpt-5.4"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^gpt-5\.4@2026-03-05$/m);
    expect(stdout).toMatch(/^ {2}default +2\.50 +0\.25 +2\.50 +15\.00$/m);
    expect(stdout).toMatch(/^ {2}default, long context +5\.00 +0\.50 +5\.00 +22\.50$/m);
    expect(stdout).toMatch(/^ {2}data zone, batch +1\.375 +0\.1375 +1\.375 +8\.25$/m);
    expect(stdout).toMatch(/^ {2}long context: over 272,000 input tokens, for the whole request$/m);
    expect(stdout).toMatch(/^ {2}valid from 2026-03-05$/m);
    expect(stdout).toMatch(/^ {2}recorded 2026-11-23, to be reviewed by 2027-02-28$/m);
    expect(stdout).toMatch(/^ {2}source: github\.com\/pydantic/m);
    expect(stdout).toMatch(/^gpt-5\.4\/training@undated$/m);
    expect(stdout).toMatch(/^ {2}valid at any date, assumed$/m);
  });

  test("what is not known is said to be, not left out", async () => {
    const { stdout } = await runCli(["price", "show", "gpt-6.2-astra"]);
    expect(stdout).toMatch(/^ {2}default +8\.00 +unknown +unknown +40\.00$/m);
  });

  test("a day: only what holds then, the first day counting and the last not", async () => {
    const idAt = async (day: string): Promise<readonly string[]> =>
      (await showJson("gpt-5.6-luna", "--at", day)).map(({ id }) => id);
    expect(await idAt("2026-07-08")).toEqual([]);
    expect(await idAt("2026-07-29")).toEqual(["gpt-5.6-luna@2026-07-09"]);
    expect(await idAt("2026-07-30")).toEqual(["gpt-5.6-luna@2026-07-30"]);
  });

  test("as of a day before anything was recorded there is nothing", async () => {
    expect(await showJson("--as-of", "2026-11-22")).toEqual([]);
    expect((await showJson("--as-of", "2026-11-23")).length).toBeGreaterThan(40);
  });

  test("JSON has both scales as exact text", async () => {
    const [version] = await showJson("azure/eu/gpt-5-nano-2025-08-07");
    expect(version?.assumed).toBe(true);
    expect(version?.prices.find(({ unit }) => unit === "cached_input")).toEqual({
      zone: "global",
      tier: "default",
      context: "short",
      unit: "cached_input",
      usdPerMtok: "0.0055",
      picoUsdPerToken: "5500",
    });
  });

  test.each([
    [["gpt5.4"], /no `gpt5\.4`, did you mean `gpt-5\.4`\?/],
    [["gpt-5.4", "--at", "2026-02-29"], /--at must be a calendar date such as 2026-03-31, got `2026-02-29`/],
    [["--as-of", "soon"], /--as-of must be a calendar date/],
    [["--config", "nowhere"], /nowhere/],
    [["a", "b"], /too many arguments/],
  ])("%j is refused with what to do", async (args, says) => {
    const { exitCode, stderr, stdout } = await runCli(["price", "show", ...args]);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/^\s+at |unexpected failure/m);
    expect([exitCode, stdout]).toEqual([2, ""]);
  });
});

describe("price lint", () => {
  test("the shipped book has no error", async () => {
    const { stdout, exitCode } = await runCli(["price", "lint", "--at", "2026-11-23"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /prices\/openai\.yaml:\d+:\d+ warning open-promotion {2}prices\[\d+\]\.promotion: /,
    );
    expect(stdout).toMatch(/on 2026-11-23: 0 errors, 2 warnings\n$/);
  });

  test("a book with an error ends with 3, in text and in JSON", async () => {
    const file = await changedBook("dear.yaml", 'priority: { input: "5.00"', 'priority: { input: "50.00"');
    const text = await runCli(["price", "lint", file, "--at", "2026-11-23"]);
    expect(text.exitCode).toBe(3);
    expect(text.stdout).toMatch(/dear\.yaml:\d+:\d+ error out-of-ratio {2}prices\[\d+\]\.priority\.input: /);
    const json = await runCli(["price", "lint", file, "--at", "2026-11-23", "--json"]);
    expect(json.exitCode).toBe(3);
    const { errors, findings } = JSON.parse(json.stdout) as { errors: number; findings: readonly object[] };
    expect(errors).toBe(1);
    expect(findings).toContainEqual(
      expect.objectContaining({ severity: "error", rule: "out-of-ratio", file, line: expect.any(Number) }),
    );
  });

  test("a book that cannot be read as one is told of at its line, with 3", async () => {
    const file = await changedBook("broken.yaml", 'output: "15.00"', "output: 15.00");
    const { stdout, exitCode } = await runCli(["price", "lint", file]);
    expect(stdout).toMatch(
      /broken\.yaml:\d+:\d+ error unusable {2}prices\[\d+\]\.output: expected a decimal in quotes/,
    );
    expect(exitCode).toBe(3);
  });

  test("reviews are overdue by the day that is given", async () => {
    const { stdout, exitCode } = await runCli(["price", "lint", "--at", "2027-03-01"]);
    expect(stdout).toMatch(/warning review-overdue {2}prices\[0\]\.reviewBy: /);
    expect(exitCode).toBe(0);
  });

  test.each([
    [["--at", "2026-13-01"], /--at must be a calendar date/],
    [["missing.yaml"], /cannot read missing\.yaml: there is no such file/],
  ])("%j is refused with what to do", async (args, says) => {
    const { exitCode, stderr, stdout } = await runCli(["price", "lint", ...args]);
    expect(stderr).toMatch(says);
    expect([exitCode, stdout]).toEqual([2, ""]);
  });
});

interface DiffJson {
  readonly changes: readonly {
    readonly kind: string;
    readonly model: string;
    readonly unit: string;
    readonly condition: string;
    readonly before: string | null;
    readonly after: string | null;
    readonly ratio: string | null;
  }[];
}

describe("price diff", () => {
  test("two days of one book: what changed, from what to what, and by what", async () => {
    const { stdout, exitCode } = await runCli(["price", "diff", "2026-07-29", "2026-07-30"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^2026-07-29 -> 2026-07-30: 32 prices differ; US dollars per million tokens$/m);
    expect(stdout).toMatch(/^changed +gpt-5\.6-luna +default +output +6\.00 +1\.20 +1\/5$/m);
  });

  test("two files: only the version that differs", async () => {
    const file = await changedBook(
      "cheap.yaml",
      'input: "2.50"\n    cachedInput: "0.25"',
      'input: "2.00"\n    cachedInput: "0.25"',
    );
    const { stdout } = await runCli(["price", "diff", SHIPPED, file, "--json"]);
    const { changes } = JSON.parse(stdout) as DiffJson;
    expect(changes.filter(({ condition, unit }) => condition === "default" && unit === "input")).toEqual([
      expect.objectContaining({ kind: "changed", before: "2.50", after: "2.00", ratio: "4/5" }),
    ]);
    const on = await runCli(["price", "diff", SHIPPED, file, "--at", "2020-01-01", "--json"]);
    expect((JSON.parse(on.stdout) as DiffJson).changes).toEqual([]);
  });

  test("a day against a file: what each holds on that day", async () => {
    const { stdout } = await runCli(["price", "diff", "2026-03-31", SHIPPED]);
    expect(stdout).toBe(`2026-03-31 -> ${SHIPPED}: 0 prices differ\n`);
  });

  test("a price that only one side has is added or removed", async () => {
    const { stdout } = await runCli(["price", "diff", "2026-03-04", "2026-03-05", "--json"]);
    const { changes } = JSON.parse(stdout) as DiffJson;
    expect(
      changes.filter(({ model }) => model === "gpt-5.4").map(({ kind, before }) => [kind, before]),
    ).toContainEqual(["added", null]);
    const back = await runCli(["price", "diff", "2026-03-05", "2026-03-04"]);
    expect(back.stdout).toMatch(/^removed +gpt-5\.4 +default +input +2\.50 +-$/m);
  });

  test.each([
    [["2026-02-30", "2026-03-31"], /calendar date/],
    [["2026-03-31", "missing.yaml"], /`missing\.yaml` is neither a day such as 2026-03-31 nor a file/],
    [["2026-03-31", "2026-04-01", "--at", "2026-04-01"], /--at with two files only/],
    [["2026-03-31"], /missing required argument 'after'/],
  ])("%j is refused with what to do", async (args, says) => {
    const { exitCode, stderr, stdout } = await runCli(["price", "diff", ...args]);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/^\s+at |unexpected failure/m);
    expect([exitCode, stdout]).toEqual([2, ""]);
  });
});

test("an unknown verb of price is told with the ones there are", async () => {
  const { exitCode, stderr } = await runCli(["price", "shwo"]);
  expect(stderr).toMatch(/unknown command 'shwo'/);
  expect(stderr).toMatch(/show/);
  expect(exitCode).toBe(2);
});
