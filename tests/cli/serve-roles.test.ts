/** Several roles in one process, on ports that the system picks. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { portVariable, ROLES } from "../../src/app/settings.ts";
import { runCli, startCli } from "../support/run-cli.ts";

const FREE_PORTS = Object.fromEntries([...ROLES, "admin" as const].map((name) => [portVariable(name), "0"]));

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "clauseway-serve-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("the gateway finds the clouds beside it, and the partners the gateway", async () => {
  const roles = ["azure", "gateway", "direct"];
  const options = ["--data", folder, "--log-level", "silent", "--speed", "100"];
  const served = startCli(["serve", ...roles, ...options], FREE_PORTS);
  const direct = /^direct (http:\S+)$/m.exec(await served.printed(/^direct http:\S+$/m))?.[1];
  const answer = await fetch(`${direct}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer fake-customer-direct", "content-type": "application/json" },
    body: JSON.stringify({
      model: "gpt-5.4",
      messages: [{ role: "user", content: "hello" }],
      max_completion_tokens: 8,
    }),
  });
  expect(await answer.json()).toMatchObject({ object: "chat.completion" });
  expect(answer.headers.get("x-clauseway-provider")).toBe("azure");
  served.stop();
  expect((await served.ended).exitCode).toBe(0);
});

describe.concurrent("a role is not started without the address that it calls", () => {
  test.each([
    [
      ["amazon", "gateway"],
      "CLAUSEWAY_GATEWAY_PORT is 0, so `amazon` cannot know where gateway will listen: " +
        "name `gateway` before `amazon`, or give a port, or set CLAUSEWAY_GATEWAY_URL",
    ],
    [
      ["direct"],
      "CLAUSEWAY_GATEWAY_PORT is 0, so `direct` cannot know where gateway will listen: " +
        "give a port, or set CLAUSEWAY_GATEWAY_URL",
    ],
    [
      ["gateway", "azure"],
      "CLAUSEWAY_AZURE_PORT is 0, so `gateway` cannot know where azure will listen: " +
        "name `azure` before `gateway`, or give a port, or set CLAUSEWAY_AZURE_URL",
    ],
  ])("serve %j", async (roles, told) => {
    const { exitCode, stdout, stderr } = await runCli(["serve", ...roles, "--data", folder], FREE_PORTS);
    expect(stderr).toBe(`clauseway: ${told}\n`);
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });
});
