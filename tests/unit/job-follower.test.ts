import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadConfiguration } from "../../src/app/load-world.ts";
import { readSettings } from "../../src/app/settings.ts";
import type { PendingJob, SettledCall } from "../../src/domain/ledger.ts";
import { NO_USAGE, type Usage } from "../../src/domain/usage.ts";
import { followJobs, type JobFollower } from "../../src/gateway/job-follower.ts";
import { createUpstreams, type Upstreams } from "../../src/gateway/upstream.ts";
import { listen, type RunningServer } from "../../src/http/listener.ts";
import type { World } from "../../src/pipeline/world.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { LedgerStore } from "../../src/stores/store.ts";
import { settledCall, USUAL_TERMS } from "../support/settled-call.ts";

/** What the holder answers, by path after its base; 404 for all else. */
let answers: Record<string, object | string | number>;
/** Paths that were asked for. */
let asked: string[];
let holder: RunningServer;
let world: World;
let upstreams: Upstreams;
let store: LedgerStore;
let follower: JobFollower;
let settled: SettledCall[];
/** What each of them was reported to have used. */
let reported: Usage[];
let errors: unknown[];

beforeAll(async () => {
  holder = await listen(
    (request, response) => {
      const path = (request.url ?? "").replace(/^.*(?=\/(?:batches|responses|files)\/)/, "");
      asked.push(path);
      const answer = answers[path] ?? 404;
      const text = typeof answer === "string" ? answer : JSON.stringify(answer);
      const length = Buffer.byteLength(text);
      response.writeHead(typeof answer === "number" ? answer : 200, { "content-length": length });
      response.end(text);
    },
    { host: "127.0.0.1", port: 0 },
  );
  ({ world } = loadConfiguration(readSettings({}, { CLAUSEWAY_AZURE_URL: holder.url })));
  upstreams = createUpstreams(world.providers, { idleTimeoutMs: 5_000 });
});
afterAll(async () => {
  await upstreams.close();
  await holder.close(0);
});

beforeEach(() => {
  answers = {};
  asked = [];
  settled = [];
  reported = [];
  errors = [];
  store = openMemoryStore();
  follower = followJobs({
    world: () => world,
    store,
    upstreams,
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    onSettled: (call, usage) => {
      settled.push(call);
      reported.push(usage);
    },
    onError: (error) => errors.push(error),
    // Only `conclude` looks.
    intervalMs: 3_600_000,
  });
});
afterEach(() => follower.close());

const SHORT = { input_tokens: 9_902, output_tokens: 5, total_tokens: 9_907 };
const LONG = { input_tokens: 300_000, output_tokens: 7, total_tokens: 300_007 };

function lineOf(usage: object | null, status = 200): string {
  const body = { id: "resp_1", object: "response", model: "gpt-5.4", usage };
  return `${JSON.stringify({ id: "batch_req_1", custom_id: "a", response: { status_code: status, body }, error: null })}\n`;
}

/** A finished batch of forty requests of 9,902 tokens. */
const FORTY = {
  id: "batch_1",
  status: "completed",
  model: "gpt-5.4",
  output_file_id: "file-1",
  request_counts: { total: 40, completed: 40, failed: 0 },
  usage: { input_tokens: 396_080, output_tokens: 200, total_tokens: 396_280 },
};

async function conclude(
  kind: PendingJob["kind"],
  job: object,
  changes: Parameters<typeof settledCall>[1] = {},
): Promise<"settled" | "running"> {
  const id = `${kind}_1`;
  answers[`/${kind === "batch" ? "batches" : "responses"}/${id}`] = job;
  await store.settle(
    settledCall("a", {
      operation: kind === "batch" ? "batches.create" : "responses.create",
      workload: kind === "batch" ? "batch" : "stateful",
      model: kind === "batch" ? null : "gpt-5.4",
      charge: { kind: "free" },
      usage: NO_USAGE,
      pendingJob: { id, kind, money: USUAL_TERMS },
      ...changes,
    }),
  );
  return follower.conclude("amazon", id);
}

async function chargeOf(...job: Parameters<typeof conclude>): Promise<unknown> {
  expect(await conclude(...job)).toBe("settled");
  const charge = settled[0]?.charge;
  if (charge?.kind === "rated") return charge.totalPicoUsd;
  return charge?.kind === "unpriced" ? charge.reason : charge?.kind;
}

it("tells what was reported also where it is not believed, and the row keeps none of it", async () => {
  const usage = { input_tokens: 7, output_tokens: 5, total_tokens: 99 };
  expect(await chargeOf("response", { status: "completed", model: "gpt-5.4", usage })).toContain("disputed");
  expect(settled[0]?.usage).toMatchObject({ inputTokens: null, outputTokens: null });
  expect(reported).toMatchObject([{ inputTokens: 7, outputTokens: 5 }]);
});

describe("a batch over 272,000 input tokens", () => {
  it("is charged by its requests, which its output file tells", async () => {
    answers["/files/file-1/content"] = lineOf(SHORT).repeat(40);
    expect(await chargeOf("batch", FORTY)).toBe(396_080n * 1_250_000n + 200n * 7_500_000n);
    expect(asked).toEqual(["/batches/batch_1", "/files/file-1/content"]);
  });

  it("is charged for each request at the price of its length", async () => {
    // An answer that is refused uses nothing; the last line lacks its line feed.
    const content = lineOf(SHORT).repeat(40) + lineOf(null, 400) + lineOf(LONG).trimEnd();
    answers["/files/file-1/content"] = content;
    const usage = { input_tokens: 696_080, output_tokens: 207, total_tokens: 696_287 };
    expect(await chargeOf("batch", { ...FORTY, usage })).toBe(
      396_080n * 1_250_000n + 200n * 7_500_000n + 300_000n * 2_500_000n + 7n * 11_250_000n,
    );
    const [call] = settled;
    expect(call?.charge.kind === "rated" && call.charge.lines.map(({ unit }) => unit)).toEqual([
      "input",
      "output",
      "input:long",
      "output:long",
    ]);
  });

  it.each<[string, object | string | number | undefined, string]>([
    ["is gone", undefined, "requests of the batch unknown: its output file cannot be had"],
    ["is kept from us", 403, "requests of the batch unknown: its output file cannot be had"],
    ["is no list", "{}\nhello\n", "requests of the batch unknown: its output file is no list of answers"],
    [
      "holds a report that cannot be true",
      lineOf({ ...SHORT, output_tokens: -5 }),
      "requests of the batch unknown: a request in its output file reports what cannot be true",
    ],
    [
      "holds other sums",
      lineOf(SHORT).repeat(39),
      "disputed: the requests of the batch do not sum to what it reports",
    ],
    [
      "holds more requests than a batch may",
      lineOf(SHORT).repeat(50_001),
      "requests of the batch unknown: its output file is too large to read",
    ],
    ["is empty", "", "disputed: the requests of the batch do not sum to what it reports"],
  ])("is in suspense when its output file %s", async (_, content, reason) => {
    if (content !== undefined) answers["/files/file-1/content"] = content;
    expect(await chargeOf("batch", FORTY)).toBe(reason);
  });

  it("is in suspense when it names no output file", async () => {
    expect(await chargeOf("batch", { ...FORTY, output_file_id: null })).toBe(
      "requests of the batch unknown: it names no output file",
    );
  });

  it("stays open while its holder fails, and is settled by a later look", async () => {
    answers["/files/file-1/content"] = 503;
    expect(await conclude("batch", FORTY)).toBe("running");
    expect(settled).toEqual([]);
    expect(String(errors[0])).toContain("azure answered 503 for the content of `file-1`");
    answers["/files/file-1/content"] = lineOf(SHORT).repeat(40);
    expect(await follower.conclude("amazon", "batch_1")).toBe("settled");
    expect(settled[0]?.charge.kind).toBe("rated");
  });
});

it.each([
  ["at the threshold", { input_tokens: 272_000, output_tokens: 1, total_tokens: 272_001 }, "gpt-5.4"],
  ["of a model that has one price for all lengths", FORTY.usage, "gpt-5.4-mini"],
])("a batch %s is settled without a look at its output", async (_, usage, model) => {
  expect(await chargeOf("batch", { ...FORTY, usage, model })).toBeTypeOf("bigint");
  expect(asked).toEqual(["/batches/batch_1"]);
});

describe("a background run that another tier was asked for", () => {
  const asksFor = (requestedTier: string): { usage: SettledCall["usage"] } => ({
    usage: { ...NO_USAGE, requestedTier },
  });
  const usage = { input_tokens: 10, output_tokens: 1, total_tokens: 11 };
  const done = { id: "response_1", status: "completed", model: "gpt-5.4", usage };

  it.each(["priority", "flex"])(
    "is in suspense when its end does not tell what served it: %s",
    async (tier) => {
      expect(await chargeOf("response", done, asksFor(tier))).toBe(
        "tier unknown: another one than `default` was asked for",
      );
      expect(settled[0]?.usage.requestedTier).toBe(tier);
    },
  );

  it("is charged at the tier that its end tells", async () => {
    expect(await chargeOf("response", { ...done, service_tier: "default" }, asksFor("priority"))).toBe(
      40_000_000n,
    );
  });

  it("is charged by default when it asked for that, or left it to the provider", async () => {
    expect(await chargeOf("response", done, asksFor("auto"))).toBe(40_000_000n);
  });
});

describe("a job that ended badly without a word of its usage", () => {
  const counts = (completed: number): object => ({ total: 9, completed, failed: 0 });

  it.each<[PendingJob["kind"], object]>([
    ["batch", { status: "cancelled", model: "gpt-5.4", request_counts: counts(5) }],
    ["batch", { status: "expired", model: "gpt-5.4", request_counts: counts(5) }],
    ["batch", { status: "failed", model: "gpt-5.4", request_counts: counts(5) }],
    ["response", { status: "failed", model: "gpt-5.4" }],
    ["response", { status: "cancelled", model: "gpt-5.4" }],
    ["response", { status: "incomplete", model: "gpt-5.4" }],
  ])("is in suspense, not free: %s %j", async (kind, job) => {
    expect(await chargeOf(kind, { ...job, usage: null })).toBe("usage unknown");
  });

  it("is free where the batch proves that nothing ran", async () => {
    expect(await chargeOf("batch", { status: "cancelled", usage: null, request_counts: counts(0) })).toBe(
      "free",
    );
  });
});

describe("a batch of a model that is not known", () => {
  const usage = { input_tokens: 7, output_tokens: 3, total_tokens: 10 };

  it.each([
    ["gpt-x", "model unknown: `gpt-x`"],
    [null, "model unknown: none is named"],
  ])("is in suspense under the name that served it: %s", async (model, reason) => {
    expect(await chargeOf("batch", { ...FORTY, model, usage })).toBe(reason);
  });
});
