import type OpenAI from "openai";
import { toFile } from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { directClient, gatewayClient, metered, placed } from "../support/clients.ts";
import { readLedgerRows, readPostings } from "../support/ledger-rows.ts";
import { poll } from "../support/mock-clouds.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

let world: TestWorld;
let client: OpenAI;

beforeAll(async () => {
  world = await startTestWorld();
  client = directClient(world);
});
afterAll(() => world.close());

function line(customId: string, body: object, url = "/v1/responses"): string {
  return `${JSON.stringify({ custom_id: customId, method: "POST", url, body })}\n`;
}

async function upload(lines: readonly string[]): Promise<string> {
  const file = await client.files.create({
    purpose: "batch",
    file: await toFile(Buffer.from(lines.join("")), "in.jsonl"),
  });
  return file.id;
}

function ended(id: string): Promise<OpenAI.Batch> {
  return poll(
    () => client.batches.retrieve(id),
    ({ status }) => ["completed", "failed", "cancelled", "expired"].includes(status),
  );
}

function completionOf(requestId: string): Promise<ReturnType<typeof readLedgerRows>> {
  return poll(
    async () =>
      readLedgerRows(world.ledgerFile).filter((row) => row.request_id === requestId && row.phase === 1),
    (rows) => rows.length > 0,
  );
}

test("a batch runs to completion on Azure, from a file that was uploaded to the training cluster", async () => {
  const uploaded = await placed(
    client.files.create({
      purpose: "batch",
      file: await toFile(
        Buffer.from(
          line("a", { model: "gpt-5.4", input: "one two three", max_output_tokens: 20 }) +
            line("b", { model: "gpt-5.4", input: "four five", max_output_tokens: 30 }),
        ),
        "in.jsonl",
      ),
    }),
  );
  expect(uploaded.at.provider).toBe("stargate");
  const created = await placed(
    client.batches.create({
      input_file_id: uploaded.data.id,
      endpoint: "/v1/responses",
      completion_window: "24h",
    }),
  );
  expect(created.at).toMatchObject({ provider: "azure", workload: "batch", clause: "C1-batch" });
  expect(await metered(world, created.at.requestId)).toEqual(["azure batches.create"]);

  const batch = await ended(created.data.id);
  expect(batch).toMatchObject({ status: "completed", request_counts: { total: 2, completed: 2, failed: 0 } });
  const output = await client.files.content(batch.output_file_id ?? "");
  const answers = (await output.text())
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text) as Record<string, never>);
  expect(answers.map(({ custom_id }) => custom_id).toSorted()).toEqual(["a", "b"]);

  const [settled] = await completionOf(created.at.requestId);
  expect(settled).toMatchObject({
    operation: "batches.create",
    workload: "batch",
    provider: "azure",
    model: "gpt-5.4",
    outcome: "ok",
    output_tokens: 50,
    usage_source: "reported",
    charge_kind: "rated",
  });
  // Half of 2.50 and 15.00 USD per million tokens.
  const gross = BigInt(settled?.input_tokens ?? 0) * 1_250_000n + 50n * 7_500_000n;
  expect(settled?.input_tokens).toBe(5);
  expect(BigInt(settled?.charge_pico_usd ?? 0)).toBe(gross);
  const legs = readPostings(world.ledgerFile).filter(({ request_id }) => request_id === created.at.requestId);
  expect(legs.map(({ path, amount }) => [path, amount])).toEqual(
    expect.arrayContaining([
      ["recv:openai:direct", gross],
      ["share:C11:microsoft", -gross / 5n],
    ]),
  );
  expect(
    readLedgerRows(world.ledgerFile).filter((row) => row.request_id === created.at.requestId),
  ).toHaveLength(2);
});

test("a batch is no long context by the sum of its requests, and a long request among them is", async () => {
  const words = (count: number): string => "word ".repeat(count).trim();
  const body = (tokens: number): object => ({ model: "gpt-5.4", input: words(tokens), max_output_tokens: 2 });
  const chargeOf = async (tokens: readonly number[]): Promise<bigint> => {
    const created = await placed(
      client.batches.create({
        input_file_id: await upload(tokens.map((count, at) => line(String(at), body(count)))),
        endpoint: "/v1/responses",
        completion_window: "24h",
      }),
    );
    const [settled] = await completionOf(created.at.requestId);
    expect(settled).toMatchObject({
      charge_kind: "rated",
      input_tokens: tokens.reduce((sum, count) => sum + count, 0),
      output_tokens: 2 * tokens.length,
    });
    return BigInt(settled?.charge_pico_usd ?? 0);
  };
  expect(await chargeOf([100_000, 100_000, 100_000])).toBe(300_000n * 1_250_000n + 6n * 7_500_000n);
  expect(await chargeOf([100_000, 272_000, 272_001])).toBe(
    372_000n * 1_250_000n + 4n * 7_500_000n + 272_001n * 2_500_000n + 2n * 11_250_000n,
  );
});

test("the input file keeps its id and facts, and is held by Azure alone afterwards", async () => {
  const lines = [line("a", { model: "gpt-5.4", input: "hello", max_output_tokens: 5 })];
  const id = await upload(lines);
  const before = await client.files.retrieve(id);
  const batch = await client.batches.create({
    input_file_id: id,
    endpoint: "/v1/responses",
    completion_window: "24h",
  });
  await ended(batch.id);

  const after = await placed(client.files.retrieve(id));
  expect(after.data).toEqual(before);
  expect(after.at.provider).toBe("azure");
  const content = await client.files.content(id);
  expect(await content.text()).toBe(lines.join(""));
  const old = await fetch(`${world.urls.stargate}/v1/files/${id}`, {
    headers: { authorization: "Bearer fake-stargate-key", "openai-project": "direct" },
  });
  expect(old.status).toBe(404);

  const again = await client.batches.create({
    input_file_id: id,
    endpoint: "/v1/responses",
    completion_window: "24h",
  });
  expect(await ended(again.id)).toMatchObject({ status: "completed" });
});

test("lines that carry state are rejected one by one, the others are answered", async () => {
  const kept = await client.responses.create({ model: "gpt-5.4", input: "hello" });
  const conversation = await client.conversations.create();
  const id = await upload([
    line("fine", { model: "gpt-5.4", input: "hello", max_output_tokens: 5 }),
    line("chain", { model: "gpt-5.4", input: "hello", previous_response_id: kept.id }),
    line("talk", { model: "gpt-5.4", input: "hello", conversation: conversation.id }),
    line("item", { model: "gpt-5.4", input: [{ type: "item_reference", id: kept.output[0]?.id }] }),
    line("later", { model: "gpt-5.4", input: "hello", background: true }),
    line("box", {
      model: "gpt-5.4",
      input: "hello",
      tools: [{ type: "code_interpreter", container: { type: "auto" } }],
    }),
  ]);
  const created = await client.batches.create({
    input_file_id: id,
    endpoint: "/v1/responses",
    completion_window: "24h",
  });
  const batch = await ended(created.id);
  expect(batch).toMatchObject({ status: "completed", request_counts: { total: 6, completed: 1, failed: 5 } });
  const errors = await client.files.content(batch.error_file_id ?? "");
  const refused = (await errors.text())
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text) as { custom_id: string; response: { status_code: number } });
  expect(refused.map(({ custom_id, response }) => [custom_id, response.status_code])).toEqual([
    ["chain", 400],
    ["talk", 400],
    ["item", 400],
    ["later", 400],
    ["box", 400],
  ]);
});

test("a batch of two models is refused as a whole, since its usage is reported as one sum", async () => {
  const id = await upload([
    line("a", { model: "gpt-5.4", input: "hello" }),
    line("b", { model: "gpt-5.4-nano", input: "hello" }),
  ]);
  const created = await placed(
    client.batches.create({ input_file_id: id, endpoint: "/v1/responses", completion_window: "24h" }),
  );
  const batch = await ended(created.data.id);
  expect(batch.errors?.data?.[0]).toMatchObject({ code: "mismatched_model", line: 2 });
  const [settled] = await completionOf(created.at.requestId);
  expect(settled).toMatchObject({ outcome: "upstream_error", charge_kind: "free", charge_pico_usd: null });
});

test("a file over a socket's buffer moves whole", async () => {
  const filler = "x".repeat(1_000);
  const lines = Array.from({ length: 3_000 }, (_, at) =>
    line(String(at), { model: "gpt-5.4", input: "hello", max_output_tokens: 1, metadata: { filler } }),
  );
  const id = await upload(lines);
  const created = await client.batches.create({
    input_file_id: id,
    endpoint: "/v1/responses",
    completion_window: "24h",
  });
  expect(created.status).toBe("validating");
  await client.batches.cancel(created.id).catch(() => undefined);
  const content = await client.files.content(id);
  expect(await content.text()).toBe(lines.join(""));
});

test("another partner's file is no input, and no cloud is asked", async () => {
  const id = await upload([line("a", { model: "gpt-5.4", input: "hello" })]);
  const before = (await world.meters()).azure.length;
  const stranger = gatewayClient(world, "amazon");
  const refused = stranger.batches.create({
    input_file_id: id,
    endpoint: "/v1/responses",
    completion_window: "24h",
  });
  await expect(refused).rejects.toMatchObject({ status: 400, param: "input_file_id" });
  expect((await world.meters()).azure).toHaveLength(before);
});

test("taking over a file is between clouds: not for a caller's key, not over another partner's file", async () => {
  const base = `${world.urls.azure}/eastus2/openai/v1/handover/files`;
  const give = (key: string, partner: string, text: string): Promise<Response> =>
    fetch(`${base}?id=file-shared&filename=a.jsonl&purpose=batch&created_at=1`, {
      method: "POST",
      headers: { "api-key": key, "openai-project": partner, "content-type": "application/octet-stream" },
      body: text,
    });
  expect((await give(world.credentials.cloudDirectKey("azure"), "direct", "mine")).status).toBe(401);
  const first = await give("fake-azure-key", "direct", "mine");
  expect(await first.json()).toMatchObject({ id: "file-shared", bytes: 4, created_at: 1, purpose: "batch" });
  expect((await give("fake-azure-key", "amazon", "theirs")).status).toBe(409);
  expect((await give("fake-azure-key", "direct", "mine, again")).status).toBe(200);
});
