/** SIGHUP, as an operator sends it and as a closed terminal does. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { portVariable, ROLES } from "../../src/app/settings.ts";
import { chooseFamily, copyConfig, type ConfigCopy } from "../support/config-copy.ts";
import { startCli } from "../support/run-cli.ts";

const FREE_PORTS = Object.fromEntries([...ROLES, "admin" as const].map((name) => [portVariable(name), "0"]));
const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

let folder = "";
let config: ConfigCopy;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "clauseway-hang-up-"));
  config = copyConfig();
});
afterEach(async () => {
  config.remove();
  await rm(folder, { recursive: true, force: true });
});

async function digestOf(admin: string | undefined): Promise<unknown> {
  const terms = (await (await fetch(`${admin}/agreement`)).json()) as { readonly digest: string };
  return terms.digest;
}

test("`serve gateway` reads its configuration again, keeps the last good one, and goes on", async () => {
  const options = ["--config", config.folder, "--data", folder, "--log-level", "silent"];
  const gateway = startCli(["serve", "gateway", ...options], FREE_PORTS);
  const admin = /^admin (http:\S+)$/m.exec(await gateway.printed(/^admin http:\S+$/m))?.[1];
  const before = await digestOf(admin);

  chooseFamily(config);
  gateway.hangUp();
  await expect.poll(() => digestOf(admin)).not.toBe(before);
  const after = await digestOf(admin);

  config.edit("readings/default.yaml", "choices:", "choices: [");
  gateway.hangUp();
  const refused = async (): Promise<string | undefined> =>
    /^clauseway_config_reloads_total\{outcome="refused"\} (\d+)$/m.exec(
      await (await fetch(`${admin}/metrics`)).text(),
    )?.[1];
  await expect.poll(refused).toBe("1");
  expect(await digestOf(admin)).toBe(after);

  gateway.stop();
  expect((await gateway.ended).exitCode).toBe(0);
});

test("`up` hands it on to the gateway and prints what came of it", async () => {
  const options = ["--no-traffic", "--config", config.folder, "--data", folder];
  const up = startCli(["up", ...options], FREE_PORTS);
  const banner = await up.printed(/Ctrl-C stops/);
  const admin = /^ {2}admin\s+(http:\S+)$/m.exec(banner)?.[1];

  chooseFamily(config);
  up.hangUp();
  const told = await up.printed(/^configuration loaded: .*\n/m);
  const digest = /^configuration loaded: 2026-02-27, reading default, digest ([0-9a-f]{64})/m.exec(told)?.[1];
  expect(await digestOf(admin)).toBe(digest);

  config.edit("readings/default.yaml", "choose: family", "choose: familly");
  up.hangUp();
  expect(await up.printed(/^configuration refused/m)).toMatch(
    /^configuration refused, digest [0-9a-f]{16} stays in force:\n.*default\.yaml:\d+:\d+ .*familly/m,
  );
  expect(await digestOf(admin)).toBe(digest);

  up.stop();
  expect((await up.ended).exitCode).toBe(0);
});

/** Python has a pseudo-terminal in its standard library, which Node has not. */
const IN_A_TERMINAL = `
import os, pty, signal, sys
child, terminal = pty.fork()
if child == 0: os.execv(sys.argv[1], sys.argv[1:])
seen = b""
while b"admin http" not in seen: seen += os.read(terminal, 4096)
signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
signal.alarm(20)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`;

const pythonMissing = spawnSync("python3", ["--version"]).status !== 0;
if (pythonMissing) console.warn("python3 is not installed: no terminal is closed on a gateway");

test.skipIf(pythonMissing && process.env["CLAUSEWAY_CI"] !== "1")(
  "a gateway whose terminal was closed ends in order instead of living on unseen",
  async () => {
    const options = [
      "serve",
      "gateway",
      "--config",
      config.folder,
      "--data",
      folder,
      "--log-level",
      "silent",
    ];
    const python = spawn("python3", ["-c", IN_A_TERMINAL, process.execPath, MAIN, ...options], {
      env: { PATH: process.env["PATH"] ?? "", ...FREE_PORTS },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    python.stdout.on("data", (data: Buffer) => (printed += data.toString()));
    await once(python, "close");
    expect(printed.trim()).toBe("0");
  },
  30_000,
);
