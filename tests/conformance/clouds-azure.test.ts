import OpenAI, { AzureOpenAI, toFile } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startAzure } from "../../src/clouds/azure/server.ts";
import { countTokens } from "../../src/wire/openai/tokens.ts";
import type { RunningServer } from "../../src/http/listener.ts";
import { CLOUD_KEYS, cloudOptions, poll, readMeter } from "../support/mock-clouds.ts";

let azure: RunningServer;
let dated: AzureOpenAI;
let v1: OpenAI;

beforeAll(async () => {
  azure = await startAzure(cloudOptions());
  dated = new AzureOpenAI({
    endpoint: `${azure.url}/eastus2`,
    apiKey: CLOUD_KEYS.direct,
    apiVersion: "2025-04-01-preview",
    maxRetries: 0,
  });
  v1 = new OpenAI({ baseURL: `${azure.url}/eastus2/openai/v1`, apiKey: CLOUD_KEYS.direct, maxRetries: 0 });
});

afterAll(() => azure.close(100));

async function lastRow() {
  const row = (await readMeter(azure.url)).at(-1);
  if (!row) throw new Error("the meter is empty");
  return row;
}

const clients = [
  ["dated path", () => dated],
  ["v1 path", () => v1],
] as const;

describe.each(clients)("chat completions on the %s", (_name, client) => {
  test("a capped answer holds exactly the capped tokens and is metered as reported", async () => {
    const completion = await client().chat.completions.create({
      model: "gpt-5.4",
      messages: [
        { role: "developer", content: "be brief" },
        { role: "user", content: [{ type: "text", text: "hello there" }] },
      ],
      max_completion_tokens: 37,
    });
    const text = completion.choices[0]?.message.content ?? "";
    expect(countTokens(text)).toBe(37);
    expect(completion.choices[0]?.finish_reason).toBe("length");
    expect(completion.model).toBe("gpt-5.4-2026-03-05");
    expect(completion.usage).toMatchObject({
      prompt_tokens: countTokens("be brief") + countTokens("hello there"),
      completion_tokens: 37,
    });
    expect(completion._request_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await lastRow()).toMatchObject({
      caller: "direct",
      region: "eastus2",
      operation: "chat.completions.create",
      model: "gpt-5.4",
      status: 200,
      inputTokens: completion.usage?.prompt_tokens,
      outputTokens: 37,
      streamed: false,
    });
  });

  test("n choices differ, and the usage holds the tokens of all", async () => {
    const completion = await client().chat.completions.create({
      model: "gpt-5.4",
      messages: [{ role: "user", content: "three, please" }],
      max_completion_tokens: 20,
      n: 3,
    });
    const texts = completion.choices.map((choice) => choice.message.content ?? "");
    expect(texts.map((text) => countTokens(text))).toEqual([20, 20, 20]);
    expect(new Set(texts).size).toBe(3);
    expect(completion.usage?.completion_tokens).toBe(60);
  });

  test("a streamed answer adds up to the same text, with usage on every chunk's key when asked", async () => {
    const request = {
      model: "gpt-5.4",
      messages: [{ role: "user" as const, content: "tell me" }],
      max_completion_tokens: 95,
    };
    const stream = await client().chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks[0]).toMatchObject({ choices: [], prompt_filter_results: [{ prompt_index: 0 }] });
    const ours = chunks.slice(1);
    const text = ours.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
    expect(countTokens(text)).toBe(95);
    expect(ours.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(ours.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 95 } });
    expect(ours.find((chunk) => chunk.choices[0]?.delta.role)?.choices[0]?.delta.role).toBe("assistant");
    expect(await lastRow()).toMatchObject({ status: 200, streamed: true, outputTokens: 95 });
  });

  test("a stream without include_usage never names usage", async () => {
    const stream = await client().chat.completions.create({
      model: "gpt-5.4",
      messages: [{ role: "user", content: "tell me" }],
      max_completion_tokens: 10,
      stream: true,
    });
    for await (const chunk of stream) expect(chunk).not.toHaveProperty("usage");
    expect(await lastRow()).toMatchObject({ outputTokens: 10 });
  });
});

async function ask(content: string): Promise<string | null | undefined> {
  const completion = await v1.chat.completions.create({
    model: "gpt-5.4",
    messages: [{ role: "user", content }],
    max_completion_tokens: 50,
  });
  return completion.choices[0]?.message.content;
}

test("the same seed and the same request give the same text, another request another text", async () => {
  const first = await ask("one");
  expect(await ask("one")).toBe(first);
  expect(await ask("two")).not.toBe(first);
});

test("embeddings decode from base64 by default and equal the floats", async () => {
  const request = { model: "text-embedding-3-small", input: ["first text", "second text"] };
  const encoded = await dated.embeddings.create(request);
  const plain = await v1.embeddings.create({ ...request, encoding_format: "float" });
  expect(encoded.data.map(({ embedding }) => embedding.length)).toEqual([1_536, 1_536]);
  expect(encoded.data[0]?.embedding).toEqual(plain.data[0]?.embedding);
  expect(encoded.data[1]?.embedding).not.toEqual(plain.data[0]?.embedding);
  expect(encoded.usage.prompt_tokens).toBe(countTokens("first text") + countTokens("second text"));
  expect(await lastRow()).toMatchObject({ operation: "embeddings.create", inputTokens: 4 });
});

test("responses stream through the SDK's own helper and are kept", async () => {
  const stream = v1.responses.stream({ model: "gpt-5.4", input: "stream it", store: true });
  const types: string[] = [];
  for await (const event of stream) types.push(event.type);
  const final = await stream.finalResponse();
  expect(types.slice(0, 4)).toEqual([
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
  ]);
  expect(types.slice(-4)).toEqual([
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
  ]);
  expect(countTokens(final.output_text)).toBe(final.usage?.output_tokens);
  expect((await v1.responses.retrieve(final.id)).output_text).toBe(final.output_text);
  const replay = v1.responses.stream({ response_id: final.id });
  expect((await replay.finalResponse()).output_text).toBe(final.output_text);
});

test("a response that fills its cap is incomplete by max_output_tokens, streamed or not", async () => {
  const request = { model: "gpt-5.4", input: "fill it", max_output_tokens: 33 };
  const whole = await v1.responses.create(request);
  const streamed = await v1.responses.stream(request).finalResponse();
  for (const response of [whole, streamed]) {
    expect(response.status).toBe("incomplete");
    expect(response.incomplete_details?.reason).toBe("max_output_tokens");
    expect(countTokens(response.output_text)).toBe(33);
  }
});

test("a file comes back as it was uploaded, is listed, and is gone after its deletion", async () => {
  const content = `${JSON.stringify({ a: "ä" })}\n`;
  const file = await dated.files.create({
    file: await toFile(Buffer.from(content), "a.jsonl"),
    purpose: "batch",
  });
  expect(file).toMatchObject({ bytes: Buffer.byteLength(content), filename: "a.jsonl", purpose: "batch" });
  expect(await (await dated.files.content(file.id)).text()).toBe(content);
  expect((await dated.files.list()).data.map(({ id }) => id)).toContain(file.id);
  await dated.files.delete(file.id);
  await expect(dated.files.retrieve(file.id)).rejects.toMatchObject({ status: 404 });
});

function line(id: string, body: object): string {
  return JSON.stringify({ custom_id: id, method: "POST", url: "/v1/responses", body });
}

test("a batch runs its lines, rejects those that need kept state, and reports usage that its meter rows add up to", async () => {
  const lines = [
    line("a", { model: "gpt-5.4", input: "first", max_output_tokens: 11 }),
    line("b", { model: "gpt-5.4", input: "second", previous_response_id: "resp_x" }),
    line("c", { model: "gpt-5.4", input: "third", background: true }),
    line("d", { model: "gpt-5.4", input: "fourth", conversation: "conv_x" }),
    line("e", { model: "gpt-5.4", input: "fifth", max_output_tokens: 12 }),
  ].join("\n");
  const input = await v1.files.create({
    file: await toFile(Buffer.from(lines), "in.jsonl"),
    purpose: "batch",
  });
  const created = await v1.batches.create({
    input_file_id: input.id,
    endpoint: "/v1/responses",
    completion_window: "24h",
  });
  expect(created.status).toBe("validating");
  const batch = await poll(
    () => v1.batches.retrieve(created.id),
    ({ status }) => status === "completed",
  );
  expect(batch.request_counts).toEqual({ total: 5, completed: 2, failed: 3 });
  expect(batch.usage?.output_tokens).toBe(23);
  const output = await readJsonLines(batch.output_file_id);
  expect(output.map(({ custom_id }) => custom_id)).toEqual(["a", "e"]);
  const errors = await readJsonLines(batch.error_file_id);
  expect(errors.map(({ custom_id, response }) => [custom_id, response.status_code])).toEqual([
    ["b", 400],
    ["c", 400],
    ["d", 400],
  ]);
  const rows = (await readMeter(azure.url)).filter(({ requestId }) => requestId === created.id);
  expect(rows.map(({ operation }) => operation)).toEqual([
    ...Array.from({ length: 5 }, () => "batches.line"),
    "batches.completed",
  ]);
  expect(rows.reduce((sum, row) => sum + (row.outputTokens ?? 0), 0)).toBe(23);
  expect(rows.reduce((sum, row) => sum + (row.inputTokens ?? 0), 0)).toBe(batch.usage?.input_tokens);
});

test("a batch of a file that is not sound fails with the line", async () => {
  const input = await v1.files.create({
    file: await toFile(Buffer.from('{"custom_id":"a"}\nnot json\n'), "in.jsonl"),
    purpose: "batch",
  });
  const created = await v1.batches.create({
    input_file_id: input.id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  });
  const batch = await poll(
    () => v1.batches.retrieve(created.id),
    ({ status }) => status === "failed",
  );
  expect(batch.errors?.data?.map(({ code, line }) => [code, line])).toEqual([
    ["invalid_method", 1],
    ["invalid_json_line", 2],
  ]);
});

test("the two regions keep separate state", async () => {
  const there = new OpenAI({
    baseURL: `${azure.url}/swedencentral/openai/v1`,
    apiKey: CLOUD_KEYS.direct,
    maxRetries: 0,
  });
  const { id } = await v1.responses.create({ model: "gpt-5.4", input: "here" });
  await expect(there.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
});

async function readJsonLines(
  fileId: string | undefined,
): Promise<{ custom_id: string; response: { status_code: number } }[]> {
  const text = await (await v1.files.content(fileId ?? "")).text();
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { custom_id: string; response: { status_code: number } });
}
