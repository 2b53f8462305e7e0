/** `clauseway up`, as a newcomer sees it. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { portVariable, ROLES } from "../../src/app/settings.ts";
import { startCli } from "../support/run-cli.ts";

const FREE_PORTS = Object.fromEntries([...ROLES, "admin" as const].map((name) => [portVariable(name), "0"]));

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "clauseway-up-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("prints every address with a call to paste, then what happens, marked as simulated; SIGTERM drains and exits 0", async () => {
  const up = startCli(["up", "--data", folder, "--rate", "40", "--speed", "50"], FREE_PORTS);

  const banner = await up.printed(/Ctrl-C stops/);
  expect(banner).toMatch(/agreement digest [0-9a-f]{64} \(34560 cells\)/);
  expect(banner.match(/^ {2}\S.* http:\/\/127\.0\.0\.1:\d+$/gm)).toHaveLength(9);
  expect(banner.match(/^ {4}curl /gm)).toHaveLength(9);

  const told = await up.printed(/^calls [1-9]/m);
  expect(told).toMatch(
    /^calls \d+ \| on Azure (?:100|\d+\.\d\d) % \| refused 0 \| revenue \d+\.\d{4} USD \((microsoft|openai) \d+\.\d{4}, (microsoft|openai) \d+\.\d{4}\), simulated$/m,
  );

  up.stop();
  const { exitCode, stdout } = await up.ended;
  expect(stdout).toMatch(/stopping: open calls are drained\n$/);
  expect(exitCode).toBe(0);
});

test("the printed addresses and keys are answered, nothing is called without traffic, and Ctrl-C exits 0", async () => {
  const up = startCli(["up", "--no-traffic", "--data", folder, "--speed", "50"], {
    ...FREE_PORTS,
    CLAUSEWAY_PARTNER_KEY_DIRECT: "a-key-of-my-own",
  });
  const banner = await up.printed(/Ctrl-C stops/);
  const gateway = /^ {2}gateway\s+(http:\S+)$/m.exec(banner)?.[1];
  const admin = /^ {2}admin\s+(http:\S+)$/m.exec(banner)?.[1];

  const printedKey = /^ {4}curl -si \S+\/v1\/\S+ -H 'authorization: ([^']+)'/m.exec(banner)?.[1];
  expect(printedKey).toBe("Bearer a-key-of-my-own");

  const answer = await fetch(`${gateway}/v1/models`, {
    headers: { authorization: printedKey ?? "" },
  });
  expect(answer.status).toBe(200);
  expect(await (await fetch(`${admin}/status`)).json()).toMatchObject({ calls: 0, refused: 0 });

  up.stop("SIGINT");
  expect((await up.ended).exitCode).toBe(0);
});
