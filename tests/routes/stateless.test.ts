import { ConverseCommand, ConverseStreamCommand, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AWS_KEY, bedrockClient } from "../support/amazon.ts";
import {
  amazonClient,
  directClient,
  firstPartyTurn,
  gatewayClient,
  metered,
  placed,
  placementOf,
  type Placement,
} from "../support/clients.ts";
import { readLedgerRows } from "../support/ledger-rows.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startTestWorld();
});
afterAll(() => world.close());

const model = "gpt-5.4";
const messages = [{ role: "user" as const, content: "hello" }];

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  let count = 0;
  for await (const _event of stream) count += 1;
  if (count === 0) throw new Error("the stream held no event");
}

/** Every kind of stateless call that the SDK can make, each with the operation that the meter must show. */
const KINDS: readonly [string, string, (client: OpenAI) => Promise<Placement>][] = [
  [
    "a chat completion",
    "chat.completions.create",
    async (client) => (await placed(client.chat.completions.create({ model, messages }))).at,
  ],
  [
    "a streamed chat completion",
    "chat.completions.create",
    async (client) => {
      const { data, at } = await placed(client.chat.completions.create({ model, messages, stream: true }));
      await drain(data);
      return at;
    },
  ],
  [
    "a stored chat completion",
    "chat.completions.create",
    async (client) => (await placed(client.chat.completions.create({ model, messages, store: true }))).at,
  ],
  [
    "a response",
    "responses.create",
    async (client) => (await placed(client.responses.create({ model, input: "hello" }))).at,
  ],
  [
    "a response that is not stored",
    "responses.create",
    async (client) => (await placed(client.responses.create({ model, input: "hello", store: false }))).at,
  ],
  [
    "a streamed response",
    "responses.create",
    async (client) => {
      const { data, at } = await placed(client.responses.create({ model, input: "hello", stream: true }));
      await drain(data);
      return at;
    },
  ],
  [
    "an embedding",
    "embeddings.create",
    async (client) =>
      (await placed(client.embeddings.create({ model: "text-embedding-3-small", input: "hello" }))).at,
  ],
];

const SELLERS: readonly [string, string, (world: TestWorld) => OpenAI][] = [
  ["the Amazon stand-in", "amazon", amazonClient],
  ["the direct seller", "direct", directClient],
  ["the first-party product's own credential", "first-party", (of) => gatewayClient(of, "first-party")],
];

describe.each(SELLERS)("through %s", (_title, partner, connect) => {
  test.each(KINDS)("%s ends on Azure, by Azure's own meter", async (_kind, operation, call) => {
    const at = await call(connect(world));
    expect(at).toMatchObject({
      provider: "azure",
      workload: "stateless",
      clause: partner === "first-party" ? "C4" : "C1",
    });
    expect(await metered(world, at.requestId)).toEqual([`azure ${operation}`]);
    const rows = readLedgerRows(world.ledgerFile).filter((row) => row.request_id === at.requestId);
    expect(rows).toMatchObject([
      { partner, provider: "azure", region: at.region, operation, charge_kind: "rated" },
    ]);
  });
});

test.each([
  [
    "Converse",
    async () => {
      const client = bedrockClient(world.urls.amazon, { credentials: AWS_KEY });
      await client.send(
        new ConverseCommand({
          modelId: "openai.gpt-5.4",
          messages: [{ role: "user", content: [{ text: "hello" }] }],
        }),
      );
    },
  ],
  [
    "ConverseStream",
    async () => {
      const client = bedrockClient(world.urls.amazon, { credentials: AWS_KEY });
      const answer = await client.send(
        new ConverseStreamCommand({
          modelId: "openai.gpt-5.4",
          messages: [{ role: "user", content: [{ text: "hello" }] }],
        }),
      );
      if (answer.stream) await drain(answer.stream);
    },
  ],
  [
    "InvokeModel",
    async () => {
      const client = bedrockClient(world.urls.amazon, { credentials: AWS_KEY });
      await client.send(
        new InvokeModelCommand({
          modelId: "openai.gpt-5.4",
          body: JSON.stringify({ messages }),
          contentType: "application/json",
        }),
      );
    },
  ],
])("Amazon's %s ends on Azure and nowhere else", async (_name, call) => {
  const before = await world.meters();
  await call();
  const after = await world.meters();
  expect(after.azure.slice(before.azure.length).map(({ operation }) => operation)).toEqual([
    "chat.completions.create",
  ]);
  expect(after.aws).toHaveLength(before.aws.length);
  expect(after.stargate).toHaveLength(before.stargate.length);
});

test("a turn with the first-party product ends on Azure, and its next turn re-sends the history there", async () => {
  const first = await firstPartyTurn(world, "my name is Ada");
  const second = await firstPartyTurn(world, "what is my name?", first.session);
  expect(second.text).toContain("Your name is Ada.");
  for (const turn of [first, second]) {
    expect(await metered(world, turn.requestId)).toEqual(["azure chat.completions.create"]);
  }
  const rows = readLedgerRows(world.ledgerFile).filter((row) => row.request_id === second.requestId);
  expect(rows).toMatchObject([
    { partner: "first-party", workload: "stateless", input_tokens: second.usage.prompt_tokens },
  ]);
});

test("calls are spread over both regions of Azure", async () => {
  const client = directClient(world);
  const regions = new Set<string>();
  for (let call = 0; call < 40 && regions.size < 2; call += 1) {
    const { at } = await placed(client.chat.completions.create({ model, messages }));
    regions.add(at.region);
  }
  expect([...regions].toSorted()).toEqual(["eastus2", "swedencentral"]);
});

test("an open-weight model is served on AWS, by the clause for open weights", async () => {
  const { data, at } = await placed(
    directClient(world).chat.completions.create({
      model: "gpt-oss-120b",
      messages,
      max_completion_tokens: 7,
    }),
  );
  expect(data.usage?.completion_tokens).toBe(7);
  expect(at).toMatchObject({ provider: "aws", workload: "stateless", clause: "C8" });
  expect(await metered(world, at.requestId)).toEqual(["aws chat.completions.create"]);
  const rows = readLedgerRows(world.ledgerFile).filter((row) => row.request_id === at.requestId);
  expect(rows).toMatchObject([
    { price_version: expect.stringContaining("gpt-oss-120b") as unknown, charge_kind: "rated" },
  ]);
});

test.each(["x-clauseway-provider", "x-clauseway-class", "x-clauseway-anything"])(
  "the header %s moves nothing and is counted",
  async (name) => {
    const page = async (): Promise<string> => (await fetch(`${world.urls.admin}/metrics`)).text();
    const before = countOf(await page());
    const response = await fetch(`${world.urls.gateway}/v1/chat/completions`, {
      method: "POST",
      headers: {
        authorization: "Bearer fake-partner-direct",
        "content-type": "application/json",
        [name]: "aws",
      },
      body: JSON.stringify({ model, messages }),
    });
    await response.arrayBuffer();
    expect(placementOf(response.headers)).toMatchObject({ provider: "azure", workload: "stateless" });
    expect(countOf(await page())).toBe(before + 1);
  },
);

function countOf(page: string): number {
  return Number(
    /^clauseway_stripped_headers_total\{[^}]*partner="direct"[^}]*\} (\d+)$/m.exec(page)?.[1] ?? 0,
  );
}

test.each(["aws/gpt-5.4", "azure/gpt-5.4", "GPT-5.4", "openai.gpt-5.4"])(
  "the model `%s` is unknown",
  async (name) => {
    const before = (await world.meters()).azure.length;
    const refused = directClient(world).chat.completions.create({ model: name, messages });
    await expect(refused).rejects.toMatchObject({ status: 404, code: "model_not_found" });
    expect((await world.meters()).azure).toHaveLength(before);
  },
);

test.each([
  ["api_base", { api_base: "http://127.0.0.1:1" }],
  ["extra_body.api_key", { extra_body: { api_key: "k" } }],
  ["provider", { provider: "aws" }],
])("the field `%s` is refused", async (param, extra) => {
  const refused = directClient(world).post("/chat/completions", { body: { model, messages, ...extra } });
  await expect(refused).rejects.toMatchObject({ status: 400, code: "provider_request_forbidden", param });
});
