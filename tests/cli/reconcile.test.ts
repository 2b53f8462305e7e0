/** `clauseway reconcile` against a running system: the clouds' own meters tell what the gateway's books do not. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type OpenAI from "openai";
import { toFile } from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Configuration } from "../../src/app/load-world.ts";
import { amazonClient, directClient, firstPartyTurn, gatewayClient } from "../support/clients.ts";
import { sendAzureCallsToAws } from "../support/misroute.ts";
import { poll } from "../support/mock-clouds.ts";
import { runCli, type CliResult } from "../support/run-cli.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

// Each command compiles and checks the policies, which a busy machine does slowly.

const MODEL = "gpt-5.4";

interface Report {
  readonly calls: number;
  readonly matched: number;
  readonly breaks: readonly {
    readonly status: string;
    readonly requestId: string | null;
    readonly amountPicoUsd: string | null;
  }[];
  readonly ledgerPicoUsd: string;
  readonly meterPicoUsd: string;
  readonly violations: readonly {
    readonly requestId: string;
    readonly provider: string;
    readonly by: string;
  }[];
  readonly notVerifiable: readonly { readonly reason: string; readonly calls: number }[];
}

describe("an honest system", () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await startTestWorld();
    await callInEveryWay(world);
  });
  afterAll(() => world.close());

  test("reconciles to the last token, whatever kind of call it served", async () => {
    const { exitCode, stdout, stderr } = await reconcileWorld(world);
    expect(stderr).toBe("");
    expect(stdout).toContain("the breaks are the whole difference, 0.000000000000 USD");
    expect(stdout).toMatch(/exclusivity: \d+ calls decided anew, each served where its decision allows/);
    expect(exitCode).toBe(0);
    const report = JSON.parse((await reconcileWorld(world, "--json", "--strict")).stdout) as Report;
    expect(report).toMatchObject({ breaks: [], violations: [], notVerifiable: [] });
    expect(report.matched).toBe(report.calls);
    expect(report.calls).toBeGreaterThan(8);
    expect(BigInt(report.meterPicoUsd)).toBeGreaterThan(0n);
  });

  test("reconciles with saved rows; what was changed in them is found with its amount", async () => {
    const rows = await savedRows(world);
    const chat = rows.find(({ operation }) => operation === "chat.completions.create");
    if (chat === undefined) throw new Error("a chat was metered");
    const longer = rows.map((row) =>
      row === chat ? { ...row, outputTokens: Number(row["outputTokens"]) + 1 } : row,
    );
    const run = async (changed: readonly object[], ...words: readonly string[]): Promise<CliResult> =>
      withFile(changed, (file) => reconcileWorld(world, "--meter", file, ...words));

    expect((await run(rows, "--strict")).exitCode).toBe(0);
    const skewed = await run(longer, "--json", "--strict");
    expect(skewed.exitCode).toBe(99);
    // gpt-5.4 costs 15 USD for a million tokens out.
    expect((JSON.parse(skewed.stdout) as Report).breaks).toMatchObject([
      { status: "quantity", requestId: chat["requestId"], amountPicoUsd: "15000000" },
    ]);
    const lost = await run(rows.filter((row) => row !== chat));
    expect(lost.exitCode).toBe(0);
    expect(lost.stderr).toContain("the ledger and the meters differ");
    expect(lost.stdout).toMatch(/missing_at_provider +1 +-0\.\d{12}/);
  });

  test("compares the calls of one month", async () => {
    const empty = JSON.parse((await reconcileWorld(world, "--period", "2026-02", "--json")).stdout) as Report;
    expect(empty).toMatchObject({ calls: 0, breaks: [] });
    const march = JSON.parse((await reconcileWorld(world, "--period", "2026-03", "--json")).stdout) as Report;
    expect(march.calls).toBeGreaterThan(8);
  });

  test.each([
    [["--period", "2026-13"], "a period is a month such as 2026-03, got `2026-13`"],
    [["--meter", "/nowhere/rows.jsonl"], "cannot read the meter rows in /nowhere/rows.jsonl"],
    [["--meter", "http://127.0.0.1:1"], "is no cloud that is configured"],
    [["--meter", "google=http://127.0.0.1:1"], "is no cloud that is configured"],
    [
      ["--meter", "aws=http://127.0.0.1:1"],
      "cannot read the meter of aws at `http://127.0.0.1:1/meter` (ECONNREFUSED)",
    ],
  ])("says what is wrong with %j, and how to mend it", async (words, message) => {
    const { exitCode, stdout, stderr } = await reconcileWorld(world, ...words);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("unexpected failure");
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });

  test("names the line of a saved row that is none", async () => {
    const result = await withFile([], (file) => reconcileWorld(world, "--meter", file), '\n{"seq":1}\n');
    expect(result.stderr).toMatch(/rows\.jsonl:2: no row of a meter, caller/);
    expect(result.exitCode).toBe(2);
  });
});

describe("a system that serves calls elsewhere than it says", () => {
  let world: TestWorld | null = null;
  afterEach(async () => {
    await world?.close();
    world = null;
  });

  test("is found out by the meter of the cloud that served them: exit 5", async () => {
    world = await startTestWorld({ change: sendAzureCallsToAws });
    await chat(world);
    const { exitCode, stdout } = await reconcileWorld(world);
    expect(stdout).toContain("EXCLUSIVITY VIOLATED: 1 time");
    expect(stdout).toMatch(/at aws by the meter of aws, may run only on azure/);
    expect(exitCode).toBe(5);
    const report = JSON.parse((await reconcileWorld(world, "--json")).stdout) as Report;
    expect(report.breaks.map(({ status }) => status)).toEqual(["provider"]);
    expect(report.violations).toMatchObject([{ provider: "aws", by: "meter" }]);
  });

  test("cannot be judged where its policy is unknown, which is said", async () => {
    world = await startTestWorld({ change: underAnotherDigest });
    await chat(world);
    const { exitCode, stdout, stderr } = await reconcileWorld(world);
    expect(stdout).toMatch(
      /not verified where they may run: 1 call, no policy of this configuration has digest eeeeeeeeeeee/,
    );
    expect(stdout).toContain("exclusivity: NOTHING COULD BE VERIFIED");
    expect(stdout).not.toContain("each served where its decision allows");
    expect(stderr).toContain("it cannot be told where they might run");
    expect(exitCode).toBe(0);
    expect((await reconcileWorld(world, "--strict")).exitCode).toBe(99);
  });

  test("is judged by the reading that each call was decided under, not by the one of today", async () => {
    world = await startTestWorld();
    await chat(world);
    const { exitCode, stdout } = await reconcileWorld(world, "--date", "2026-05-01");
    expect(stdout).toContain("exclusivity: 1 call decided anew");
    expect(exitCode).toBe(0);
  });
});

async function chat(world: TestWorld): Promise<void> {
  await gatewayClient(world, "direct").chat.completions.create({
    model: MODEL,
    messages: [{ role: "user", content: "hello" }],
  });
}

/** Plain, streamed, translated, stateful, embedded, batched, trained, in the background, refused, and looked after. */
async function callInEveryWay(world: TestWorld): Promise<void> {
  const direct = directClient(world);
  const messages = [{ role: "user" as const, content: "tell me something" }];
  await direct.chat.completions.create({ model: MODEL, messages });
  await amazonClient(world).chat.completions.create({ model: MODEL, messages });
  const stream = await direct.chat.completions.create({ model: MODEL, messages, stream: true });
  for await (const _ of stream);
  await direct.embeddings.create({ model: "text-embedding-3-small", input: ["one", "two"] });
  const first = await direct.responses.create({ model: MODEL, input: "begin", store: true });
  await direct.responses.create({ model: MODEL, input: "go on", previous_response_id: first.id });
  await direct.responses.retrieve(first.id);
  await firstPartyTurn(world, "hello");
  await direct.chat.completions.create({ model: MODEL, messages: [] }).catch(() => undefined);
  const background = await direct.responses.create({
    model: MODEL,
    input: "take your time",
    background: true,
  });
  const batch = await startBatch(direct, [messages[0]?.content ?? ""]);
  // Over the threshold of long context together, one request by itself too.
  await startBatch(
    direct,
    [150_000, 150_000, 280_000].map((words) => "word ".repeat(words)),
  );
  await poll(
    () => world.totals(),
    ({ completions }) => completions === 3,
  );
  await direct.responses.delete(background.id);
  await direct.batches.retrieve(batch.id);
}

async function startBatch(client: OpenAI, contents: readonly string[]): Promise<OpenAI.Batch> {
  const lines = contents.map((content, at) => ({
    custom_id: `${at}`,
    method: "POST",
    url: "/v1/chat/completions",
    body: { model: MODEL, messages: [{ role: "user", content }], max_completion_tokens: 5 },
  }));
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  const input = await client.files.create({
    purpose: "batch",
    file: await toFile(Buffer.from(text), "in.jsonl"),
  });
  return client.batches.create({
    input_file_id: input.id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  });
}

async function reconcileWorld(world: TestWorld, ...words: readonly string[]): Promise<CliResult> {
  const { urls, ledgerFile } = world;
  return runCli(["reconcile", "--data", dirname(ledgerFile), ...words], {
    CLAUSEWAY_AZURE_URL: urls.azure,
    CLAUSEWAY_AWS_URL: urls.aws,
    CLAUSEWAY_STARGATE_URL: urls.stargate,
  });
}

async function savedRows({ urls, credentials }: TestWorld): Promise<readonly Record<string, unknown>[]> {
  const clouds = ["azure", "aws", "stargate"] as const;
  const texts = await Promise.all(
    clouds.map(async (cloud) => {
      const key = credentials.cloudDirectKey(cloud);
      const headers: Record<string, string> =
        cloud === "azure" ? { "api-key": key } : { authorization: `Bearer ${key}` };
      return (await fetch(`${urls[cloud]}/meter?after=0&limit=5000`, { headers })).text();
    }),
  );
  return texts.flatMap((text) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );
}

async function withFile(
  rows: readonly object[],
  use: (file: string) => Promise<CliResult>,
  text = rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
): Promise<CliResult> {
  const folder = await mkdtemp(join(tmpdir(), "clauseway-meter-"));
  try {
    const file = join(folder, "rows.jsonl");
    await writeFile(file, text);
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function underAnotherDigest(configuration: Configuration): Configuration {
  return { ...configuration, world: { ...configuration.world, digest: "e".repeat(64) } };
}
