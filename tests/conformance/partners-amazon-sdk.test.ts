import {
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  type ConverseCommandInput,
  type ConverseStreamOutput,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunningServer } from "../../src/http/listener.ts";
import { AWS_KEY, BEDROCK_KEY, bedrockClient, MODEL_ID, startAmazonFor } from "../support/amazon.ts";
import {
  answerJson,
  closingChunks,
  completion,
  deltaChunk,
  startFakeGateway,
  answerStream,
  startStream,
  type FakeGateway,
  type GatewayCall,
} from "../support/fake-gateway.ts";

let gateway: FakeGateway;
let amazon: RunningServer;
let faults: unknown[];

beforeEach(async () => {
  faults = [];
  gateway = await startFakeGateway();
  amazon = await startAmazonFor(gateway.url, faults);
});

afterEach(async () => {
  await amazon.close(0);
  await gateway.close();
  expect(faults).toEqual([]);
});

const hi = {
  modelId: MODEL_ID,
  messages: [{ role: "user", content: [{ text: "hi" }] }],
} satisfies ConverseCommandInput;

async function collect(
  stream: AsyncIterable<ConverseStreamOutput> | undefined,
): Promise<ConverseStreamOutput[]> {
  const events: ConverseStreamOutput[] = [];
  for await (const event of stream ?? []) events.push(event);
  return events;
}

function lastBody(): Record<string, unknown> {
  return JSON.parse(gateway.calls.at(-1)?.body ?? "null") as Record<string, unknown>;
}

describe.each([
  ["HTTP/2, the SDK's default", {}],
  ["HTTP/1.1", { requestHandler: new NodeHttpHandler() }],
  ["a bearer key", { token: { token: BEDROCK_KEY }, authSchemePreference: ["httpBearerAuth"] }],
])("over %s", (_transport, config) => {
  test("Converse answers", async () => {
    const answer = await bedrockClient(amazon.url, config).send(new ConverseCommand(hi));
    expect(answer.output?.message?.content).toEqual([{ text: "hello" }]);
    expect(answer.stopReason).toBe("end_turn");
    expect(answer.usage).toMatchObject({
      inputTokens: 5,
      cacheReadInputTokens: 3,
      outputTokens: 2,
      totalTokens: 10,
    });
    expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    const [call] = gateway.calls;
    expect(call?.path).toBe("/v1/chat/completions");
    expect(call?.headers.authorization).toBe("Bearer fake-partner-amazon");
    expect(lastBody()).toEqual({
      model: "gpt-x",
      messages: [{ role: "user", content: "hi" }],
      stream: false,
    });
  });

  test("ConverseStream answers with usage last", async () => {
    const answer = await bedrockClient(amazon.url, config).send(new ConverseStreamCommand(hi));
    const events = await collect(answer.stream);
    const text = events.map((event) => event.contentBlockDelta?.delta?.text ?? "").join("");
    expect(text).toBe("hello");
    expect(events[0]?.messageStart?.role).toBe("assistant");
    expect(events.at(-1)?.metadata?.usage).toMatchObject({ inputTokens: 5, outputTokens: 2 });
    expect(lastBody()).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  test("InvokeModel passes a chat completion through", async () => {
    const body = JSON.stringify({ messages: [{ role: "user", content: "hi" }], seed: 3 });
    const answer = await bedrockClient(amazon.url, config).send(
      new InvokeModelCommand({ modelId: MODEL_ID, body, contentType: "application/json" }),
    );
    expect(JSON.parse(answer.body.transformToString())).toMatchObject({ object: "chat.completion" });
    expect(lastBody()).toMatchObject({ model: "gpt-x", seed: 3, stream: false });
  });

  test("InvokeModelWithResponseStream carries metrics in its last chunk", async () => {
    const body = JSON.stringify({ messages: [{ role: "user", content: "hi" }] });
    const answer = await bedrockClient(amazon.url, config).send(
      new InvokeModelWithResponseStreamCommand({ modelId: MODEL_ID, body, contentType: "application/json" }),
    );
    const chunks: Record<string, unknown>[] = [];
    for await (const { chunk } of answer.body ?? []) {
      chunks.push(JSON.parse(Buffer.from(chunk?.bytes ?? []).toString()) as Record<string, unknown>);
    }
    expect(chunks.at(-1)?.["amazon-bedrock-invocationMetrics"]).toMatchObject({
      inputTokenCount: 8,
      outputTokenCount: 2,
    });
  });
});

test("a tool call comes back as toolUse, and its result goes in", async () => {
  const call = { id: "t1", type: "function", function: { name: "add", arguments: '{"a":1}' } };
  gateway.respond((response) =>
    answerJson(response, 200, completion({ content: null, tool_calls: [call] }, "tool_calls")),
  );
  const toolConfig = { tools: [{ toolSpec: { name: "add", inputSchema: { json: { type: "object" } } } }] };
  const answer = await bedrockClient(amazon.url).send(new ConverseCommand({ ...hi, toolConfig }));
  expect(answer.stopReason).toBe("tool_use");
  const use = answer.output?.message?.content?.[0]?.toolUse;
  expect(use).toEqual({ toolUseId: "t1", name: "add", input: { a: 1 } });

  const messages = [
    ...hi.messages,
    { role: "assistant" as const, content: [{ toolUse: { toolUseId: "t1", name: "add", input: { a: 1 } } }] },
    { role: "user" as const, content: [{ toolResult: { toolUseId: "t1", content: [{ text: "2" }] } }] },
  ];
  await bedrockClient(amazon.url).send(new ConverseCommand({ modelId: MODEL_ID, messages, toolConfig }));
  expect(lastBody()["messages"]).toMatchObject([
    { role: "user" },
    { role: "assistant", tool_calls: [call] },
    { role: "tool", tool_call_id: "t1", content: "2" },
  ]);
});

test("a streamed tool call comes as fragments of its input", async () => {
  const first = { index: 0, id: "t1", type: "function", function: { name: "add", arguments: "" } };
  const rest = { index: 0, function: { arguments: '{"a":1}' } };
  gateway.respond((response) =>
    answerStream(response, [
      deltaChunk({ tool_calls: [first] }),
      deltaChunk({ tool_calls: [rest] }),
      ...closingChunks("tool_calls"),
    ]),
  );
  const answer = await bedrockClient(amazon.url).send(new ConverseStreamCommand(hi));
  const events = await collect(answer.stream);
  expect(events.find((event) => event.contentBlockStart)?.contentBlockStart?.start?.toolUse?.name).toBe(
    "add",
  );
  expect(events.find((event) => event.contentBlockDelta)?.contentBlockDelta?.delta?.toolUse?.input).toBe(
    '{"a":1}',
  );
});

test("state hidden in additional model fields reaches the gateway", async () => {
  const additionalModelRequestFields = { previous_response_id: "resp_1" };
  await bedrockClient(amazon.url).send(new ConverseCommand({ ...hi, additionalModelRequestFields }));
  expect(lastBody()).toMatchObject(additionalModelRequestFields);
});

test("a model id with a slash is one encoded label", async () => {
  await bedrockClient(amazon.url).send(new ConverseCommand({ ...hi, modelId: "us.openai/gpt-x" }));
  expect(lastBody()).toMatchObject({ model: "gpt-x" });
});

test.each([
  ["a wrong secret", { credentials: { ...AWS_KEY, secretAccessKey: "wrong" } }, "InvalidSignatureException"],
  [
    "an unknown key",
    { credentials: { ...AWS_KEY, accessKeyId: "AKIAUNKNOWN" } },
    "UnrecognizedClientException",
  ],
  [
    "a session token nobody issued",
    { credentials: { ...AWS_KEY, sessionToken: "t" } },
    "UnrecognizedClientException",
  ],
  ["another region", { region: "eu-west-1" }, "InvalidSignatureException"],
  [
    "a wrong bearer key",
    { token: { token: "no" }, authSchemePreference: ["httpBearerAuth"] },
    "AccessDeniedException",
  ],
])("refuses %s by the error name AWS gives, without a gateway call", async (_case, config, name) => {
  const sent = bedrockClient(amazon.url, config).send(new ConverseCommand(hi));
  await expect(sent).rejects.toMatchObject({ name });
  expect(gateway.calls).toHaveLength(0);
});

test("an SDK whose clock is off is told so, corrects it and gets through", async () => {
  const client = bedrockClient(amazon.url, { systemClockOffset: -600_000, maxAttempts: 2 });
  const answer = await client.send(new ConverseCommand(hi));
  expect(answer.$metadata.attempts).toBe(2);
  expect(gateway.calls).toHaveLength(1);
});

test.each([
  [400, "state_not_found", "ValidationException", 400],
  [401, "invalid_api_key", "InternalServerException", 500],
  [403, "agreement_denied", "AccessDeniedException", 403],
  [404, "model_not_found", "ResourceNotFoundException", 404],
  [429, "rate_limit_exceeded", "ThrottlingException", 429],
  [502, "upstream_error", "ServiceUnavailableException", 503],
  [503, "provider_unavailable", "ServiceUnavailableException", 503],
])("a gateway's %s %s is %s to the caller", async (status, code, name, httpStatusCode) => {
  const message = "the clause says no";
  gateway.respond((response) =>
    answerJson(
      response,
      status,
      { error: { message, type: "x", param: null, code } },
      { "retry-after": "3" },
    ),
  );
  for (const command of [new ConverseCommand(hi), new ConverseStreamCommand(hi)]) {
    const error: unknown = await bedrockClient(amazon.url)
      .send(command as ConverseCommand)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name, $metadata: { httpStatusCode } });
    if (status !== 401) expect(error).toMatchObject({ message });
    if (status === 401) expect(String(error)).not.toContain(message);
  }
});

test("throttling carries the gateway's hint", async () => {
  gateway.respond((response) =>
    answerJson(response, 429, { error: { message: "slow down" } }, { "retry-after": "3" }),
  );
  const error = await bedrockClient(amazon.url)
    .send(new ConverseCommand(hi))
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ $response: { headers: { "retry-after": "3" } } });
});

test("an upstream that is cut in the middle makes the iterator throw", async () => {
  gateway.respond((response) => {
    startStream(response, [deltaChunk({ content: "half" })]);
    response.write("", () => response.destroy());
  });
  const answer = await bedrockClient(amazon.url).send(new ConverseStreamCommand(hi));
  const seen: string[] = [];
  const read = async (): Promise<void> => {
    for await (const event of answer.stream ?? []) seen.push(Object.keys(event)[0] ?? "");
  };
  await expect(read()).rejects.toMatchObject({ name: "ModelStreamErrorException" });
  expect(seen).not.toContain("messageStop");
});

test.each([
  ["ends cleanly but without [DONE]", [deltaChunk({ content: "half" }), deltaChunk({}, "stop")], ""],
  ["says [DONE] but never finished", [deltaChunk({ content: "half" })], "data: [DONE]\n\n"],
  [
    "carries an error",
    [deltaChunk({ content: "half" }), { error: { message: "broke" } }],
    "data: [DONE]\n\n",
  ],
])("a stream that %s makes the iterator throw", async (_case, chunks, end) => {
  gateway.respond((response) => {
    startStream(response, chunks);
    response.end(end);
  });
  const answer = await bedrockClient(amazon.url).send(new ConverseStreamCommand(hi));
  await expect(collect(answer.stream)).rejects.toMatchObject({ name: "ModelStreamErrorException" });
});

describe.each([
  ["HTTP/2", {}],
  ["HTTP/1.1", { requestHandler: new NodeHttpHandler() }],
])("an abort over %s cancels the gateway call", (_transport, config) => {
  test("before the answer", async () => {
    const asked = Promise.withResolvers<GatewayCall>();
    gateway.respond((_response, call) => asked.resolve(call));
    const leaving = new AbortController();
    const sent = bedrockClient(amazon.url, config)
      .send(new ConverseCommand(hi), { abortSignal: leaving.signal })
      .catch((error: unknown) => error);
    const call = await asked.promise;
    leaving.abort();
    expect(await sent).toMatchObject({ name: "AbortError" });
    await call.aborted;
  });

  test("in the middle of a stream", async () => {
    const asked = Promise.withResolvers<GatewayCall>();
    gateway.respond((response, call) => {
      startStream(response, [deltaChunk({ content: "one" })]);
      asked.resolve(call);
    });
    const leaving = new AbortController();
    const answer = await bedrockClient(amazon.url, config).send(new ConverseStreamCommand(hi), {
      abortSignal: leaving.signal,
    });
    for await (const event of answer.stream ?? []) {
      if (event.contentBlockDelta) break;
    }
    leaving.abort();
    const call = await asked.promise;
    await call.aborted;
  });
});

test("an unreachable gateway is a ServiceUnavailableException", async () => {
  const lonely = await startAmazonFor("http://127.0.0.1:1", faults);
  const sent = bedrockClient(lonely.url).send(new ConverseCommand(hi));
  await expect(sent).rejects.toMatchObject({ name: "ServiceUnavailableException" });
  await lonely.close(0);
});

test("closing lets an open HTTP/2 call end first", async () => {
  const asked = Promise.withResolvers<() => void>();
  gateway.respond((response) =>
    asked.resolve(() => answerJson(response, 200, completion({ content: "late" }, "stop"))),
  );
  const other = await startAmazonFor(gateway.url, faults);
  const sent = bedrockClient(other.url).send(new ConverseCommand(hi));
  const answerNow = await asked.promise;
  const closed = other.close(10_000);
  answerNow();
  const answer = await sent;
  expect(answer.output?.message?.content).toEqual([{ text: "late" }]);
  await closed;
});
