/**
 * What a user gets wrong in the configuration folder: `check` and every start refuse it, with the place of each mistake and the way
 * to mend it. Exit 3 for what is a finding of the agreement (it has a code), 2 for everything else.
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { copyConfig, type ConfigCopy } from "../support/config-copy.ts";
import { runCli, type CliResult } from "../support/run-cli.ts";

const AGREEMENT = "agreements/2026-02-27.yaml";
const NEXT = "agreements/2026-04-27.yaml";
const READING = "readings/default.yaml";
const C1 = "when: { workload: stateless, family: openai";
const MIB = 1024 * 1024;

const FREE_PORTS = Object.fromEntries(
  ["GATEWAY", "ADMIN", "AMAZON", "DIRECT", "FIRST_PARTY", "AZURE", "AWS", "STARGATE"].map((name) => [
    `CLAUSEWAY_${name}_PORT`,
    "0",
  ]),
);

const copies: ConfigCopy[] = [];
afterAll(() => {
  for (const copy of copies) copy.remove();
});

function freshConfig(): ConfigCopy {
  const config = copyConfig();
  copies.push(config);
  return config;
}

const check = ({ folder }: ConfigCopy, ...options: string[]): Promise<CliResult> =>
  runCli(["check", "--config", folder, ...options]);

/** What each line of the message says, without the name of the program. */
function linesOf({ stderr }: CliResult): readonly string[] {
  expect(stderr).toMatch(/^clauseway: /);
  expect(stderr).not.toMatch(/^\s+at |unexpected failure|node:internal/m);
  return stderr.replace("clauseway: ", "").trimEnd().split("\n");
}

/** Exit 2, nothing on stdout, and these lines alone. */
function expectMistakes(result: CliResult, lines: readonly string[]): void {
  expect(linesOf(result)).toEqual(lines);
  expect(result.stdout).toBe("");
  expect(result.exitCode).toBe(2);
}

describe.concurrent("a file that does not mean what it shows", () => {
  test("an alias bomb of ten levels", async () => {
    const config = freshConfig();
    const levels = Array.from({ length: 10 }, (_, level) => {
      const below = level === 0 ? "lol" : `*a${level - 1}`;
      return `a${level}: &a${level} [${Array(9).fill(below).join(", ")}]\n`;
    });
    config.write(AGREEMENT, levels.join(""));
    const result = await check(config);
    const lines = linesOf(result);
    expect(lines[0]).toBe(
      `${config.placeOf(AGREEMENT, "[lol")} anchor \`&a0\`, write the value out where it is used`,
    );
    expect(lines[2]).toBe(`${config.placeOf(AGREEMENT, "*a0")} alias \`*a0\`, write the value out`);
    expect(lines.at(-1)).toMatch(/and \d+ more problems from here on$/);
    expect(result.exitCode).toBe(2);
  });

  test("a key given twice", async () => {
    const config = freshConfig();
    config.edit(AGREEMENT, "  currency: USD", "  version: 3\n  currency: USD");
    expectMistakes(await check(config), [
      `${config.placeOf(AGREEMENT, "version: 3")} key given twice in one mapping, remove one`,
    ]);
  });

  test("a merge key", async () => {
    const config = freshConfig();
    config.edit(AGREEMENT, C1, C1.replace("{ ", "{ <<: { region: us }, "));
    expectMistakes(await check(config), [
      `${config.placeOf(AGREEMENT, "<<")} key \`<<\` is not allowed, write the entries out`,
    ]);
  });

  test("a tab", async () => {
    const config = freshConfig();
    config.edit(AGREEMENT, "  currency: USD", "\tcurrency: USD");
    expectMistakes(await check(config), [
      `${config.placeOf(AGREEMENT, "\t")} tab character, indent with spaces (inside a double-quoted text write \`\\t\`)`,
    ]);
  });

  test("a NUL", async () => {
    const config = freshConfig();
    config.edit(AGREEMENT, "currency: USD", "currency: U\0SD");
    expectMistakes(await check(config), [`${config.placeOf(AGREEMENT, "\0")} control character, remove it`]);
  });

  test("another encoding than UTF-8", async () => {
    const config = freshConfig();
    config.write("facts.yaml", Buffer.from("# a caf\xe9\n", "latin1"));
    expectMistakes(await check(config), [
      `${join(config.folder, "facts.yaml")}:1:8 character that is not UTF-8, save the file in that encoding`,
    ]);
  });

  test("a nesting without end", async () => {
    const config = freshConfig();
    config.write(AGREEMENT, "[".repeat(100_000));
    const lines = linesOf(await check(config));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/2026-02-27\.yaml:1:\d+ nested too deeply to be read/);
  });

  test.each([
    ["an empty file", "", "missing, expected a mapping"],
    ["a list", "- one\n- two\n", "expected a mapping, got a list"],
    [
      "a picture",
      Buffer.from("\x89PNG", "latin1"),
      "character that is not UTF-8, save the file in that encoding",
    ],
  ])("%s", async (_what, text, says) => {
    const config = freshConfig();
    config.write(AGREEMENT, text);
    expect(linesOf(await check(config))[0]).toBe(`${join(config.folder, AGREEMENT)}:1:1 ${says}`);
  });
});

describe.concurrent("a file that cannot be read", () => {
  // Node reads no file of 4 GiB at once, so whoever asks it to would say something else.
  test.each([100 * MIB, 4096 * MIB])("one of %d bytes is refused by its size, unread", async (bytes) => {
    const config = freshConfig();
    truncateSync(join(config.folder, AGREEMENT), bytes);
    expectMistakes(await check(config), [
      `${join(config.folder, AGREEMENT)}:1:1 larger than 256 KiB, split the file or remove what is not configuration`,
    ]);
  });

  test("a folder by the name of a file", async () => {
    const config = freshConfig();
    mkdirSync(join(config.folder, "agreements/later.yaml"));
    expectMistakes(await check(config), [
      `${join(config.folder, "agreements/later.yaml")}:1:1 is a folder and no file, remove or rename it`,
    ]);
  });

  test("a pipe, which would be waited for", async () => {
    const config = freshConfig();
    const file = join(config.folder, READING);
    rmSync(file);
    execFileSync("mkfifo", [file]);
    expectMistakes(await check(config), [`${file}:1:1 is no regular file, replace it with one`]);
  });

  test("a link to itself", async () => {
    const config = freshConfig();
    const file = join(config.folder, "vocabulary.yaml");
    rmSync(file);
    symlinkSync("vocabulary.yaml", file);
    expect(linesOf(await check(config))).toEqual([
      expect.stringContaining(`${file}:1:1 cannot be read: it is a link that leads back to itself`),
    ]);
  });

  test("a file that is not there", async () => {
    const config = freshConfig();
    rmSync(join(config.folder, "facts.yaml"));
    expectMistakes(await check(config), [
      `${join(config.folder, "facts.yaml")}:1:1 cannot be read: there is no such file; point --config at a configuration folder`,
    ]);
  });

  test("a folder that is not there", async () => {
    const config = freshConfig();
    rmSync(join(config.folder, "readings"), { recursive: true });
    expectMistakes(await check(config), [
      `cannot read the folder ${join(config.folder, "readings")}; point --config at a configuration folder`,
    ]);
  });

  test("a name under which nothing would read it", async () => {
    const config = freshConfig();
    config.write("agreements/2027.yml", "");
    expectMistakes(await check(config), [
      `${join(config.folder, "agreements/2027.yml")} would not be read; rename it so that it ends in .yaml`,
    ]);
  });
});

describe.concurrent("words that nobody declared", () => {
  test("a value of an axis", async () => {
    const config = freshConfig();
    config.edit(AGREEMENT, C1, C1.replace("stateless", "statelss"));
    expectMistakes(await check(config), [
      `${config.placeOf(AGREEMENT, "statelss")} clauses[0].when.workload: unknown value \`statelss\`, did you mean \`stateless\`?`,
    ]);
  });

  test("a choice of a reading", async () => {
    const config = freshConfig();
    config.edit(READING, "A2: { choose: in-effect", "A2: { choose: in-efect");
    expectMistakes(await check(config), [
      `${config.placeOf(READING, "in-efect")} choices.A2.choose: unknown choice \`in-efect\` for A2, did you mean \`in-effect\`?`,
    ]);
  });

  test("a reading to extend", async () => {
    const config = freshConfig();
    config.edit("readings/permissive.yaml", "extends: default", "extends: defualt");
    expectMistakes(await check(config), [
      `${config.placeOf("readings/permissive.yaml", "defualt")} reading.extends: unknown reading \`defualt\`, did you mean \`default\`?`,
    ]);
  });

  test("readings that extend each other in a circle", async () => {
    const config = freshConfig();
    config.edit(READING, "  id: default\n", "  id: default\n  extends: permissive\n");
    const circle = "reading.extends: readings extend each other in a circle:";
    expectMistakes(await check(config), [
      `${config.placeOf(READING, "permissive\n")} ${circle} default -> permissive -> default`,
      `${config.placeOf("readings/permissive.yaml", "default\n")} ${circle} permissive -> default -> permissive`,
    ]);
  });

  test("mistakes in several files are told together, each file's in its order", async () => {
    const config = freshConfig();
    config.edit("facts.yaml", "facts:", "factz:");
    config.edit(AGREEMENT, C1, C1.replace("stateless", "statelss"));
    config.edit(NEXT, "currency: USD", "currency: EUR");
    config.edit(READING, "A2: { choose: in-effect", "A2: { choose: in-efect");
    config.edit("classification.yaml", "axes:", "axis:");
    const lines = linesOf(await check(config));
    const files = lines.map((line) => line.slice(config.folder.length + 1, line.indexOf(":")));
    expect([...new Set(files)]).toEqual([AGREEMENT, NEXT, "classification.yaml", "facts.yaml", READING]);
  });
});

describe.concurrent("terms that contradict each other", () => {
  /** Exit 3, and a message in which every line has a code. */
  function expectFindings(result: CliResult, lines: readonly (string | RegExp)[]): void {
    expect(linesOf(result)).toEqual(
      lines.map((line): unknown => (typeof line === "string" ? line : expect.stringMatching(line))),
    );
    expect(result.exitCode).toBe(3);
  }

  test("clauses that override each other in a circle", async () => {
    const config = freshConfig();
    config.edit(AGREEMENT, "    except: [C1-waiver,", "    overrides: [C7]\n    except: [C1-waiver,");
    expectFindings(await check(config), [
      `${config.placeOf(AGREEMENT, "[C7]")} CT013 clauses[0].overrides: clauses override each other in a circle: C1 -> C7 -> C1`,
      /CT013 clauses\[0\]\.overrides\[0\]: C1 overrides C7, but C7 does not name it/,
    ]);
  });

  test("shares that do not sum to the whole", async () => {
    const config = freshConfig();
    config.edit(AGREEMENT, "share_ppm: { microsoft: 200000,", "share_ppm: { microsoft: 200001,");
    const place = config.placeOf(AGREEMENT, "{ microsoft: 200001");
    expectFindings(await check(config), [
      new RegExp(
        `^${place} CT011 clauses\\[\\d+\\]\\.then\\.share_ppm: shares sum to 1000001 ppm, they must sum to 1000000$`,
      ),
    ]);
  });

  test("the same regime twice", async () => {
    const config = freshConfig();
    config.edit(AGREEMENT, "regime: 2026-02-27", "regime: 2025-10-28");
    expectFindings(await check(config), [
      `${config.placeOf(AGREEMENT, "2025-10-28\n")} CT012 agreement.regime: regime \`2025-10-28\` is in ${join(config.folder, "agreements/2025-10-28.yaml")} too, rename one`,
    ]);
  });

  test.each([
    ["overlap", "2026-04-20", /2026-04-27 begins on 2026-04-20, while 2026-02-27 is in force to 2026-04-27/],
    ["leave a hole", "2026-05-04", /no regime is in force from 2026-04-27 to 2026-05-04/],
  ])("regimes whose dates %s", async (_what, from, says) => {
    const config = freshConfig();
    config.edit(NEXT, "effective: { from: 2026-04-27", `effective: { from: ${from}`);
    // One regime suffices: dates are checked over all of them.
    const { stdout, exitCode } = await check(config, "--regime", "2026-04-27");
    expect(stdout).toContain(`CT012 time not tiled  ${config.placeOf(NEXT, from)}`);
    expect(stdout).toMatch(says);
    expect(exitCode).toBe(3);
  });
});

describe.concurrent.each(["serve gateway", "up"])("`%s` does not start", (command) => {
  const start = ({ folder }: ConfigCopy): Promise<CliResult> =>
    runCli([...command.split(" "), "--config", folder, "--data", join(folder, "data")], FREE_PORTS);

  test("with mistakes in what it routes by and in what it offers, all told at once", async () => {
    const config = freshConfig();
    config.edit(AGREEMENT, C1, C1.replace("stateless", "statelss"));
    config.edit("models.yaml", "kind: chat", "kind: chatt");
    config.edit("partners.yaml", "homeProvider: aws", "homeProvidr: aws");
    const result = await start(config);
    const told = linesOf(result).join("\n");
    expect(told).toContain(`${config.placeOf(AGREEMENT, "statelss")} `);
    expect(told).toContain(`${config.placeOf("models.yaml", "chatt")} `);
    expect(told).toContain(`${config.placeOf("partners.yaml", "homeProvidr")} `);
    expect(result.exitCode).toBe(2);
  });

  test("with shares that do not sum", async () => {
    const config = freshConfig();
    config.edit(AGREEMENT, "share_ppm: { microsoft: 200000,", "share_ppm: { microsoft: 200001,");
    const result = await start(config);
    expect(linesOf(result)[0]).toContain(`${config.placeOf(AGREEMENT, "{ microsoft: 200001")} CT011 `);
    expect(result.exitCode).toBe(3);
  });

  test("with a hole between regimes, though not at its own date", async () => {
    const config = freshConfig();
    config.edit(NEXT, "effective: { from: 2026-04-27", "effective: { from: 2026-05-04");
    const result = await start(config);
    expect(linesOf(result)[0]).toContain(`${config.placeOf(NEXT, "2026-05-04")} CT012 `);
    expect(result.exitCode).toBe(3);
  });
});

test("`up` does not start its demo traffic from a workload that is not there", async () => {
  const config = freshConfig();
  rmSync(join(config.folder, "workloads"), { recursive: true });
  const result = await runCli(
    ["up", "--config", config.folder, "--data", join(config.folder, "data")],
    FREE_PORTS,
  );
  expect(linesOf(result)[0]).toContain(
    "workloads/azure-conv-2023.yaml:1:1 cannot be read: there is no such file",
  );
  expect(result.exitCode).toBe(2);
});
