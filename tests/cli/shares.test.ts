/** `--shares` as a user gives it, and money clauses that a user gets wrong. */

import { afterAll, describe, expect, test } from "vitest";
import { copyConfig, type ConfigCopy } from "../support/config-copy.ts";
import { runCli } from "../support/run-cli.ts";

const AMENDED = "agreements/2026-04-27.yaml";
const PRESET = "shares/three-party.yaml";
const copies: ConfigCopy[] = [];
afterAll(() => {
  for (const copy of copies) copy.remove();
});

function freshConfig(): ConfigCopy {
  const config = copyConfig();
  copies.push(config);
  return config;
}

interface Explained {
  readonly terms: { readonly shares: string | null; readonly digest: string };
  readonly revenue: {
    readonly sharePpm: Readonly<Record<string, number>>;
    readonly versions: readonly { readonly from: string | null; readonly inForce: boolean }[];
    readonly caps: readonly unknown[];
    readonly commissions: readonly unknown[];
    readonly switches: readonly { readonly when: unknown; readonly clause: { readonly id: string } }[];
    readonly setAside: readonly { readonly id: string }[];
  };
}

async function explained(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { exitCode, stdout, stderr } = await runCli(["explain", ...args, "--json"], environment);
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Explained;
}

async function revenueText(...args: readonly string[]): Promise<string> {
  const { stdout } = await runCli(["explain", ...args], {});
  const section = /^REVENUE [^]*?(?=\n\n)/m.exec(stdout)?.[0] ?? "";
  return section.replaceAll(/\s+/g, " ");
}

describe("a share preset", () => {
  test("changes the digest, and is named in the terms", async () => {
    const [own, flag] = await Promise.all([explained([]), explained(["--shares", "three-party"])]);
    expect(own.terms.shares).toBeNull();
    expect(flag.terms.shares).toBe("three-party");
    expect(flag.terms.digest).not.toBe(own.terms.digest);
  });

  test("is told by variable too, the flag before the variable, and an empty one is none", async () => {
    const [variable, both, empty] = await Promise.all([
      explained([], { CLAUSEWAY_SHARES: "three-party" }),
      explained(["--shares", "three-party"], { CLAUSEWAY_SHARES: "declining-share" }),
      explained([], { CLAUSEWAY_SHARES: "" }),
    ]);
    expect(variable.terms.shares).toBe("three-party");
    expect(both.terms).toEqual(variable.terms);
    expect(empty.terms.shares).toBeNull();
  });

  test("shows the commission and who bears it", async () => {
    const { revenue } = await explained(["--shares", "three-party", "--partner", "amazon"]);
    expect(revenue.sharePpm).toEqual({ amazon: 100_000, microsoft: 200_000, openai: 700_000 });
    expect(revenue.commissions).toEqual([
      { clause: "C17-amazon", payee: "amazon", commissionPpm: 100_000, borneBy: "openai" },
    ]);
    const text = await revenueText("--shares", "three-party", "--partner", "amazon");
    expect(text).toContain(
      "C17-amazon pays amazon 10 % (100,000 ppm) of the gross, out of the part of openai",
    );
    expect(text).toContain("config/shares/three-party.yaml:");
  });

  test("with dated shares shows all of them, those of the contract date in force", async () => {
    const { revenue } = await explained(["--shares", "declining-share", "--date", "2029-06-30"]);
    expect(revenue.sharePpm).toEqual({ microsoft: 110_000, openai: 890_000 });
    expect(revenue.versions.filter(({ inForce }) => inForce).map(({ from }) => from)).toEqual(["2029-01-01"]);
    const text = await revenueText("--shares", "declining-share", "--date", "2029-06-30");
    expect(text).toContain("before 2027-01-01 microsoft 20 %");
    expect(text).toContain(
      "from 2029-01-01 microsoft 11 % (110,000 ppm), openai 89 % (890,000 ppm), in force",
    );
  });

  test("is one side of a comparison, in which only the split changes", async () => {
    const { exitCode, stdout } = await runCli(
      ["diff", "2026-02-27:azure-exclusive", "2026-02-27:declining-share", "--json"],
      {},
    );
    expect(exitCode).toBe(0);
    const { verdict, cells, rows } = JSON.parse(stdout) as {
      verdict: string;
      cells: { changed: number; splitOnly: number };
      rows: readonly { kind: string }[];
    };
    expect(verdict).toBe("EQUIVALENT");
    expect(cells.splitOnly).toBe(cells.changed);
    expect(cells.changed).toBeGreaterThan(0);
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(["split-only"]));
  });

  test.each([
    ["explain", ["explain", "--shares", "three-partie"]],
    ["check", ["check", "--shares", "three-partie"]],
    ["diff", ["diff", "default", "retention", "--shares", "three-partie"]],
    ["serve", ["serve", "gateway", "--shares", "three-partie"]],
  ])("that there is not is a mistake of the user's in %s", async (_, args) => {
    const { exitCode, stdout, stderr } = await runCli(args, {});
    expect(stderr).toBe("clauseway: unknown share preset `three-partie`, did you mean `three-party`?\n");
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });

  test("that the folder does not hold: a configuration without presets is one", async () => {
    const config = freshConfig();
    config.removeFolder("shares");
    const { exitCode, stdout } = await runCli(["explain", "--config", config.folder, "--json"], {});
    expect(exitCode).toBe(0);
    expect((JSON.parse(stdout) as Explained).terms.shares).toBeNull();
  });
});

describe("the terms of the amendment", () => {
  test("explain shows the cap and the end of the share", async () => {
    const { revenue } = await explained(["--regime", "2026-04-27"]);
    expect(revenue.caps).toEqual([
      { clause: "C11", scope: "lifetime", limitPicoUsd: "38000000000000000000000" },
    ]);
    const text = await revenueText("--regime", "2026-04-27");
    expect(text).toContain(
      "before 2031-01-01 microsoft 20 % (200,000 ppm), openai 80 % (800,000 ppm), in force",
    );
    expect(text).toContain("from 2031-01-01 openai 100 % (1,000,000 ppm)");
    expect(text).toContain("C11 gives others than the seller at most 38,000,000,000 USD in all");
  });

  test("from 2031 on nothing is shared", async () => {
    const { revenue } = await explained(["--date", "2031-01-01"]);
    expect(revenue.sharePpm).toEqual({ openai: 1_000_000 });
  });

  test("a cap that is gone is a split change, though every part is the same", async () => {
    const config = freshConfig();
    config.edit(AMENDED, '      cap: { usd: "38000000000", party: microsoft, scope: lifetime }\n', "");
    const other = `${config.folder}/${AMENDED}`;
    const { stdout } = await runCli(["diff", "2026-04-27", other], {});
    expect(stdout).toMatch(/verdict +EQUIVALENT/);
    expect(stdout).toMatch(/C11 at most 38,000,000,000 USD in all -> /);
    expect(stdout).toMatch(/split-only/);
    const check = ["check", "--config", config.folder, "--regime", "2026-04-27"];
    const { stdout: report, exitCode } = await runCli(check, {});
    expect(exitCode).toBe(3);
    expect(report).toMatch(/E1 ".*" fails: nothing is capped/);
  });
});

describe("a switch of the share", () => {
  test("is shown before it is thrown, and after", async () => {
    const before = await explained(["--regime", "2025-10-28"]);
    expect(before.revenue.switches.map(({ clause, when }) => [clause.id, when])).toEqual([
      ["C14-share", { agi: "verified" }],
    ]);
    const after = await explained(["--regime", "2025-10-28", "--agi", "verified"]);
    expect(after.revenue.sharePpm).toEqual({ openai: 1_000_000 });
    expect(after.revenue.setAside.map(({ id }) => id)).toEqual(["C11"]);
    expect(await revenueText("--regime", "2025-10-28")).toContain(
      "once agi=verified: openai 100 % by C14-share",
    );
  });

  test("that the amendment removed is not", async () => {
    const { revenue } = await explained(["--regime", "2026-04-27"]);
    expect(revenue.switches).toEqual([]);
  });
});

describe("money clauses that are wrong are told with their place", () => {
  const CAP = 'usd: "38000000000"';
  const RATE = "rates: [{ from: 2031-01-01, share_ppm: { openai: 1000000 } }]";
  test.each([
    [
      "a cap that is no decimal text",
      AMENDED,
      CAP,
      'usd: "38e9"',
      '"38e9"',
      / clauses\[\d+\]\.then\.cap\.usd: expected dollars as decimal text/,
      2,
    ],
    [
      "a cap that is a number",
      AMENDED,
      CAP,
      "usd: 38000000000",
      "38000000000,",
      / clauses\[\d+\]\.then\.cap\.usd: write the amount as text, in quotes/,
      2,
    ],
    [
      "rates out of order",
      AMENDED,
      RATE,
      "rates: [{ from: 2031-01-01, share_ppm: { openai: 1000000 } }, { from: 2030-01-01, share_ppm: { microsoft: 1000000 } }]",
      "2030-01-01",
      / clauses\[\d+\]\.then\.rates\[1\]\.from: not after `2031-01-01`, put the rates in the order of their dates/,
      2,
    ],
    [
      "a rate that does not conserve",
      AMENDED,
      RATE,
      "rates: [{ from: 2031-01-01, share_ppm: { openai: 900000 } }]",
      "{ openai: 900000 }",
      / CT011 clauses\[\d+\]\.then\.rates\[0\]\.share_ppm: shares sum to 900000 ppm/,
      3,
    ],
    [
      "an unknown party",
      PRESET,
      "payee: amazon",
      "payee: amzon",
      "amzon",
      / clauses\[\d+\]\.then\.payee: unknown party `amzon`, did you mean `amazon`\?/,
      2,
    ],
    [
      "a preset that does not conserve",
      PRESET,
      "microsoft: 200000",
      "microsoft: 300000",
      "{ microsoft: 300000",
      / CT011 clauses\[\d+\]\.then\.share_ppm: shares sum to 1100000 ppm/,
      3,
    ],
  ] as const)("%s", async (_, file, before, after, place, problem, code) => {
    const config = freshConfig();
    config.edit(file, before, after);
    const { exitCode, stderr, stdout } = await runCli(["check", "--config", config.folder], {});
    expect(stderr).toContain(config.placeOf(file, place));
    expect(stderr).toMatch(problem);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
    expect(exitCode).toBe(code);
  });

  test("a commission that its bearer cannot pay is a conflict that check finds, and no start gets past", async () => {
    const config = freshConfig();
    config.edit(PRESET, "commission_ppm: 100000", "commission_ppm: 900000");
    const regime = ["--regime", "2026-02-27"];
    const { exitCode, stdout } = await runCli(["check", "--config", config.folder, ...regime, "--json"], {});
    expect(exitCode).toBe(3);
    const { findings } = JSON.parse(stdout) as {
      findings: readonly {
        code: string;
        file: string;
        message: string;
        remedy: string;
        tables: readonly string[];
      }[];
    };
    const conflicts = findings.filter(({ code }) => code === "CT002");
    expect(conflicts.map(({ message }) => message)).toEqual([
      "C17-amazon takes 900000 ppm out of the part of openai, who has 800000 ppm of C11 left",
    ]);
    expect(conflicts[0]?.file).toMatch(/shares\/three-party\.yaml$/);
    expect(conflicts[0]?.remedy).toBe("change the shares or the commission");
    expect(conflicts[0]?.tables).toEqual([
      "2026-02-27 x default x three-party",
      "2026-02-27 x default with A16 internal-use x three-party",
    ]);
    const options = ["--config", config.folder, "--shares", "three-party", "--data", config.folder];
    const started = await runCli(["serve", "gateway", ...options], {});
    expect(started.stderr).toMatch(/ CT002 C17-amazon takes .*; change the shares or the commission$/m);
    expect(started.exitCode).toBe(3);
  });
});
