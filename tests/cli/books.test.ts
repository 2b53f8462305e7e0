/** The commands that read the books and close them, as a user runs them on a ledger of two months. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SettledCall } from "../../src/domain/ledger.ts";
import { picoUsd } from "../../src/domain/units.ts";
import { openSqliteReader } from "../../src/stores/sqlite/sqlite-reader.ts";
import { openSqliteStore } from "../../src/stores/sqlite/sqlite-store.ts";
import { isInstalled, runInstalled } from "../support/installed.ts";
import { runCli, type CliResult } from "../support/run-cli.ts";
import { chargeOf, settledCall, USUAL_USAGE } from "../support/settled-call.ts";

/** At a price that is in no book. */
function madeUp(totalPicoUsd: bigint): SettledCall["charge"] {
  const charge = chargeOf(totalPicoUsd);
  return charge.kind === "rated" ? { ...charge, priceVersion: "made-up@2026-01-01" } : charge;
}

const CALLS: readonly SettledCall[] = [
  settledCall("feb", { effectiveAt: "2026-02-27", charge: madeUp(1_234_567_890_123n) }),
  settledCall("mar-1", { charge: madeUp(2n) }),
  settledCall("mar-2", { charge: madeUp(2n), partner: "direct" }),
  settledCall("odd", { charge: { kind: "unpriced", reason: "usage unknown" } }),
];

/** At the shipped price of gpt-5.4: 2.50 and 15 dollars for a million tokens. */
const PRICED = settledCall("priced", {
  usage: { ...USUAL_USAGE, cacheWriteTokens: null },
  charge: {
    kind: "rated",
    lines: [
      {
        unit: "input",
        quantity: 12n,
        unitPricePicoUsd: picoUsd(2_500_000n),
        amountPicoUsd: picoUsd(30_000_000n),
      },
      {
        unit: "output",
        quantity: 34n,
        unitPricePicoUsd: picoUsd(15_000_000n),
        amountPicoUsd: picoUsd(510_000_000n),
      },
    ],
    totalPicoUsd: picoUsd(540_000_000n),
    priceVersion: "gpt-5.4@2026-03-05",
    assumed: false,
  },
});

// Each command is a process of its own, and a busy machine starts them slowly.

let folder: string;
/** Closes February, then books a late call of it in March. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "clauseway-books-"));
  await writeLedger(folder, CALLS);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("before anything is closed", () => {
  test("the months are open, and the preview of one says so", async () => {
    expect(await lines("period", "list")).toEqual([
      expect.stringMatching(/^month +status +calls +gross USD/),
      expect.stringMatching(/^2026-02 +open +1 +1\.2346$/),
      expect.stringMatching(/^2026-03 +open +3 +0\.0000$/),
    ]);
    const preview = await printed("period", "preview", "2026-02");
    expect(preview).toContain("Statement of 2026-02: PREVIEW, the month is open");
    expect(preview).toContain("simulated; revenue shares as reported; hosting fees assumed");
    expect(preview.split("\n").every((line) => line.length <= 100)).toBe(true);
    expect(await printed("statement", "--period", "2026-02")).toBe(preview);
    expect(JSON.parse(await printed("period", "preview", "2026-02", "--json"))).toMatchObject({
      status: "preview",
    });
  });

  test("a month cannot be closed before an earlier one that holds calls", async () => {
    const { exitCode, stderr } = await run("period", "close", "2026-03");
    expect(stderr).toContain("`2026-02` holds calls and is open: close it before `2026-03`");
    expect(exitCode).toBe(2);
  });
});

describe("once a month is closed", () => {
  let closed: string;
  beforeAll(async () => {
    closed = await printed("period", "close", "2026-02");
    await writeLedger(folder, [
      settledCall("late", { effectiveAt: "2026-02-28", charge: madeUp(1_000_001n) }),
    ]);
  });

  test("closing says what is to be paid and what is carried", () => {
    expect(closed).toMatch(/^closed 2026-02 for good \(simulated\), manifest [0-9a-f]{64}$/m);
    expect(closed).toMatch(/to be paid +shares +openai to microsoft +0\.250000000000 USD/);
    expect(closed).toMatch(/to be paid +hosting +openai to microsoft +0\.370000000000 USD/);
    expect(closed).toMatch(/carried on +shares +openai to microsoft +-0\.003086421975 USD/);
  });

  test("it cannot be closed again", async () => {
    const { exitCode, stderr } = await run("period", "close", "2026-02");
    expect(stderr).toContain("`2026-02` is closed");
    expect(exitCode).toBe(2);
  });

  test("its statement is what was kept, byte for byte, also after a late call", async () => {
    const reader = openSqliteReader({ file: join(folder, "ledger.sqlite") });
    const { closing } = await reader.periodBook("2026-02");
    await reader.close();
    const json = await printed("statement", "--period", "2026-02", "--json");
    expect(json).toBe(`${closing?.statement}\n`);
    expect(JSON.parse(json)).toMatchObject({
      period: "2026-02",
      status: "closed",
      total: { calls: 1, grossPicoUsd: "1234567890123" },
      closingPicoUsd: "-2716054938",
    });
    expect(await printed("period", "preview", "2026-02", "--json")).toBe(json);
  });

  test("a late call of it is a correction in the next month, which opens with what was carried", async () => {
    const march = await printed("statement", "--period", "2026-03");
    expect(march).toMatch(/of 2026-02, which was over: 1 call +0\.000001000001/);
    expect(march).toMatch(/opening balance, carried from the last close +-0\.003086421975/);
    expect(march).toContain("price made-up@2026-01-01: 3 charges");
    expect(march).toContain("suspense: usage unknown (1 call)");
    expect(march).toMatch(/True-up \(in the above\)/);
  });

  test("a statement is a table for spreadsheets too", async () => {
    const csv = await printed("statement", "--period", "2026-02", "--format", "csv");
    expect(csv.split("\n")[0]).toBe(
      "period,status,section,item,payer,payee,rate_ppm,calls,base_usd,amount_usd,sha256",
    );
    expect(csv).toContain("2026-02,closed,price,made-up@2026-01-01,,,,1,,1.234567890123,\n");
    expect(csv).toContain("2026-02,closed,share,C11,openai,microsoft,,,1.234567890123,0.246913578025,\n");
  });

  test("its table says what the figures are of, as its text and its JSON do", async () => {
    const csv = await printed("statement", "--period", "2026-02", "--format", "csv");
    const manifest = /manifest ([0-9a-f]{64})/.exec(closed)?.[1];
    expect(csv).toContain(
      "2026-02,closed,note,simulated; revenue shares as reported; hosting fees assumed,,,,,,,\n",
    );
    expect(csv).toContain(`2026-02,closed,agreement,2026-02-27,,,,1,,,${"d".repeat(64)}\n`);
    expect(csv).toContain(`2026-02,closed,manifest,manifest,,,,,,,${manifest}\n`);
    expect(csv).toContain("2026-02,closed,gross-total,all channels,,,,1,,1.234567890123,\n");
    expect(csv).toContain("2026-02,closed,balance,opening,,,,,,0.000000000000,\n");
    expect(csv).toContain("2026-02,closed,balance,closing,,,,,,-0.002716054938,\n");
    const march = await printed("statement", "--period", "2026-03", "--format", "csv");
    expect(march).toContain("2026-03,preview,unpriced-reason,usage unknown,,,,1,,,\n");
    expect(march).not.toContain(",manifest,");
  });

  test("a month that was passed over is over: it takes no more calls, and says so", async () => {
    const preview = await printed("period", "preview", "2026-01");
    expect(preview).toContain("Statement of 2026-01: PREVIEW, the month is over");
    expect(preview).toContain("2026-02 is closed, so 2026-01 takes no more calls");
    expect(await printed("period", "preview", "2026-03")).toContain("PREVIEW, the month is open");
  });

  test("without a month a statement is over all calls, and names the months", async () => {
    const text = await printed("statement");
    expect(text).toContain("contract period 2026-02-27 to 2026-03-31");
    expect(text).toContain("see --period: 2026-02 (closed), 2026-03 (open)");
  });

  test("the ledger proves and replays", async () => {
    const check = await printed("ledger", "check");
    expect(check).toMatch(/^the running sums hold: .* 2 months$/m);
    expect(check).toContain("calls and postings themselves were not read: clauseway ledger replay --verify");
    expect(await printed("ledger", "replay", "--verify")).toBe(
      "replayed 5 calls in 2 months: charges, splits, caps, sums and closes are as they are kept\n" +
        "0 charges made anew by the price book\n" +
        "NOT PRICED ANEW: 4 charges, held against their tokens only: the price book has no version `made-up@2026-01-01` (see --config)\n",
    );
    expect(JSON.parse(await printed("ledger", "replay", "--json"))).toEqual({
      calls: 5,
      months: 2,
      pricedAnew: 0,
      notPricedAnew: [{ reason: "the price book has no version `made-up@2026-01-01`", calls: 4 }],
      differing: 0,
      differences: [],
    });
  });

  test("what has no price is listed, and nothing is an orphan", async () => {
    expect(await printed("ledger", "suspense")).toMatch(/odd +usage unknown\n1 call in suspense/);
    expect(JSON.parse(await printed("ledger", "suspense", "--json"))).toMatchObject({
      total: 1,
      calls: [{ requestId: "odd" }],
    });
    expect(await printed("ledger", "orphans")).toBe(
      "0 orphans: opened at least 15 minutes ago and never settled\n",
    );
  });

  test("calls are exported a row each, of all months or of one", async () => {
    const csv = (await printed("ledger", "export", "--format", "csv")).trimEnd().split("\n");
    expect(csv).toHaveLength(6);
    expect(csv[0]).toMatch(/^seq,period,request_id,phase,effective_at/);
    expect(csv[1]).toMatch(
      /^1,2026-02,feb,answer,2026-02-27,.*microsoft=0\.246913578025 openai=0\.987654312098/,
    );
    const jsonl = (await printed("ledger", "export", "--format", "jsonl", "--period", "2026-03"))
      .trimEnd()
      .split("\n");
    expect(jsonl.map((line) => (JSON.parse(line) as { call: { requestId: string } }).call.requestId)).toEqual(
      ["mar-1", "mar-2", "odd", "late"],
    );
  });

  test("an export to a file is there when it is whole, and a file that cannot be written is told", async () => {
    const file = join(folder, "books.csv");
    expect(await printed("ledger", "export", "--format", "csv", "--out", file)).toBe("");
    expect(readFileSync(file, "utf8")).toBe(await printed("ledger", "export", "--format", "csv"));
    expect(existsSync(`${file}.unfinished`)).toBe(false);
    const { exitCode, stderr } = await run(
      "ledger",
      "export",
      "--format",
      "csv",
      "--out",
      join(folder, "no", "books.csv"),
    );
    expect(stderr).toMatch(/cannot write .*books\.csv \(ENOENT\); choose another with --out/);
    expect(exitCode).toBe(2);
  });

  test.runIf(isInstalled("bean-check"))(
    "beancount accepts the exported journal, closes included",
    async () => {
      const file = join(folder, "books.beancount");
      await printed("ledger", "export", "--format", "beancount", "--out", file);
      expect(readFileSync(file, "utf8")).toContain('"owe of 2026-02"');
      expect(runInstalled("bean-check", [file])).toEqual({ status: 0, output: "" });
    },
  );

  test.runIf(isInstalled("hledger"))("hledger accepts the exported journal of one month", async () => {
    const file = join(folder, "books.journal");
    writeFileSync(file, await printed("ledger", "export", "--format", "hledger", "--period", "2026-02"));
    expect(runInstalled("hledger", ["check", "--strict", "-f", file])).toEqual({ status: 0, output: "" });
    expect(runInstalled("hledger", ["check", "payees", "-f", file])).toEqual({ status: 0, output: "" });
  });
});

describe("a ledger that somebody changed", () => {
  let broken: string;
  beforeEach(async () => {
    broken = await mkdtemp(join(tmpdir(), "clauseway-broken-"));
    await writeLedger(broken, CALLS);
    const closing = await runCli(["period", "close", "2026-02", "--data", broken]);
    expect(closing.exitCode).toBe(0);
  });
  afterEach(() => rm(broken, { recursive: true, force: true }));

  test("by a posting is found by a replay, with the number and the request id of the call: exit 4", async () => {
    alter("UPDATE posting SET amount_pico_usd = amount_pico_usd + 1 WHERE call_seq = 2 AND line = 0");
    const { exitCode, stdout } = await runCli(["ledger", "replay", "--verify", "--data", broken]);
    expect(stdout).toMatch(/^call 2 \(request mar-1\): transactions$/m);
    expect(stdout).toMatch(/^REPLAY DIFFERS: replayed 4 calls/);
    expect(exitCode).toBe(4);
  });

  test("by a running sum is found by a check, and its month cannot be closed: exit 4", async () => {
    alter("UPDATE part_sum SET amount_lo = amount_lo + 1 WHERE period = 202603");
    const check = await runCli(["ledger", "check", "--data", broken]);
    expect(check.stdout).toContain("BROKEN: the ledger does not add up");
    expect(check.exitCode).toBe(4);
    const close = await runCli(["period", "close", "2026-03", "--data", broken]);
    expect(close.stderr).toContain("off balance");
    expect(close.exitCode).toBe(4);
  });

  test("by the statement that a close kept is found when it is printed: exit 4", async () => {
    alter(`UPDATE period SET statement = replace(statement, '"calls":1', '"calls":2')`);
    const { exitCode, stderr } = await runCli(["statement", "--period", "2026-02", "--data", broken]);
    expect(stderr).toContain("the sums of 2026-02 no longer make what its close kept: statement");
    expect(exitCode).toBe(4);
  });

  test.each([
    ["its manifest", "UPDATE period SET manifest_sha256 = '00'", "manifest"],
    [
      "what closing posted",
      "UPDATE period_posting SET amount_pico_usd = '1' WHERE tx = 0 AND line = 0",
      "transactions at the close",
    ],
    ["what it carries on", "UPDATE period SET carries = '[]'", "carries"],
  ])("by %s is found when the month is shown, and by a check: exit 4", async (_, sql, what) => {
    alter(sql);
    const problem = `the sums of 2026-02 no longer make what its close kept: ${what}`;
    const shown = await runCli(["statement", "--period", "2026-02", "--data", broken]);
    expect(shown.stderr).toContain(problem);
    expect(shown.stdout).toContain("NOT AS IT WAS CLOSED");
    expect(shown.exitCode).toBe(4);
    const check = await runCli(["ledger", "check", "--data", broken]);
    expect(check.stdout).toContain(`BROKEN: ${problem}`);
    expect(check.exitCode).toBe(4);
  });

  test("by a price, with its postings and every sum, is found by a replay: exit 4", async () => {
    await writeLedger(broken, [PRICED]);
    expect((await runCli(["ledger", "replay", "--data", broken])).stdout).toContain("1 charge made anew");
    halve("priced");
    const check = await runCli(["ledger", "check", "--data", broken]);
    expect(check.exitCode).toBe(0);
    const { exitCode, stdout } = await runCli(["ledger", "replay", "--verify", "--data", broken]);
    expect(stdout).toContain("REPLAY DIFFERS: replayed 5 calls in 2 months, 1 difference\n");
    expect(stdout).toMatch(/^call 5 \(request priced\): charge$/m);
    expect(exitCode).toBe(4);
  });

  test.each([
    ["ledger replay", "UPDATE call SET charge_pico_usd = NULL WHERE seq = 2", /^call 2: rows of the call$/m],
    [
      "ledger export --format csv",
      "UPDATE call SET charge_pico_usd = NULL WHERE seq = 2",
      /broken: call 2: /,
    ],
    ["ledger replay", "UPDATE context SET clauses = 'nojson'", /^call 1: rows of the call$/m],
    ["ledger check", "UPDATE context SET split = 'garbage'", /`garbage` is no split/],
    ["statement", "UPDATE context SET split = 'garbage'", /the ledger is broken: `garbage` is no split/],
    ["ledger replay", "UPDATE period SET carries = 'x'", /^book of 2026-02$/m],
    [
      "statement --period 2026-02",
      "UPDATE period SET carries = 'x'",
      /the ledger is broken: period 2026-02: /,
    ],
    ["ledger check", "DELETE FROM context WHERE id = 1", /the ledger is broken: context 1: it is gone/],
    ["statement", "DELETE FROM account WHERE id = 1", /the ledger is broken: account 1: it is gone/],
    ["ledger suspense", "UPDATE call SET unpriced = 1 WHERE seq = 1", /the ledger is broken: call 1: /],
    [
      "ledger replay",
      "UPDATE call SET unpriced = 1 WHERE seq = 1",
      /^ {2}kept suspense of a call that is rated$/m,
    ],
    [
      "period close 2026-03",
      "DELETE FROM context WHERE id = 3",
      /the ledger is broken: context 3: it is gone/,
    ],
  ])(
    "so that `%s` cannot read it is told as broken, without a stack: exit 4 (%s)",
    async (words, sql, told) => {
      alter(sql);
      const { exitCode, stdout, stderr } = await runCli([...words.split(" "), "--data", broken]);
      expect(stdout + stderr).toMatch(told);
      expect(stderr).not.toContain("unexpected failure");
      expect(exitCode).toBe(4);
    },
  );

  /** As somebody would who knows the tables: wherever the charge of the call stands, half of it is left. */
  function halve(requestId: string): void {
    const database = new DatabaseSync(join(broken, "ledger.sqlite"));
    const call = database.prepare("SELECT seq, context_id FROM call WHERE request_id = ?").get(requestId);
    const [seq, context] = [Number(call?.["seq"]), Number(call?.["context_id"])];
    database.exec(`
      UPDATE rated_line SET unit_price_pico_usd = unit_price_pico_usd / 2, amount_pico_usd = amount_pico_usd / 2 WHERE call_seq = ${seq};
      UPDATE posting SET amount_pico_usd = amount_pico_usd / 2 WHERE call_seq = ${seq};
      UPDATE call SET charge_pico_usd = charge_pico_usd / 2 WHERE seq = ${seq};
      UPDATE use_sum SET gross_pico_usd_lo = gross_pico_usd_lo / 2 WHERE context_id = ${context};
      UPDATE part_sum SET (amount_hi, amount_lo) = (
        SELECT sum(amount_pico_usd) >> 32, sum(amount_pico_usd) & 4294967295 FROM posting
        WHERE call_seq = ${seq} AND posting.account_id = part_sum.account_id
      ) WHERE context_id = ${context};`);
    database.close();
  }

  function alter(sql: string): void {
    const database = new DatabaseSync(join(broken, "ledger.sqlite"));
    expect(database.prepare(sql).run().changes).toBeGreaterThan(0);
    database.close();
  }
});

describe("what a user gets wrong", () => {
  test.each([
    [["statement", "--period", "2026-13"], "a period is a month such as 2026-03, got `2026-13`"],
    [["statement", "--format", "csv"], "--format csv is of one month: name it with --period"],
    [["statement", "--format", "pdf"], "Allowed choices are text, json, csv"],
    [["period", "close", "march"], "a period is a month such as 2026-03, got `march`"],
    [
      ["period", "close", "2026-03", "--admin", "nowhere"],
      "--admin must be a URL such as http://127.0.0.1:8081",
    ],
    [
      ["period", "close", "2026-03", "--admin", "http://127.0.0.1:1"],
      "cannot ask the gateway at http://127.0.0.1:1/periods/2026-03/close (ECONNREFUSED)",
    ],
    [["ledger", "export"], "required option '--format <format>' not specified"],
    [["ledger", "suspense", "--limit", "0"], "give an integer from 1 to 1000000"],
    [["ledger", "frobnicate"], "unknown command 'frobnicate'"],
  ])("%j is told in one message", async (words, message) => {
    const { exitCode, stdout, stderr } = await run(...words);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("unexpected failure");
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });

  test("a data folder without a ledger is told, and gets none", async () => {
    const empty = join(folder, "empty");
    const { exitCode, stderr } = await runCli(["period", "close", "2026-03", "--data", empty]);
    expect(stderr).toMatch(/no ledger/i);
    expect(existsSync(join(empty, "ledger.sqlite"))).toBe(false);
    expect(exitCode).toBe(2);
  });
});

async function writeLedger(dataDir: string, calls: readonly SettledCall[]): Promise<void> {
  const store = await openSqliteStore({ file: join(dataDir, "ledger.sqlite") });
  for (const call of calls) await store.settle(call);
  await store.close();
}

function run(...words: readonly string[]): Promise<CliResult> {
  return runCli(words, { CLAUSEWAY_DATA_DIR: folder });
}

/** Expects exit 0 and nothing on stderr. */
async function printed(...words: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(...words);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout;
}

async function lines(...words: readonly string[]): Promise<readonly string[]> {
  return (await printed(...words)).trimEnd().split("\n");
}
