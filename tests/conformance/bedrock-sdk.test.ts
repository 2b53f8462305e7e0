import {
  ConverseCommand,
  ConverseStreamCommand,
  type ConverseStreamOutput,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bedrockClient } from "../support/amazon.ts";
import { metered } from "../support/clients.ts";
import { readLedgerRows } from "../support/ledger-rows.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startTestWorld();
});
afterAll(() => world.close());

const hi = {
  modelId: "openai.gpt-5.4-v1:0",
  messages: [{ role: "user" as const, content: [{ text: "one two three" }] }],
  inferenceConfig: { maxTokens: 25 },
};

/** The SDK at its defaults, HTTP/2 and SigV4, which notes the headers of each answer. */
function watchedClient(): {
  client: ReturnType<typeof bedrockClient>;
  lastHeaders: () => Record<string, string>;
} {
  const client = bedrockClient(world.urls.amazon);
  let headers: Record<string, string> = {};
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      headers = (result.response as { headers: Record<string, string> }).headers;
      return result;
    },
    { step: "deserialize", priority: "low" },
  );
  return { client, lastHeaders: () => headers };
}

async function expectOneCallOnAzure(requestId: string): Promise<void> {
  expect(requestId).toMatch(/^req_/);
  expect(await metered(world, requestId)).toEqual(["azure chat.completions.create"]);
  const { azure } = await world.meters();
  expect(azure.find((row) => row.requestId === requestId)).toMatchObject({
    caller: "gateway",
    model: "gpt-5.4",
    status: 200,
    inputTokens: 3,
    outputTokens: 25,
  });
  const rows = readLedgerRows(world.ledgerFile).filter((row) => row.request_id === requestId);
  expect(rows).toMatchObject([
    {
      partner: "amazon",
      provider: "azure",
      workload: "stateless",
      input_tokens: 3,
      output_tokens: 25,
      charge_kind: "rated",
    },
  ]);
  expect(BigInt(rows[0]?.charge_pico_usd ?? 0)).toBe(3n * 2_500_000n + 25n * 15_000_000n);
}

test("Converse is answered by Azure, metered there, and settled for Amazon", async () => {
  const { client, lastHeaders } = watchedClient();
  const answer = await client.send(new ConverseCommand(hi));
  expect(answer).toMatchObject({
    output: { message: { role: "assistant" } },
    stopReason: "max_tokens",
    usage: { inputTokens: 3, outputTokens: 25, totalTokens: 28 },
    $metadata: { httpStatusCode: 200, attempts: 1 },
  });
  expect(answer.output?.message?.content?.[0]?.text).not.toBe("");
  await expectOneCallOnAzure(lastHeaders()["x-clauseway-request-id"] ?? "");
});

test("ConverseStream is answered by Azure, metered there, and settled for Amazon", async () => {
  const { client, lastHeaders } = watchedClient();
  const answer = await client.send(new ConverseStreamCommand(hi));
  const events: ConverseStreamOutput[] = [];
  for await (const event of answer.stream ?? []) events.push(event);
  const text = events.map((event) => event.contentBlockDelta?.delta?.text ?? "").join("");
  expect(text).not.toBe("");
  expect(events[0]?.messageStart?.role).toBe("assistant");
  expect(events.find(({ messageStop }) => messageStop)?.messageStop?.stopReason).toBe("max_tokens");
  expect(events.at(-1)?.metadata?.usage).toMatchObject({ inputTokens: 3, outputTokens: 25 });
  await expectOneCallOnAzure(lastHeaders()["x-clauseway-request-id"] ?? "");
});

test("Converse tells an unknown model in AWS's own words, and no cloud is asked", async () => {
  const before = await world.meters();
  const refused = bedrockClient(world.urls.amazon).send(
    new ConverseCommand({ ...hi, modelId: "openai.gpt-nope" }),
  );
  await expect(refused).rejects.toMatchObject({
    name: expect.stringMatching(/^(ResourceNotFound|Validation)Exception$/) as unknown,
  });
  expect(await world.meters()).toEqual(before);
});

test("an open-weight model is answered on Amazon's own cloud", async () => {
  const { client, lastHeaders } = watchedClient();
  await client.send(new ConverseCommand({ ...hi, modelId: "openai.gpt-oss-120b-1:0" }));
  expect(lastHeaders()).toMatchObject({ "x-clauseway-provider": "aws", "x-clauseway-clause": "C8" });
  expect(await metered(world, lastHeaders()["x-clauseway-request-id"] ?? "")).toEqual([
    "aws chat.completions.create",
  ]);
});

test("a provider of choice that hides in Converse's additional fields is refused, and no cloud is asked", async () => {
  const before = await world.meters();
  const additionalModelRequestFields = { api_base: "http://127.0.0.1:1" };
  const refused = bedrockClient(world.urls.amazon).send(
    new ConverseCommand({ ...hi, additionalModelRequestFields }),
  );
  await expect(refused).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringContaining("api_base") as unknown,
  });
  expect(await world.meters()).toEqual(before);
});
