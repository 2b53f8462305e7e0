/** The load run must catch a system that serves stateless calls outside Azure, whatever that system says of itself. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { portVariable, type PortName } from "../../src/app/settings.ts";
import { sendAzureCallsToAws } from "../support/misroute.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

const SCENARIO = `
name: short
title: A second of plain chat
durationSeconds: 1
connections: 3
requests:
  - { partner: direct, kind: chat, inputTokens: 20, outputTokens: 8 }
  - { partner: amazon, kind: chat, inputTokens: 20, outputTokens: 8 }
expectations:
  - { kind: placement, class: stateless, provider: azure }
  - { kind: metered-once }
  - { kind: error-rate, atMost: 0 }
`;

let world: TestWorld | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

test("a planted misroute, invisible in the gateway's own answers, makes the load run exit 99", async () => {
  world = await startTestWorld({ change: sendAzureCallsToAws });

  const { code, stdout } = await runLoad(world);

  expect(stdout).toMatch(/FAIL\s+stateless calls served outside azure: 0/);
  expect(code).toBe(99);
  // Only the cloud's own meter tells: the gateway's books still say azure.
  expect(Object.keys((await world.totals()).byProvider)).toEqual(["azure"]);
});

test("the same run against an honest gateway exits 0", async () => {
  world = await startTestWorld();

  const { code, stdout } = await runLoad(world);

  expect(stdout).toMatch(/pass\s+stateless calls served outside azure: 0/);
  expect(code).toBe(0);
});

async function runLoad({ urls }: TestWorld): Promise<{ code: number | null; stdout: string }> {
  const folder = await mkdtemp(join(tmpdir(), "clauseway-misroute-"));
  try {
    const scenario = join(folder, "short.yaml");
    await writeFile(scenario, SCENARIO);
    const words = ["load", "--scenario", scenario, "--target", urls.gateway, "--data", folder];
    const child = spawn(process.execPath, [MAIN, ...words], {
      env: { ...process.env, ...portsOf(urls) },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    const [code] = (await once(child, "close")) as [number | null];
    return { code, stdout };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function portsOf(urls: TestWorld["urls"]): Record<string, string> {
  const names: Partial<Record<keyof TestWorld["urls"], PortName>> = { firstParty: "first-party" };
  return Object.fromEntries(
    (Object.keys(urls) as (keyof TestWorld["urls"])[]).map((key) => [
      portVariable(names[key] ?? (key as PortName)),
      new URL(urls[key]).port,
    ]),
  );
}
