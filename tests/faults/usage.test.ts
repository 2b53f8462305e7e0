/** What upstreams report of usage and tiers, as it arrives in the ledger: priced by what is known, in suspense where it is not. */

import { afterEach, describe, expect, test } from "vitest";
import { createLogger } from "../../src/telemetry/logger.ts";
import { chat, startFaultWorld, withAzureRegions, type FaultWorld } from "../support/fault-world.ts";
import { readLedgerRows, type LedgerRow } from "../support/ledger-rows.ts";
import { chatRequest, sendRaw } from "../support/raw-client.ts";
import {
  answerJson,
  chunk,
  COMPLETION,
  deltaEvent,
  DONE_EVENT,
  LAST_CHUNK,
  SSE_HEAD,
  usageEvent,
  type Answer,
} from "../support/raw-upstream.ts";

let open: FaultWorld | null = null;

afterEach(async () => {
  await open?.close();
  open = null;
});

async function startWorld(options: Parameters<typeof startFaultWorld>[0] = {}): Promise<FaultWorld> {
  open = await startFaultWorld(options);
  return open;
}

const ASKED = { model: "gpt-5.4", messages: [{ role: "user", content: "hello there" }] };
const STREAM = JSON.stringify({ ...ASKED, stream: true });
/** 1,000 tokens in, of them 400 cached, 10 out. */
const USAGE = {
  prompt_tokens: 1_000,
  completion_tokens: 10,
  total_tokens: 1_010,
  prompt_tokens_details: { cached_tokens: 400 },
  completion_tokens_details: { reasoning_tokens: 8 },
};
const DEFAULT_PICO_USD = 600 * 2_500_000 + 400 * 250_000 + 10 * 15_000_000;

/** The newest row of the ledger. */
function lastRow(faults: FaultWorld): LedgerRow {
  const row = readLedgerRows(faults.world.ledgerFile).at(-1);
  if (!row) throw new Error("the ledger is empty");
  return row;
}

async function settledAs(faults: FaultWorld, body: object, reply: object): Promise<LedgerRow> {
  faults.azure.answer(answerJson(reply));
  const response = await chat(faults.gateway, { body: JSON.stringify(body) });
  await response.arrayBuffer();
  expect(response.status).toBe(200);
  return lastRow(faults);
}

test("the tier that served prices a call, the one asked for is recorded beside it", async () => {
  const faults = await startWorld();
  const cases: readonly (readonly [asked: object, served: object, row: Partial<LedgerRow>])[] = [
    [{}, {}, { requested_tier: null, service_tier: null, charge_pico_usd: DEFAULT_PICO_USD }],
    [
      { service_tier: "auto" },
      { service_tier: "default" },
      { requested_tier: "auto", service_tier: "default", charge_pico_usd: DEFAULT_PICO_USD },
    ],
    [
      { service_tier: "priority" },
      { service_tier: "priority" },
      { requested_tier: "priority", service_tier: "priority", charge_pico_usd: 2 * DEFAULT_PICO_USD },
    ],
    // Downgraded by the provider.
    [
      { service_tier: "priority" },
      { service_tier: "default" },
      { requested_tier: "priority", service_tier: "default", charge_pico_usd: DEFAULT_PICO_USD },
    ],
    [
      {},
      { service_tier: "scale" },
      { charge_kind: "unpriced", unpriced_reason: "price of the served tier unknown", charge_pico_usd: null },
    ],
    // What it says is no tier, which is not the same as saying nothing.
    ...[5, { a: 1 }].map(
      (tier) =>
        [
          {},
          { service_tier: tier },
          {
            service_tier: "other",
            charge_kind: "unpriced",
            unpriced_reason: "price of the served tier unknown",
            charge_pico_usd: null,
          },
        ] as const,
    ),
    [
      { service_tier: "flex" },
      {},
      {
        requested_tier: "flex",
        service_tier: null,
        charge_kind: "unpriced",
        unpriced_reason: "tier unknown: another one than `default` was asked for",
      },
    ],
  ];
  for (const [asked, served, row] of cases) {
    expect(
      await settledAs(faults, { ...ASKED, ...asked }, { ...COMPLETION, ...served, usage: USAGE }),
    ).toMatchObject({
      cached_input_tokens: 400,
      ...row,
    });
  }
});

test("a report that cannot be true leaves its reason in the ledger, in the metrics, and no charge", async () => {
  const faults = await startWorld();
  const cases: readonly (readonly [usage: unknown, reason: string])[] = [
    [{ ...USAGE, prompt_tokens: -1 }, "disputed: negative input tokens"],
    [{ ...USAGE, completion_tokens: 1.5 }, "disputed: output tokens are no whole number"],
    [{ ...USAGE, prompt_tokens: 2 ** 53 }, "disputed: input tokens above 2^53-1"],
    [{ ...USAGE, total_tokens: 1_011 }, "disputed: input and output tokens do not sum to the reported total"],
    [
      { ...USAGE, prompt_tokens_details: { cached_tokens: 1_001 } },
      "disputed: cached and cache-write tokens exceed input tokens",
    ],
    [
      { ...USAGE, completion_tokens_details: { reasoning_tokens: 11 } },
      "disputed: reasoning tokens exceed output tokens",
    ],
    ["lots", "disputed: usage is no object"],
    [{ ...USAGE, prompt_tokens_details: "cached" }, "disputed: details of input tokens are no object"],
    [{ ...USAGE, prompt_tokens_details: [5] }, "disputed: details of input tokens are no object"],
    [{ prompt_tokens: 5 }, "usage unknown"],
    [null, "usage unknown"],
  ];
  for (const [usage, reason] of cases) {
    expect(await settledAs(faults, ASKED, { ...COMPLETION, usage })).toMatchObject({
      outcome: "ok",
      charge_kind: "unpriced",
      unpriced_reason: reason,
      charge_pico_usd: null,
    });
  }
  const counted = (kind: string): Promise<number> =>
    faults.metric("clauseway_unpriced_calls_total", `reason="${kind}"`);
  await expect.poll(() => counted("usage_disputed")).toBe(9);
  expect(await counted("usage_unknown")).toBe(2);
});

test("counts that are not believed are in the log, and in no sum", async () => {
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]),
  };
  const faults = await startWorld({ logger: createLogger({ level: "warn", version: "0.1.0", destination }) });
  const huge = { prompt_tokens: Number.MAX_SAFE_INTEGER, completion_tokens: 0 };
  const row = await settledAs(faults, ASKED, { ...COMPLETION, usage: huge });
  expect(row).toMatchObject({
    usage_source: "reported",
    input_tokens: null,
    output_tokens: null,
    unpriced_reason: "disputed: a charge over 9.2 million USD for one call",
  });
  expect(await settledAs(faults, ASKED, { ...COMPLETION, usage: USAGE })).toMatchObject({
    input_tokens: 1_000,
  });
  expect(await faults.world.totals()).toMatchObject({ inputTokens: 1_000n, outputTokens: 10n });
  await expect.poll(() => faults.metric("clauseway_input_tokens_total")).toBe(1_000);
  expect(lines).toContainEqual(
    expect.objectContaining({
      requestId: row.request_id,
      usage: expect.objectContaining({ inputTokens: Number.MAX_SAFE_INTEGER }),
    }),
  );
});

test("a region whose calls stay in a data zone costs a tenth more, exactly", async () => {
  const faults = await startWorld({
    change: (configuration) =>
      withAzureRegions(configuration, ([first, ...rest]) => [
        ...(first === undefined ? [] : [{ ...first, zone: "data-zone" as const }]),
        ...rest,
      ]),
  });
  // Calls spread over both regions, so that each is seen.
  const charged = new Map<string, number | null>();
  for (let call = 0; call < 40 && charged.size < 2; call += 1) {
    const row = await settledAs(faults, ASKED, { ...COMPLETION, usage: USAGE });
    charged.set(row.region, row.charge_pico_usd);
  }
  expect(Object.fromEntries(charged)).toEqual({
    eastus2: (DEFAULT_PICO_USD / 10) * 11,
    swedencentral: DEFAULT_PICO_USD,
  });
});

test("embeddings have no output, and their input is charged", async () => {
  const faults = await startWorld();
  faults.azure.answer(
    answerJson({
      object: "list",
      model: "text-embedding-3-small",
      data: [{ object: "embedding", index: 0, embedding: [0.5] }],
      usage: { prompt_tokens: 8, total_tokens: 8 },
    }),
  );
  const response = await chat(faults.gateway, {
    path: "/v1/embeddings",
    body: JSON.stringify({ model: "text-embedding-3-small", input: "hello there" }),
  });
  await response.arrayBuffer();
  expect(lastRow(faults)).toMatchObject({ input_tokens: 8, output_tokens: 0, charge_pico_usd: 8 * 20_000 });
});

/** Answers with a stream of these events, whole. */
function streamOf(...events: readonly string[]): Answer {
  return ({ socket }) => socket.write(SSE_HEAD + events.map(chunk).join("") + LAST_CHUNK);
}

async function settledStream(
  faults: FaultWorld,
  body: string,
  answer: Answer,
  path?: string,
): Promise<LedgerRow> {
  faults.azure.answer(answer);
  const request = chatRequest([], body);
  await sendRaw(faults.gateway, path === undefined ? request : request.replace("/v1/chat/completions", path));
  return lastRow(faults);
}

describe("a chat stream", () => {
  const asking = (tier: string): string => JSON.stringify({ ...ASKED, stream: true, service_tier: tier });
  const inTier = (event: string, tier: string): string =>
    event.replace('"object"', `"service_tier":"${tier}","object"`);

  test("is priced by the tier in its usage chunk", async () => {
    const faults = await startWorld();
    const events = [deltaEvent("Hi"), usageEvent(USAGE)].map((event) => inTier(event, "priority"));
    expect(await settledStream(faults, STREAM, streamOf(...events, DONE_EVENT))).toMatchObject({
      streamed: 1,
      usage_source: "reported",
      service_tier: "priority",
      charge_pico_usd: 2 * DEFAULT_PICO_USD,
    });
  });

  test("that breaks off is estimated at the tier that its chunks name", async () => {
    const faults = await startWorld();
    const cut: Answer = ({ socket }) => socket.end(SSE_HEAD + chunk(inTier(deltaEvent("Hello"), "priority")));
    expect(await settledStream(faults, asking("priority"), cut)).toMatchObject({
      outcome: "upstream_error",
      usage_source: "estimated",
      requested_tier: "priority",
      service_tier: "priority",
      charge_pico_usd: 2 * 5_000_000 + 1 * 30_000_000,
    });
  });

  test("that breaks off without naming its tier is in suspense when another than the default was asked for", async () => {
    const faults = await startWorld();
    const cut: Answer = ({ socket }) => socket.end(SSE_HEAD + chunk(deltaEvent("Hello")));
    expect(await settledStream(faults, asking("priority"), cut)).toMatchObject({
      usage_source: "estimated",
      input_tokens: 2,
      output_tokens: 1,
      charge_kind: "unpriced",
      unpriced_reason: "tier unknown: another one than `default` was asked for",
    });
    expect(await settledStream(faults, asking("auto"), cut)).toMatchObject({
      usage_source: "estimated",
      requested_tier: "auto",
      charge_pico_usd: 2 * 2_500_000 + 1 * 15_000_000,
    });
  });

  test("whose total is wrong is in suspense, not estimated", async () => {
    const faults = await startWorld();
    const wrong = usageEvent({ ...USAGE, total_tokens: 1 });
    expect(await settledStream(faults, STREAM, streamOf(deltaEvent("Hi"), wrong, DONE_EVENT))).toMatchObject({
      outcome: "ok",
      usage_source: "reported",
      charge_kind: "unpriced",
      unpriced_reason: "disputed: input and output tokens do not sum to the reported total",
    });
  });
});

test.each([
  ["completed", "ok"],
  ["incomplete", "ok"],
  ["failed", "upstream_error"],
])("a Responses stream that %s is charged by its last event", async (status, outcome) => {
  const faults = await startWorld();
  const last = {
    id: "resp_1",
    object: "response",
    status,
    output: [],
    service_tier: "default",
    usage: {
      input_tokens: 1_000,
      input_tokens_details: { cached_tokens: 400 },
      output_tokens: 10,
      output_tokens_details: { reasoning_tokens: 8 },
      total_tokens: 1_010,
    },
  };
  const type = `response.${status}`;
  const event = `event: ${type}\ndata: ${JSON.stringify({ type, response: last })}\n\n`;
  const body = JSON.stringify({ model: "gpt-5.4", input: "hello there", stream: true });
  expect(await settledStream(faults, body, streamOf(event), "/v1/responses")).toMatchObject({
    outcome,
    usage_source: "reported",
    service_tier: "default",
    charge_pico_usd: DEFAULT_PICO_USD,
  });
});
