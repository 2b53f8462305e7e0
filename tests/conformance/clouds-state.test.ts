import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAws } from "../../src/clouds/aws/server.ts";
import { startAzure } from "../../src/clouds/azure/server.ts";
import { countTokens } from "../../src/wire/openai/tokens.ts";
import type { RunningServer } from "../../src/http/listener.ts";
import { CLOUD_KEYS, cloudOptions, poll, readMeter } from "../support/mock-clouds.ts";

let aws: RunningServer;
let azure: RunningServer;
let runtime: OpenAI;
let onAzure: OpenAI;

beforeAll(async () => {
  [aws, azure] = await Promise.all([startAws(cloudOptions()), startAzure(cloudOptions())]);
  runtime = clientOf(`${aws.url}/v1`, "amazon");
  onAzure = clientOf(`${azure.url}/eastus2/openai/v1`, "amazon");
});

afterAll(() => Promise.all([aws.close(100), azure.close(100)]));

function clientOf(baseURL: string, project: string): OpenAI {
  return new OpenAI({ baseURL, project, apiKey: CLOUD_KEYS.gateway, maxRetries: 0 });
}

test("a chain remembers its first turn, and its input tokens hold the whole history", async () => {
  const first = await runtime.responses.create({ model: "gpt-5.4", input: "the password is swordfish" });
  const second = await runtime.responses.create({
    model: "gpt-5.4",
    input: "and then?",
    previous_response_id: first.id,
  });
  const third = await runtime.responses.create({
    model: "gpt-5.4",
    input: "what did I say first?",
    previous_response_id: second.id,
  });
  expect(third.output_text).toBe('You first said: "the password is swordfish".');
  expect(third.usage?.output_tokens).toBe(countTokens(third.output_text));
  expect(second.usage?.input_tokens).toBe((first.usage?.total_tokens ?? 0) + countTokens("and then?"));
  expect(third.usage?.input_tokens).toBe(
    (second.usage?.total_tokens ?? 0) + countTokens("what did I say first?"),
  );
});

test("instructions count for their own turn only", async () => {
  const first = await runtime.responses.create({
    model: "gpt-5.4",
    instructions: "answer like a pirate",
    input: "hi",
  });
  expect(first.usage?.input_tokens).toBe(countTokens("answer like a pirate") + countTokens("hi"));
  const second = await runtime.responses.create({
    model: "gpt-5.4",
    input: "on",
    previous_response_id: first.id,
  });
  expect(second.usage?.input_tokens).toBe(
    countTokens("hi") + (first.usage?.output_tokens ?? 0) + countTokens("on"),
  );
});

test("a conversation gathers input and output of each response and remembers them", async () => {
  const conversation = await runtime.conversations.create({
    items: [{ type: "message", role: "user", content: "my name is Ada" }],
  });
  const reply = await runtime.responses.create({
    model: "gpt-5.4",
    input: "what is my name?",
    conversation: conversation.id,
  });
  expect(reply.output_text).toBe("Your name is Ada.");
  const roles: string[] = [];
  for await (const item of runtime.conversations.items.list(conversation.id, { order: "asc" })) {
    if (item.type === "message") roles.push(item.role);
  }
  expect(roles).toEqual(["user", "user", "assistant"]);
  await runtime.conversations.delete(conversation.id);
  await expect(runtime.conversations.retrieve(conversation.id)).rejects.toMatchObject({ status: 404 });
});

test("an item reference stands for the stored item", async () => {
  const first = await runtime.responses.create({ model: "gpt-5.4", input: "one two three" });
  const [item] = (await runtime.responses.inputItems.list(first.id)).data;
  const second = await runtime.responses.create({
    model: "gpt-5.4",
    input: [
      { type: "item_reference", id: item?.id ?? "" },
      { role: "user", content: "four" },
    ],
  });
  expect(second.usage?.input_tokens).toBe(countTokens("one two three") + countTokens("four"));
  await expect(
    runtime.responses.create({ model: "gpt-5.4", input: [{ type: "item_reference", id: "msg_none" }] }),
  ).rejects.toMatchObject({ status: 400 });
});

async function continued(client: OpenAI, id: string): Promise<unknown> {
  return await client.responses.create({ model: "gpt-5.4", input: "and?", previous_response_id: id });
}

test("another project's response, an unknown one and a response that was not stored are all not found", async () => {
  const stranger = clientOf(`${aws.url}/v1`, "direct");
  const kept = await runtime.responses.create({ model: "gpt-5.4", input: "mine" });
  const unkept = await runtime.responses.create({ model: "gpt-5.4", input: "mine", store: false });
  const refusal = { status: 400, code: "previous_response_not_found", param: "previous_response_id" };
  await expect(continued(stranger, kept.id)).rejects.toMatchObject(refusal);
  await expect(continued(runtime, unkept.id)).rejects.toMatchObject(refusal);
  await expect(continued(runtime, "resp_none")).rejects.toMatchObject(refusal);
  await expect(stranger.responses.retrieve(kept.id)).rejects.toMatchObject({ status: 404 });
});

test("previous_response_id and conversation together are refused", async () => {
  const { id } = await runtime.responses.create({ model: "gpt-5.4", input: "x" });
  await expect(
    runtime.responses.create({
      model: "gpt-5.4",
      input: "y",
      previous_response_id: id,
      conversation: "conv_1",
    }),
  ).rejects.toMatchObject({ status: 400 });
});

test("a background response runs to its end and meters its tokens then, under its own id", async () => {
  const created = await runtime.responses.create({
    model: "gpt-5.4",
    input: "take your time",
    background: true,
    max_output_tokens: 21,
  });
  expect(created).toMatchObject({ status: "queued", usage: null, background: true });
  const done = await poll(
    () => runtime.responses.retrieve(created.id),
    ({ status }) => status === "incomplete",
  );
  expect(done.usage?.output_tokens).toBe(21);
  const rows = await poll(
    async () => (await readMeter(aws.url)).filter(({ requestId }) => requestId === created.id),
    (found) => found.length > 0,
  );
  expect(rows).toMatchObject([
    { operation: "responses.completed", project: "amazon", outputTokens: 21, inputTokens: 3 },
  ]);
});

test("a cancelled background response reports what was made so far, and nothing is metered twice", async () => {
  const slow = await startAws(cloudOptions({ speed: 0.001 }));
  try {
    const client = clientOf(`${slow.url}/v1`, "amazon");
    const created = await client.responses.create({ model: "gpt-5.4", input: "never", background: true });
    expect((await client.responses.retrieve(created.id)).status).toBe("queued");
    const cancelled = await client.responses.cancel(created.id);
    expect(cancelled).toMatchObject({ status: "cancelled", usage: { output_tokens: 0 } });
    const rows = (await readMeter(slow.url)).filter(({ operation }) => operation === "responses.completed");
    expect(rows).toMatchObject([{ requestId: created.id, outputTokens: 0 }]);
  } finally {
    await slow.close(100);
  }
});

test("a chain that Azure began goes on at the runtime after the hand-over, with the same ids and memory", async () => {
  const first = await onAzure.responses.create({ model: "gpt-5.4", input: "the capital is Lima" });
  const second = await onAzure.responses.create({
    model: "gpt-5.4",
    input: "go on",
    previous_response_id: first.id,
  });
  const exported = await Promise.all(
    [second.id, first.id].map(async (id) => ({
      response: await getJson(`${azure.url}/eastus2/openai/v1/responses/${id}`),
      input_items: (
        (await getJson(`${azure.url}/eastus2/openai/v1/responses/${id}/input_items?order=asc`)) as {
          data: unknown[];
        }
      ).data,
    })),
  );
  const body = { project: "amazon", responses: exported, conversations: [] };
  expect((await postHandover(CLOUD_KEYS.direct, body)).status).toBe(401);
  expect((await postHandover(CLOUD_KEYS.gateway, body)).status).toBe(200);
  expect((await postHandover(CLOUD_KEYS.gateway, body)).status).toBe(200);
  expect((await postHandover(CLOUD_KEYS.gateway, { ...body, project: "direct" })).status).toBe(409);

  const third = await runtime.responses.create({
    model: "gpt-5.4",
    input: "what did I say first?",
    previous_response_id: second.id,
  });
  expect(third.output_text).toBe('You first said: "the capital is Lima".');
  expect(third.usage?.input_tokens).toBe(
    (second.usage?.total_tokens ?? 0) + countTokens("what did I say first?"),
  );
  expect((await runtime.responses.retrieve(first.id)).output_text).toBe(first.output_text);
});

test("a conversation moves with its items", async () => {
  const conversation = await onAzure.conversations.create({
    items: [{ type: "message", role: "user", content: "my name is Grace" }],
  });
  const base = `${azure.url}/eastus2/openai/v1/conversations/${conversation.id}`;
  const items = ((await getJson(`${base}/items?order=asc`)) as { data: unknown[] }).data;
  const moved = await postHandover(CLOUD_KEYS.gateway, {
    project: "amazon",
    responses: [],
    conversations: [{ conversation: await getJson(base), items }],
  });
  expect(moved.status).toBe(200);
  const reply = await runtime.responses.create({
    model: "gpt-5.4",
    input: "what is my name?",
    conversation: conversation.id,
  });
  expect(reply.output_text).toBe("Your name is Grace.");
});

test("the runtime serves chat natively, with OpenAI's shapes and token-wise chunks", async () => {
  const stream = await runtime.chat.completions.create({
    model: "gpt-5.4",
    messages: [{ role: "user", content: "hello" }],
    max_tokens: 9,
    stream: true,
  });
  const pieces: string[] = [];
  for await (const chunk of stream) {
    const piece = chunk.choices[0]?.delta.content;
    if (piece) pieces.push(piece);
  }
  expect(pieces).toHaveLength(9);
  expect(countTokens(pieces.join(""))).toBe(9);
});

async function getJson(url: string): Promise<unknown> {
  const reply = await fetch(url, {
    headers: { "api-key": CLOUD_KEYS.gateway, "openai-project": "amazon" },
  });
  expect(reply.status).toBe(200);
  return await reply.json();
}

function postHandover(key: string, body: object): Promise<Response> {
  return fetch(`${aws.url}/v1/handover`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}
