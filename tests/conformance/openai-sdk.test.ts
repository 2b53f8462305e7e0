import OpenAI, { AuthenticationError, BadRequestError, NotFoundError, PermissionDeniedError } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { directClient, gatewayClient, metered, placed, placementOf } from "../support/clients.ts";
import { readLedgerRows } from "../support/ledger-rows.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startTestWorld();
});
afterAll(() => world.close());

const model = "gpt-5.4";
const messages = [{ role: "user" as const, content: "one two three" }];

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const events: T[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe.each([
  ["the direct seller", (of: TestWorld) => directClient(of)],
  ["the gateway itself", (of: TestWorld) => gatewayClient(of, "direct")],
])("the SDK at %s", (_title, connect) => {
  let client: OpenAI;
  beforeAll(() => {
    client = connect(world);
  });

  test("completes a chat", async () => {
    const answer = await client.chat.completions.create({ model, messages, max_completion_tokens: 12 });
    expect(answer).toMatchObject({
      object: "chat.completion",
      choices: [{ index: 0, finish_reason: "length", message: { role: "assistant" } }],
      usage: { prompt_tokens: 3, completion_tokens: 12, total_tokens: 15 },
    });
    expect(answer.choices[0]?.message.content).not.toBe("");
    expect(answer._request_id).toMatch(/^req_[0-9a-f]{32}$/);
  });

  test("gives as many choices as were asked for", async () => {
    const answer = await client.chat.completions.create({ model, messages, n: 3, max_completion_tokens: 5 });
    expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(answer.usage?.completion_tokens).toBe(15);
  });

  test("streams a chat without any `usage` key when none was asked for, and meters it all the same", async () => {
    const { data, at } = await placed(
      client.chat.completions.create({ model, messages, max_completion_tokens: 12, stream: true }),
    );
    const chunks = await collect(data);
    expect(chunks.length).toBeGreaterThan(2);
    expect(chunks.filter((chunk) => "usage" in chunk)).toEqual([]);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("length");
    const rows = readLedgerRows(world.ledgerFile).filter((row) => row.request_id === at.requestId);
    expect(rows).toMatchObject([
      { streamed: 1, input_tokens: 3, output_tokens: 12, usage_source: "reported" },
    ]);
  });

  test("streams a chat with usage last when it was asked for", async () => {
    const stream = await client.chat.completions.create({
      model,
      messages,
      max_completion_tokens: 12,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await collect(stream);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 12 } });
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null || chunk.choices.length === 0)).toBe(
      true,
    );
    expect(chunks.filter(({ usage }) => usage)).toHaveLength(1);
  });

  test("gives the same text whether usage was asked for or not", async () => {
    const text = async (options: object): Promise<string> => {
      const body = { model, messages, max_completion_tokens: 40, stream: true as const, ...options };
      const chunks = await collect(await client.chat.completions.create(body));
      return chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");
    };
    const plain = await text({});
    expect(plain).not.toBe("");
    expect(await text({ stream_options: { include_usage: true } })).toBe(plain);
  });

  test("creates, reads and deletes a response", async () => {
    const created = await client.responses.create({
      model,
      input: "one two three",
      instructions: "be brief",
      max_output_tokens: 9,
    });
    expect(created).toMatchObject({ object: "response", status: "incomplete", usage: { output_tokens: 9 } });
    expect(created.output_text).not.toBe("");
    const read = await client.responses.retrieve(created.id);
    expect(read.output_text).toBe(created.output_text);
    const items = await client.responses.inputItems.list(created.id);
    expect(items.data).toMatchObject([
      { type: "message", role: "user", content: [{ text: "one two three" }] },
    ]);
    await client.responses.delete(created.id);
    await expect(client.responses.retrieve(created.id)).rejects.toBeInstanceOf(BadRequestError);
  });

  test("streams a chat through the helper", async () => {
    const stream = client.chat.completions.stream({ model, messages, max_completion_tokens: 20 });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]).toMatchObject({ finish_reason: "length", message: { role: "assistant" } });
    expect(final.usage).toBeUndefined();
  });

  test("streams a response through the helper", async () => {
    const stream = client.responses.stream({ model, input: "hello", max_output_tokens: 20 });
    const types: string[] = [];
    let text = "";
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === "response.output_text.delta") text += event.delta;
    }
    const final = await stream.finalResponse();
    expect(types[0]).toBe("response.created");
    expect(final.output_text).toBe(text);
    expect(final.usage).toMatchObject({ output_tokens: 20 });
  });

  test("does not keep a response that is not to be stored", async () => {
    const created = await client.responses.create({ model, input: "hello", store: false });
    await expect(client.responses.retrieve(created.id)).rejects.toMatchObject({ status: 400 });
  });

  test("embeds, in the SDK's own base64 and as plain numbers", async () => {
    const packed = await client.embeddings.create({
      model: "text-embedding-3-small",
      input: ["one", "two three"],
    });
    expect(packed.data.map(({ embedding }) => embedding.length)).toEqual([1_536, 1_536]);
    expect(packed.usage).toMatchObject({ prompt_tokens: 3, total_tokens: 3 });
    const plain = await client.embeddings.create({
      model: "text-embedding-3-small",
      input: ["one", "two three"],
      encoding_format: "float",
    });
    const [first] = packed.data;
    expect(plain.data[0]?.embedding[0]).toBeCloseTo(first?.embedding[0] ?? Number.NaN, 5);
  });

  test("keeps a conversation", async () => {
    const conversation = await client.conversations.create({
      items: [{ type: "message", role: "user", content: "my name is Ada" }],
    });
    const added = await client.conversations.items.create(conversation.id, {
      items: [{ type: "message", role: "user", content: "hello" }],
    });
    expect(added.data).toHaveLength(1);
    const answer = await client.responses.create({
      model,
      input: "what is my name?",
      conversation: conversation.id,
    });
    expect(answer.output_text).toContain("Your name is Ada.");
    const updated = await client.conversations.update(conversation.id, { metadata: { topic: "names" } });
    expect(updated.metadata).toEqual({ topic: "names" });
    expect(await client.conversations.delete(conversation.id)).toMatchObject({ deleted: true });
  });

  test("lists the models that are sold, and asks no cloud for them", async () => {
    const before = await world.meters();
    const names: string[] = [];
    for await (const { id } of client.models.list()) names.push(id);
    expect(names).toEqual([...world.configuration.world.models.keys()]);
    expect(await client.models.retrieve(model)).toMatchObject({ id: model, object: "model" });
    expect(await world.meters()).toEqual(before);
  });

  test("carries the placement on every kind of answer", async () => {
    const { response } = await client.chat.completions.create({ model, messages }).withResponse();
    const digest = world.configuration.world.digest.slice(0, 16);
    expect(
      Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("x-clauseway-"))),
    ).toEqual({
      "x-clauseway-request-id": response.headers.get("x-request-id"),
      "x-clauseway-clause": "C1",
      "x-clauseway-class": "stateless",
      "x-clauseway-provider": "azure",
      "x-clauseway-region": expect.stringMatching(/^(eastus2|swedencentral)$/) as unknown,
      "x-clauseway-digest": digest,
    });
    const refused: unknown = await client.responses
      .create({ model, input: "x", previous_response_id: "resp_no" })
      .catch((error: unknown) => error);
    const headers = (refused as InstanceType<typeof OpenAI.APIError>).headers ?? new Headers();
    expect(placementOf(headers)).toMatchObject({ provider: "none", region: "none", clause: "none" });
    expect(headers.get("x-clauseway-digest")).toBe(digest);
  });

  test("throws its own error classes, with the codes callers match on", async () => {
    const ask = (changes: object) => client.chat.completions.create({ model, messages, ...changes } as never);
    const wrongKey = new OpenAI({ baseURL: client.baseURL, apiKey: "wrong", maxRetries: 0 });
    const unauthorised = wrongKey.chat.completions.create({ model, messages });
    await expect(unauthorised).rejects.toBeInstanceOf(AuthenticationError);
    await expect(unauthorised).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });

    const unknownModel = ask({ model: "gpt-nope" });
    await expect(unknownModel).rejects.toBeInstanceOf(NotFoundError);
    await expect(unknownModel).rejects.toMatchObject({ code: "model_not_found", param: "model" });

    const tooMuch = ask({ max_completion_tokens: 10_000_000 });
    await expect(tooMuch).rejects.toBeInstanceOf(BadRequestError);
    await expect(tooMuch).rejects.toMatchObject({ code: "limit_exceeded", param: "max_completion_tokens" });
    await expect(ask({ n: 9 })).rejects.toMatchObject({ status: 400, param: "n" });
    await expect(ask({ messages: "hello" })).rejects.toMatchObject({ status: 400, param: "messages" });
    await expect(client.get("/nothing/here")).rejects.toBeInstanceOf(NotFoundError);
  });
});

describe("a partner that does not forward", () => {
  let strict: TestWorld;
  beforeAll(async () => {
    strict = await startTestWorld({
      change: (configuration) => ({
        ...configuration,
        partners: configuration.partners.map((partner) =>
          partner.id === "amazon" ? { ...partner, mode: "reject" } : partner,
        ),
      }),
    });
  });
  afterAll(() => strict.close());

  test("is refused by the clause, told the remedy, and never retried", async () => {
    const eager = new OpenAI({
      baseURL: `${strict.urls.gateway}/v1`,
      apiKey: "fake-partner-amazon",
      maxRetries: 2,
    });
    const refused: unknown = await eager.chat.completions
      .create({ model, messages })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PermissionDeniedError);
    expect(refused).toMatchObject({
      status: 403,
      code: "agreement_denied",
      error: { clause: "C1", message: expect.stringMatching(/clause C1 .*azure.*mode: forward/) as unknown },
    });
    const meters = await strict.meters();
    expect(meters).toEqual({ azure: [], aws: [], stargate: [] });
    expect((await strict.totals()).calls).toBe(0);
    const page = await (await fetch(`${strict.urls.admin}/metrics`)).text();
    expect(page).toMatch(/^clauseway_refusals_total\{code="agreement_denied"\} 1$/m);
  });

  test("still gets what may run on its own cloud", async () => {
    const { at } = await placed(
      gatewayClient(strict, "amazon").chat.completions.create({ model: "gpt-oss-120b", messages }),
    );
    expect(await metered(strict, at.requestId)).toEqual(["aws chat.completions.create"]);
  });
});
