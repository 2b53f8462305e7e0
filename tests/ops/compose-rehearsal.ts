/**
 * Rehearses docker-compose.yml for real: build, up, every service healthy, one signed call through the Amazon stand-in,
 * the Prometheus target up and the call counted, down. Needs a running Docker engine and the two base images (or a
 * registry that has them). Own project name, own volumes, free ports: all taken away again but the built image.
 * Usage: node tests/ops/compose-rehearsal.ts. Exit codes: 0 rehearsed, 1 failed, 69 could not be rehearsed here.
 */

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { parseModels } from "../../src/config/models.ts";
import { findCompose } from "./compose-command.ts";

const PROJECT = `clauseway-rehearsal-${process.pid}`;
const BASE_IMAGES = ["node:24-bookworm-slim", "prom/prometheus:v3.5.0"];
const ROLES = [
  "AZURE",
  "AWS",
  "STARGATE",
  "GATEWAY",
  "ADMIN",
  "AMAZON",
  "DIRECT",
  "FIRST_PARTY",
  "PROMETHEUS",
];
const UNAVAILABLE = 69;
const MINUTE_MS = 60_000;

const compose = findCompose();
if (compose === null) leaveOut("Compose is not installed");
if (spawnSync("docker", ["info"], { timeout: 15_000 }).status !== 0) leaveOut("no Docker engine answers");
const ports = await freePorts(ROLES);
const environment = {
  ...process.env,
  ...Object.fromEntries([...ports].map(([role, port]) => [`CLAUSEWAY_${role}_PORT`, String(port)])),
};

for (const image of BASE_IMAGES) ensureImage(image);
process.exitCode = await rehearse();

/** Runs the rehearsal and takes everything down whatever happened; returns the exit code. */
async function rehearse(): Promise<number> {
  try {
    say("services", composeOutput(["config", "--services"]).trim().split("\n").sort().join(" "));
    run("build", ["build"], 8 * MINUTE_MS);
    run("up", ["up", "-d"], 3 * MINUTE_MS);
    await until("healthy", 2 * MINUTE_MS, everyServiceHealthy);
    say("call", await callAmazon());
    await until("prometheus target up", MINUTE_MS, targetUp);
    await until("call counted by prometheus", MINUTE_MS, callCounted);
    return 0;
  } catch (error) {
    say("failed", error instanceof Error ? error.message : String(error));
    spawnSync(...composeCommand(["logs", "--no-color", "--tail", "30"]));
    return 1;
  } finally {
    run("down", ["down", "--volumes", "--remove-orphans", "--timeout", "20"], 2 * MINUTE_MS);
  }
}

/** Every container of the project runs and is healthy; null while one is not. Throws when one has ended. */
function everyServiceHealthy(): string | null {
  const ids = composeOutput(["ps", "-q"]).trim().split("\n");
  const format = "{{.Name}} {{.State.Status}} {{.State.Health.Status}}";
  const rows = output("docker", ["inspect", "--format", format, ...ids])
    .trim()
    .split("\n");
  const ended = rows.find((row) => / (exited|dead) /.test(row));
  if (ended !== undefined) throw new Error(`a service ended: ${ended}`);
  return rows.every((row) => row.endsWith(" running healthy")) ? `${rows.length} services` : null;
}

/** One Converse call by AWS's own SDK, signed with its documented example key; returns what was answered. */
async function callAmazon(): Promise<string> {
  const [model] = parseModels(readFileSync("config/models.yaml", "utf8"), "config/models.yaml");
  const client = new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: urlOf("AMAZON"),
    credentials: {
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    },
    maxAttempts: 1,
  });
  try {
    const answer = await client.send(
      new ConverseCommand({
        modelId: model?.bedrockIds[0],
        messages: [{ role: "user", content: [{ text: "Which cloud answers this?" }] }],
        inferenceConfig: { maxTokens: 16 },
      }),
      { abortSignal: AbortSignal.timeout(30_000) },
    );
    const { inputTokens = 0, outputTokens = 0 } = answer.usage ?? {};
    if (inputTokens < 1 || outputTokens < 1) throw new Error("the answer reports no usage");
    return `${answer.stopReason}, ${inputTokens} tokens in, ${outputTokens} out`;
  } finally {
    client.destroy();
  }
}

interface Targets {
  readonly data: {
    readonly activeTargets: readonly {
      readonly scrapePool: string;
      readonly health: string;
      readonly scrapeUrl: string;
      readonly lastError: string;
    }[];
  };
}

/** The gateway's target is up in Prometheus's own view; null while it is not. */
async function targetUp(): Promise<string | null> {
  const { data } = await getJson<Targets>("/api/v1/targets?state=active");
  const target = data.activeTargets.find(({ scrapePool }) => scrapePool === "clauseway-gateway");
  return target?.health === "up" ? target.scrapeUrl : null;
}

interface QueryResult {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

/** Prometheus holds the call: by the Amazon frontend, served well on Azure; null while it does not. */
async function callCounted(): Promise<string | null> {
  const query = `sum(clauseway_requests_total{partner="amazon",provider="azure",outcome="ok"})`;
  const { data } = await getJson<QueryResult>(`/api/v1/query?query=${encodeURIComponent(query)}`);
  const value = Number(data.result[0]?.value[1] ?? 0);
  return value >= 1 ? `${query} = ${value}` : null;
}

async function getJson<T>(path: string): Promise<T> {
  const answer = await fetch(urlOf("PROMETHEUS") + path, { signal: AbortSignal.timeout(10_000) });
  return (await answer.json()) as T;
}

/** Polls until `look` has something to tell; throws when it has not within the time, with the last error if any. */
async function until(
  step: string,
  limitMs: number,
  look: () => string | null | Promise<string | null>,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    const told = await look();
    if (told !== null) {
      say(step, told);
      return;
    }
    await wait(500);
  }
  throw new Error(`not ${step} within ${limitMs / 1_000} s`);
}

function urlOf(role: string): string {
  return `http://127.0.0.1:${ports.get(role)}`;
}

/** A free port for each role. All are held open until the last is found, so no two are the same. */
async function freePorts(roles: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const held = roles.map((role) => ({ role, server: createServer().listen(0, "127.0.0.1") }));
  await Promise.all(held.map(({ server }) => once(server, "listening")));
  const found = new Map(held.map(({ role, server }) => [role, (server.address() as AddressInfo).port]));
  await Promise.all(held.map(({ server }) => once(server.close(), "close")));
  return found;
}

/** Pulls an image that is not there yet; leaves the rehearsal out when no registry has it. */
function ensureImage(image: string): void {
  const have = (): boolean =>
    spawnSync("docker", ["image", "inspect", image], { timeout: 15_000 }).status === 0;
  if (!have()) spawnSync("docker", ["pull", "-q", image], { timeout: 3 * MINUTE_MS });
  if (!have()) leaveOut(`image ${image} is not here and no registry that has it is reached`);
  say(
    "base image",
    `${image} ${output("docker", ["image", "inspect", "--format", "{{.Id}}", image]).trim()}`,
  );
}

function composeCommand(
  args: readonly string[],
): [string, string[], { stdio: "inherit"; env: NodeJS.ProcessEnv; timeout: number }] {
  const [program, ...first] = compose ?? ["docker-compose"];
  return [
    program,
    [...first, "-p", PROJECT, ...args],
    { stdio: "inherit", env: environment, timeout: MINUTE_MS },
  ];
}

function composeOutput(args: readonly string[]): string {
  const [program, all] = composeCommand(args);
  return output(program, all);
}

function output(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    env: environment,
    timeout: MINUTE_MS,
  });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed: ${stderr}`);
  return stdout;
}

/** Runs one Compose step; its own talk is shown only when it fails. */
function run(step: string, args: readonly string[], timeout: number): void {
  const startedAtMs = performance.now();
  const [program, all] = composeCommand(args);
  const { status, stdout, stderr } = spawnSync(program, all, { encoding: "utf8", env: environment, timeout });
  if (status !== 0) throw new Error(`${step} failed: ${stdout.slice(-4_000)}${stderr.slice(-4_000)}`);
  say(step, `${((performance.now() - startedAtMs) / 1_000).toFixed(0)} s`);
}

function say(step: string, text: string): void {
  console.log(`compose rehearsal: ${step}: ${text}`);
}

function leaveOut(reason: string): never {
  say("LEFT OUT", reason);
  process.exit(UNAVAILABLE);
}
