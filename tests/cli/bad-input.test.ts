/** What a user gets wrong on the command line: one message that names it and says what to do, exit 2, no stack trace. */

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSqliteStore } from "../../src/stores/sqlite/sqlite-store.ts";
import { runCli, startCli, type CliResult } from "../support/run-cli.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "clauseway-cli-"));
  await writeFile(join(folder, "empty"), "");
  await writeFile(join(folder, "words"), "this is not what you look for\n");
  await mkdir(join(folder, "a-folder"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const inFolder = (name: string): string => join(folder, name);
const SHIPPED_CONFIG = fileURLToPath(new URL("../../config", import.meta.url));

/** Every port free, so that nothing that runs on this machine is in the way. */
const FREE_PORTS = Object.fromEntries(
  ["GATEWAY", "ADMIN", "AMAZON", "DIRECT", "FIRST_PARTY", "AZURE", "AWS", "STARGATE"].map((name) => [
    `CLAUSEWAY_${name}_PORT`,
    "0",
  ]),
);

/** Exit 2 and one message on stderr that says all of `says`. */
function expectMistake(result: CliResult, ...says: readonly (string | RegExp)[]): void {
  for (const part of says) expect(result.stderr).toMatch(part);
  expect(result.stderr).not.toMatch(/^\s+at |unexpected failure|node:internal|ExperimentalWarning/m);
  expect(result.stderr.match(/^(clauseway|error): /gm)).toHaveLength(1);
  expect(result.stdout).toBe("");
  expect(result.exitCode).toBe(2);
}

describe.concurrent("input files", () => {
  test.each([
    ["--trace", "missing", /missing/],
    ["--trace", "empty", /empty/],
    ["--trace", "a-folder", /a-folder/],
    ["--trace", "words", /words/],
    ["--scenario", "missing", /missing/],
    ["--scenario", "empty", /empty/],
    ["--scenario", "a-folder", /a-folder/],
    ["--scenario", "words", /words/],
    ["--workload", "missing", /missing/],
    ["--workload", "empty", /empty/],
  ])("load %s with a file that is %s", async (flag, name, says) => {
    expectMistake(await runCli(["load", flag, inFolder(name)]), says);
  });
});

describe.concurrent("numbers", () => {
  test.each([
    ["load", "0"],
    ["load", "-1"],
    ["load", "NaN"],
    ["load", ""],
    ["up", "0"],
    ["serve azure", "-1"],
  ])("%s --speed `%s`", async (command, value) => {
    const result = await runCli(
      [...command.split(" "), "--speed", value, "--data", inFolder("unused")],
      FREE_PORTS,
    );
    expectMistake(result, "speed", new RegExp(`\`(--speed )?${value}\``));
  });

  test("--rate 0", async () => expectMistake(await runCli(["up", "--rate", "0"], FREE_PORTS), "--rate"));
  test("--calls 0", async () => expectMistake(await runCli(["load", "--calls", "0"]), "--calls"));
  test("--seed of a word", async () =>
    expectMistake(await runCli(["serve", "azure", "--seed", "x"]), "--seed"));
  test("a port that is none", async () =>
    expectMistake(
      await runCli(["serve", "azure"], { CLAUSEWAY_AZURE_PORT: "99999" }),
      "CLAUSEWAY_AZURE_PORT",
      "99999",
    ));
  test("an address that is none", async () =>
    expectMistake(
      await runCli(["serve", "gateway"], { CLAUSEWAY_AZURE_URL: "ftp://azure" }),
      "CLAUSEWAY_AZURE_URL",
    ));
  test("a target that is none", async () =>
    expectMistake(await runCli(["load", "--target", "here"]), "--target", "`here`"));
});

describe.concurrent("words", () => {
  test("an unknown role", async () =>
    expectMistake(await runCli(["serve", "asure"]), "`asure`", "azure", "gateway", "first-party"));
  test("an unknown command", async () => expectMistake(await runCli(["serv"]), /unknown command/, "serve"));
  test("an unknown option", async () =>
    expectMistake(await runCli(["up", "--spede", "1"]), /unknown option/, "--speed"));
  test("two sources of load", async () =>
    expectMistake(await runCli(["load", "--trace", "a", "--scenario", "b"]), "--scenario", "--trace"));
  test("an unknown log level", async () =>
    expectMistake(await runCli(["serve", "azure", "--log-level", "loud"], FREE_PORTS), "`loud`", "debug"));
});

describe.concurrent("dates", () => {
  test.each(["serve gateway", "up", "load"])("%s on a day that no agreement covers", async (command) => {
    const result = await runCli(
      [...command.split(" "), "--date", "1999-01-01", "--data", inFolder("unused")],
      FREE_PORTS,
    );
    expectMistake(result, "1999-01-01", "agreement", "--date");
  });

  test.each(["yesterday", "2026-02-30"])("`%s`, which is none", async (date) =>
    expectMistake(await runCli(["up", "--date", date], FREE_PORTS), `\`${date}\``, "--date"),
  );
});

describe.concurrent("configuration", () => {
  /** The shipped configuration with one file changed. */
  async function changed(name: string, file: string, change: (text: string) => string): Promise<string> {
    const copy = inFolder(name);
    await cp(SHIPPED_CONFIG, copy, { recursive: true });
    await writeFile(join(copy, file), change(await readFile(join(copy, file), "utf8")));
    return copy;
  }
  const start = (config: string): Promise<CliResult> =>
    runCli(["serve", "gateway", "--config", config, "--data", inFolder("unused")], FREE_PORTS);

  test("an unknown key is named with file, line and column, and what was meant", async () => {
    const config = await changed("config-key", "partners.yaml", (text) =>
      text.replace("    homeProvider: aws", "    homeProvidr: aws"),
    );
    const line =
      (await readFile(join(config, "partners.yaml"), "utf8"))
        .split("\n")
        .findIndex((one) => one.includes("homeProvidr")) + 1;
    expectMistake(
      await start(config),
      `partners.yaml:${line}:5`,
      "homeProvidr",
      /did you mean `?homeProvider/,
    );
  });

  test("every problem of a file is told at once", async () => {
    const config = await changed("config-two", "models.yaml", (text) =>
      text.replace("kind: chat", "kind: chatt").replace("latencyPreset: gpt-4.1-mini", "latencyPreset: slow"),
    );
    expectMistake(await start(config), /models\.yaml:\d+:\d+ .*chatt/, /models\.yaml:\d+:\d+ .*slow/);
  });

  test("an unknown value in the agreement stops the start", async () => {
    const config = await changed("config-value", "agreements/2026-02-27.yaml", (text) =>
      text.replace("workload: stateless", "workload: statelesss"),
    );
    expectMistake(await start(config), /2026-02-27\.yaml:\d+:\d+ /, "statelesss");
  });

  test("a file that is no YAML", async () => {
    const config = await changed("config-yaml", "providers.yaml", () => "providers: [\n");
    expectMistake(await start(config), /providers\.yaml:\d+:\d+ /);
  });

  test("a missing file", async () => {
    const config = await changed("config-missing", "providers.yaml", (text) => text);
    await rm(join(config, "providers.yaml"));
    expectMistake(await start(config), "providers.yaml", "--config");
  });

  test("a missing folder", async () =>
    expectMistake(await start(inFolder("nowhere")), "nowhere", "--config"));
});

describe.concurrent("the data folder", () => {
  test.each([
    ["up", ["up", "--no-traffic"]],
    ["serve gateway", ["serve", "gateway"]],
    ["load", ["load"]],
  ])("%s in a place that cannot be written", async (_command, args) => {
    const result = await runCli([...args, "--data", join(inFolder("words"), "data")], FREE_PORTS);
    expectMistake(result, join(inFolder("words"), "data"), /--data|data folder/);
  });

  test.each([["serve gateway"], ["statement"], ["up --no-traffic"]])(
    "`%s` with a folder by flag and a ledger server by variable",
    async (command) => {
      const variables = {
        ...FREE_PORTS,
        CLAUSEWAY_LEDGER_URL: "postgres://gate:fake-secret@127.0.0.1:1/money",
      };
      const result = await runCli([...command.split(" "), "--data", inFolder("two-ledgers")], variables);
      expectMistake(result, "--data and CLAUSEWAY_LEDGER_URL", "give --ledger URL", "unset");
      expect(result.stderr).not.toContain("fake-secret");
    },
  );

  test("a statement without a ledger", async () =>
    expectMistake(
      await runCli(["statement", "--data", inFolder("nothing-here")]),
      "nothing-here",
      /start the gateway/,
    ));

  async function ledgerIn(name: string, change: (file: string) => void | Promise<void>): Promise<string> {
    const data = inFolder(name);
    const file = join(data, "ledger.sqlite");
    const store = await openSqliteStore({ file });
    await store.close();
    await change(file);
    return data;
  }
  const newer = (file: string): void => {
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 99");
    database.close();
  };
  const corrupt = (file: string): Promise<void> =>
    writeFile(file, "no ledger at all, but long enough to look at".repeat(100));
  const foreign = (file: string): void => {
    const database = new DatabaseSync(file);
    database.exec("PRAGMA application_id = 7");
    database.close();
  };

  test.each<[string, (file: string) => void | Promise<void>, RegExp]>([
    ["of a newer schema", newer, /schema 99.*up to \d+.*update/],
    ["that is corrupt", corrupt, /damaged|no ledger/],
    ["of another program", foreign, /another program/],
  ])("a ledger %s", async (what, change, says) => {
    const data = await ledgerIn(`ledger ${what}`, change);
    const [served, stated] = await Promise.all([
      runCli(["serve", "gateway", "--data", data], FREE_PORTS),
      runCli(["statement", "--data", data]),
    ]);
    expectMistake(served, says, "ledger.sqlite");
    expectMistake(stated, says, "ledger.sqlite");
  });

  test("`up` tells what its gateway could not open", async () => {
    const data = await ledgerIn("ledger-up", newer);
    expectMistake(await runCli(["up", "--no-traffic", "--data", data], FREE_PORTS), /schema 99/);
  });

  test("a second start on the same folder is refused, and the first goes on", async () => {
    const data = inFolder("shared");
    const first = startCli(["serve", "gateway", "--data", data], FREE_PORTS);
    const url = /^admin (\S+)$/m.exec(await first.printed(/^admin \S+$/m))?.[1] ?? "";
    try {
      expectMistake(
        await runCli(["serve", "gateway", "--data", data], FREE_PORTS),
        "ledger",
        /another|already|in use/,
      );
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
    } finally {
      first.stop();
    }
    expect((await first.ended).exitCode).toBe(0);
  });
});

describe("ports in use", () => {
  let taken: Server[];
  let ports: string[];
  beforeAll(async () => {
    taken = [createServer(), createServer(), createServer()];
    for (const server of taken) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    ports = taken.map((server) => String((server.address() as AddressInfo).port));
  });
  afterAll(() => {
    for (const server of taken) server.close();
  });

  test("`up` names all of them, with the variable that chooses another", async () => {
    const [gateway = "", azure = "", direct = ""] = ports;
    const environment = {
      ...FREE_PORTS,
      CLAUSEWAY_GATEWAY_PORT: gateway,
      CLAUSEWAY_AZURE_PORT: azure,
      CLAUSEWAY_DIRECT_PORT: direct,
    };
    const result = await runCli(["up", "--no-traffic", "--data", inFolder("ports-up")], environment);
    expectMistake(
      result,
      gateway,
      "CLAUSEWAY_GATEWAY_PORT",
      azure,
      "CLAUSEWAY_AZURE_PORT",
      direct,
      "CLAUSEWAY_DIRECT_PORT",
    );
  });

  test("`serve gateway` names its admin port too", async () => {
    const [gateway = "", admin = ""] = ports;
    const environment = { ...FREE_PORTS, CLAUSEWAY_GATEWAY_PORT: gateway, CLAUSEWAY_ADMIN_PORT: admin };
    const result = await runCli(["serve", "gateway", "--data", inFolder("ports-serve")], environment);
    expectMistake(result, gateway, "CLAUSEWAY_GATEWAY_PORT", admin, "CLAUSEWAY_ADMIN_PORT");
  });
});
