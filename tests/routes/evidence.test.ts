import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { directClient, gatewayClient, metered, placementOf } from "../support/clients.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

let world: TestWorld;
/** Ids that really exist, for this partner: even those are no evidence outside their place. */
let responseId: string;
let conversationId: string;

beforeAll(async () => {
  world = await startTestWorld();
  const client = directClient(world);
  responseId = (await client.responses.create({ model: "gpt-5.4", input: "hello" })).id;
  conversationId = (await client.conversations.create()).id;
});
afterAll(() => world.close());

function post(path: string, body: object): Promise<Response> {
  return fetch(`${world.urls.direct}/v1${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${world.credentials.directCustomerKey}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ model: "gpt-5.4", ...body }),
  });
}

const LOOK_ALIKES: readonly [string, string, () => object][] = [
  [
    "an id in metadata",
    "/responses",
    () => ({ input: "hello", metadata: { previous_response_id: responseId } }),
  ],
  [
    "a conversation in metadata",
    "/responses",
    () => ({ input: "hello", metadata: { conversation: conversationId } }),
  ],
  [
    "a tool schema that speaks of state",
    "/responses",
    () => ({
      input: "hello",
      tools: [
        {
          type: "function",
          name: "resume",
          parameters: {
            type: "object",
            properties: {
              previous_response_id: { const: responseId },
              conversation: { default: conversationId },
            },
          },
        },
      ],
    }),
  ],
  [
    "a tool schema in a chat",
    "/chat/completions",
    () => ({
      messages: [{ role: "user", content: "hello" }],
      tools: [
        {
          type: "function",
          function: { name: "f", parameters: { previous_response_id: responseId, background: true } },
        },
      ],
    }),
  ],
  ["an id in the text", "/responses", () => ({ input: `continue previous_response_id ${responseId}` })],
  [
    "an id in tool arguments",
    "/responses",
    () => ({
      input: [
        {
          type: "function_call",
          call_id: "c",
          name: "f",
          arguments: JSON.stringify({ previous_response_id: responseId }),
        },
        { type: "function_call_output", call_id: "c", output: responseId },
        { role: "user", content: "hello" },
      ],
    }),
  ],
  [
    "nulls",
    "/responses",
    () => ({ input: "hello", previous_response_id: null, conversation: null, background: null, tools: null }),
  ],
  ["`store: true` alone", "/responses", () => ({ input: "hello", store: true })],
  [
    "`store: true` of a chat",
    "/chat/completions",
    () => ({ messages: [{ role: "user", content: "hello" }], store: true }),
  ],
  ["`background: false`", "/responses", () => ({ input: "hello", background: false })],
  [
    "history that the caller sends",
    "/responses",
    () => ({
      input: [
        { role: "user", content: "hello" },
        {
          id: "msg_1",
          type: "message",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: "hi", annotations: [] }],
        },
        { role: "user", content: "and?" },
      ],
    }),
  ],
  [
    "state fields of another API",
    "/chat/completions",
    () => ({
      messages: [{ role: "user", content: "hello" }],
      previous_response_id: responseId,
      conversation: conversationId,
    }),
  ],
];

describe("what does not make a call stateful", () => {
  test.each(LOOK_ALIKES)("%s", async (_case, path, body) => {
    const response = await post(path, body());
    const text = await response.text();
    expect(response.status, text).toBe(200);
    const at = placementOf(response.headers);
    expect(at).toMatchObject({ provider: "azure", workload: "stateless", clause: "C1" });
    expect(await metered(world, at.requestId)).toHaveLength(1);
    expect((await metered(world, at.requestId))[0]).toMatch(/^azure /);
  });
});

const UNKNOWN: readonly [string, object, string, string][] = [
  [
    "a previous response",
    { previous_response_id: "resp_unknown" },
    "previous_response_id",
    "previous_response_not_found",
  ],
  ["a conversation", { conversation: "conv_unknown" }, "conversation", "not_found"],
  ["a conversation in an object", { conversation: { id: "conv_unknown" } }, "conversation.id", "not_found"],
  ["an item", { input: [{ type: "item_reference", id: "msg_unknown" }] }, "input[0].id", "not_found"],
  [
    "a container",
    { tools: [{ type: "code_interpreter", container: "cntr_unknown" }] },
    "tools[0].container",
    "not_found",
  ],
  [
    "a vector store",
    { tools: [{ type: "file_search", vector_store_ids: ["vs_unknown"] }] },
    "tools[0].vector_store_ids[0]",
    "not_found",
  ],
  [
    "a file",
    { input: [{ role: "user", content: [{ type: "input_file", file_id: "file-unknown" }] }] },
    "input[0].content[0].file_id",
    "not_found",
  ],
];

describe("an id that nobody knows is 400, and no cloud is asked", () => {
  test.each(UNKNOWN)("%s", async (_case, extra, param, code) => {
    const before = await world.meters();
    const response = await post("/responses", { input: "hello", ...extra });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param, code } });
    expect(placementOf(response.headers)).toMatchObject({
      provider: "none",
      workload: "none",
      clause: "none",
    });
    expect(await world.meters()).toEqual(before);
  });
});

test.each([
  ["previous_response_id", () => ({ previous_response_id: responseId })],
  ["conversation", () => ({ conversation: conversationId })],
])("another partner's id in `%s` is as unknown as any", async (_field, extra) => {
  const before = await world.meters();
  const stranger = gatewayClient(world, "amazon");
  const refused = stranger.post("/responses", { body: { model: "gpt-5.4", input: "hello", ...extra() } });
  await expect(refused).rejects.toMatchObject({ status: 400 });
  expect(await world.meters()).toEqual(before);
});

test("an id of another kind is no evidence either", async () => {
  const response = await post("/responses", { input: "hello", previous_response_id: conversationId });
  expect(response.status).toBe(400);
  await response.arrayBuffer();
});

test("two kinds of state together are refused", async () => {
  const response = await post("/responses", {
    input: "hello",
    previous_response_id: responseId,
    conversation: conversationId,
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { param: "previous_response_id" } });
});

test.each([
  "/responses/resp_unknown",
  "/conversations/conv_unknown",
  "/files/file-unknown",
  "/batches/batch_unknown",
])("reading %s is an error without a call to any cloud", async (path) => {
  const before = await world.meters();
  const response = await fetch(`${world.urls.direct}/v1${path}`, {
    headers: { authorization: `Bearer ${world.credentials.directCustomerKey}` },
  });
  expect(response.status).toBe(400);
  await response.arrayBuffer();
  expect(await world.meters()).toEqual(before);
});
