import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { amazonClient, directClient, gatewayClient, metered, placed } from "../support/clients.ts";
import { readLedgerRows } from "../support/ledger-rows.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startTestWorld();
});
afterAll(() => world.close());

const model = "gpt-5.4";

/** Asks a cloud itself, in the gateway's name, whether it keeps a response of this partner. */
async function keeps(
  cloud: "azure" | "aws",
  region: string,
  partner: string,
  path: string,
): Promise<boolean> {
  const base = cloud === "azure" ? `${world.urls.azure}/${region}/openai/v1` : `${world.urls.aws}/v1`;
  const key = `fake-${cloud}-key`;
  const response = await fetch(`${base}${path}`, {
    headers: { "api-key": key, authorization: `Bearer ${key}`, "openai-project": partner },
  });
  await response.arrayBuffer();
  return response.status === 200;
}

describe.each([
  ["the direct seller", "direct", directClient],
  ["the Amazon stand-in", "amazon", amazonClient],
] as const)("a session through %s", (_title, partner, connect) => {
  test("begins on Azure, goes on at the stateful runtime, and remembers", async () => {
    const client = connect(world);
    const one = await placed(client.responses.create({ model, input: "Hello, my name is Ada" }));
    expect(one.at).toMatchObject({ provider: "azure", workload: "stateless", clause: "C1" });
    expect(await keeps("azure", one.at.region, partner, `/responses/${one.data.id}`)).toBe(true);

    const two = await placed(
      client.responses.create({ model, input: "what is my name?", previous_response_id: one.data.id }),
    );
    expect(two.at).toMatchObject({ provider: "aws", workload: "stateful", clause: "C9" });
    expect(two.data.output_text).toContain("Your name is Ada.");
    expect(two.data.previous_response_id).toBe(one.data.id);
    expect(await metered(world, two.at.requestId)).toEqual(["aws responses.create"]);

    const three = await placed(
      client.responses.create({ model, input: "what did I say first?", previous_response_id: two.data.id }),
    );
    expect(three.at).toMatchObject({ provider: "aws", workload: "stateful" });
    expect(three.data.output_text).toContain('You first said: "Hello, my name is Ada"');
    expect(await metered(world, three.at.requestId)).toEqual(["aws responses.create"]);

    // The tokens of the history are part of what the session costs.
    const tokens = [one, two, three].map(({ data }) => data.usage?.input_tokens ?? 0);
    expect(tokens[2]).toBeGreaterThan(tokens[1] ?? 0);
    const rows = readLedgerRows(world.ledgerFile).filter((row) => row.request_id === three.at.requestId);
    expect(rows).toMatchObject([{ partner, provider: "aws", input_tokens: tokens[2], charge_kind: "rated" }]);
  });

  test("moves content once: ids stay, the old holder has it no longer", async () => {
    const client = connect(world);
    const one = await placed(client.responses.create({ model, input: "remember this" }));
    await client.responses.create({ model, input: "and?", previous_response_id: one.data.id });
    expect(await keeps("azure", one.at.region, partner, `/responses/${one.data.id}`)).toBe(false);
    expect(await keeps("aws", "us-east-1", partner, `/responses/${one.data.id}`)).toBe(true);

    const read = await placed(client.responses.retrieve(one.data.id));
    expect(read.at).toMatchObject({ provider: "aws" });
    expect(read.data).toMatchObject({ id: one.data.id, output: one.data.output });

    const imports = (await world.meters()).aws.filter(({ operation }) => operation === "handover").length;
    await client.responses.create({ model, input: "again", previous_response_id: one.data.id });
    expect((await world.meters()).aws.filter(({ operation }) => operation === "handover")).toHaveLength(
      imports,
    );
  });
});

test("reading what a holder keeps runs no model", async () => {
  const client = directClient(world);
  const one = await client.responses.create({ model, input: "a turn" });
  const before = await world.meters();
  const two = await placed(
    client.responses.create({ model, input: "another", previous_response_id: one.id }),
  );
  const rows = (await world.meters()).azure.slice(before.azure.length);
  expect(rows.map(({ operation }) => operation)).toEqual([
    "responses.get",
    "responses.input_items",
    "responses.delete",
  ]);
  expect(
    rows.every(
      ({ requestId, outputTokens }) => requestId === `${two.at.requestId}-handover` && outputTokens === null,
    ),
  ).toBe(true);
});

test("an item of an earlier answer can be named, which makes the call a session", async () => {
  const client = directClient(world);
  const one = await client.responses.create({ model, input: "my name is Ada" });
  await client.responses.create({ model, input: "go on", previous_response_id: one.id });
  const itemId = one.output[0]?.id ?? "";
  const named = await placed(
    client.responses.create({
      model,
      input: [
        { type: "item_reference", id: itemId },
        { role: "user", content: "hello" },
      ],
    }),
  );
  expect(named.at).toMatchObject({ provider: "aws", workload: "stateful" });
});

test("a conversation lives on the runtime, with every turn", async () => {
  const client = directClient(world);
  const conversation = await placed(client.conversations.create({ metadata: { topic: "demo" } }));
  expect(conversation.at).toMatchObject({ provider: "aws", workload: "stateful" });
  const { id } = conversation.data;
  const one = await placed(client.responses.create({ model, input: "my name is Grace", conversation: id }));
  const two = await placed(
    client.responses.create({ model, input: "what's my name?", conversation: { id } }),
  );
  expect([one.at.provider, two.at.provider]).toEqual(["aws", "aws"]);
  expect(two.data.output_text).toContain("Your name is Grace.");
  const items: string[] = [];
  for await (const item of client.conversations.items.list(id, { order: "asc" })) items.push(item.type);
  expect(items).toEqual(["message", "message", "message", "message"]);
  await client.conversations.delete(id);
  await expect(client.conversations.retrieve(id)).rejects.toMatchObject({ status: 400, code: "not_found" });
});

test("a first-party chain stays on Azure, in the region that keeps it", async () => {
  const client = gatewayClient(world, "first-party");
  const regions = new Set<string>();
  for (let chain = 0; chain < 40 && regions.size < 2; chain += 1) {
    const one = await placed(client.responses.create({ model, input: "my name is Ada" }));
    const two = await placed(
      client.responses.create({ model, input: "what is my name?", previous_response_id: one.data.id }),
    );
    expect(two.at).toMatchObject({
      provider: "azure",
      region: one.at.region,
      workload: "stateful",
      clause: "C4",
    });
    expect(two.data.output_text).toContain("Your name is Ada.");
    expect(await metered(world, two.at.requestId)).toEqual(["azure responses.create"]);
    regions.add(one.at.region);
  }
  expect(regions.size).toBe(2);
});

test("continuations of one response at the same time all know it, and it ends with one holder", async () => {
  const client = directClient(world);
  for (let round = 0; round < 5; round += 1) {
    const one = await placed(client.responses.create({ model, input: "my name is Ada" }));
    const turns = await Promise.all(
      Array.from({ length: 4 }, (_, at) =>
        placed(
          client.responses.create({
            model,
            input: `turn ${at}: what is my name?`,
            previous_response_id: one.data.id,
          }),
        ),
      ),
    );
    for (const turn of turns) {
      expect(turn.at.provider).toBe("aws");
      expect(turn.data.output_text).toContain("Your name is Ada.");
      expect(await metered(world, turn.at.requestId)).toEqual(["aws responses.create"]);
    }
    expect(await keeps("aws", "us-east-1", "direct", `/responses/${one.data.id}`)).toBe(true);
    expect(await keeps("azure", one.at.region, "direct", `/responses/${one.data.id}`)).toBe(false);
    const branch = await client.responses.create({
      model,
      input: "what did I say first?",
      previous_response_id: turns[3]?.data.id ?? "",
    });
    expect(branch.output_text).toContain("my name is Ada");
  }
});

test("a streamed turn continues a session as well", async () => {
  const client = directClient(world);
  const one = await client.responses.create({ model, input: "my name is Ada" });
  const stream = client.responses.stream({ model, input: "what is my name?", previous_response_id: one.id });
  const final = await stream.finalResponse();
  expect(final.output_text).toContain("Your name is Ada.");
  const next = await client.responses.create({
    model,
    input: "what is my name?",
    previous_response_id: final.id,
  });
  expect(next.output_text).toContain("Your name is Ada.");
});

test("a deleted response cannot be continued", async () => {
  const client = directClient(world);
  const one = await client.responses.create({ model, input: "forget me" });
  await client.responses.delete(one.id);
  const refused = client.responses.create({ model, input: "hello", previous_response_id: one.id });
  await expect(refused).rejects.toMatchObject({ status: 400, code: "previous_response_not_found" });
});

test("a restart of the gateway forgets no session", async () => {
  const client: OpenAI = directClient(world);
  const one = await client.responses.create({ model, input: "my name is Ada" });
  await world.restartGateway();
  const two = await placed(
    client.responses.create({ model, input: "what is my name?", previous_response_id: one.id }),
  );
  expect(two.at.provider).toBe("aws");
  expect(two.data.output_text).toContain("Your name is Ada.");
  await world.restartGateway();
  const three = await placed(
    client.responses.create({ model, input: "what is my name?", previous_response_id: two.data.id }),
  );
  expect(three.at.provider).toBe("aws");
  expect(three.data.output_text).toContain("Your name is Ada.");
});
