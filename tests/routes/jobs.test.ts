import type OpenAI from "openai";
import { toFile } from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { amazonClient, directClient, gatewayClient, metered, placed } from "../support/clients.ts";
import { readLedgerRows, readPostings, type LedgerRow } from "../support/ledger-rows.ts";
import { sumOf } from "../support/metrics-page.ts";
import { poll } from "../support/mock-clouds.ts";
import { startTestWorld, type TestWorld, type TestWorldOptions } from "../support/world.ts";

let world: TestWorld;
let client: OpenAI;

async function start(options: TestWorldOptions): Promise<void> {
  world = await startTestWorld(options);
  client = directClient(world);
}
afterEach(() => world.close());

const model = "gpt-5.4";
const EXAMPLE = `${JSON.stringify({
  messages: [
    { role: "user", content: "one two three" },
    { role: "assistant", content: "four" },
  ],
})}\n`;

function rowsOf(requestId: string): readonly LedgerRow[] {
  return readLedgerRows(world.ledgerFile).filter((row) => row.request_id === requestId);
}

function completionOf(requestId: string): Promise<readonly LedgerRow[]> {
  return poll(
    async () => rowsOf(requestId).filter(({ phase }) => phase === 1),
    (rows) => rows.length > 0,
  );
}

async function metric(name: string, filter: string): Promise<number> {
  return sumOf(await (await fetch(`${world.urls.admin}/metrics`)).text(), name, filter);
}

async function startJob(): Promise<Awaited<ReturnType<typeof placed<OpenAI.FineTuning.FineTuningJob>>>> {
  const file = await placed(
    client.files.create({
      purpose: "fine-tune",
      file: await toFile(Buffer.from(EXAMPLE.repeat(50)), "train.jsonl"),
    }),
  );
  expect(file.at).toMatchObject({ provider: "stargate", workload: "management", clause: "G1" });
  return placed(client.fineTuning.jobs.create({ model, training_file: file.data.id }));
}

describe("a fine-tuning job", () => {
  test("runs through its states on the training cluster and is settled by the tokens it trained on", async () => {
    await start({ speed: 20 });
    const job = await startJob();
    expect(job.at).toMatchObject({ provider: "stargate", workload: "training", clause: "C5" });
    expect(rowsOf(job.at.requestId)).toMatchObject([{ phase: 0, charge_kind: "free", trained_tokens: null }]);

    const states: string[] = [job.data.status];
    const done = await poll(
      async () => {
        const now = await client.fineTuning.jobs.retrieve(job.data.id);
        if (states.at(-1) !== now.status) states.push(now.status);
        return now;
      },
      ({ status }) => status === "succeeded",
    );
    // A slow machine may miss a state between two looks; the events miss none.
    const inOrder = ["validating_files", "queued", "running", "succeeded"].filter((state) =>
      states.includes(state),
    );
    expect(states).toEqual(inOrder);
    const events = await client.fineTuning.jobs.listEvents(job.data.id, { limit: 100 });
    const said = events.data.toReversed().map(({ message }) => message);
    expect(said.filter((message) => !/Step|Checkpoint/.test(message))).toEqual([
      `Created fine-tuning job: ${job.data.id}`,
      "Validating training file",
      "Files validated, moving job to queued state",
      "Fine-tuning job started",
      `New fine-tuned model created: ${done.fine_tuned_model}`,
      "The job has successfully completed",
    ]);
    expect(done.fine_tuned_model).toMatch(/^ft:gpt-5\.4:/);
    // Four tokens an example (three words and one), fifty examples, three epochs.
    expect(done.trained_tokens).toBe(600);

    const [settled] = await completionOf(job.at.requestId);
    expect(settled).toMatchObject({
      provider: "stargate",
      workload: "training",
      model,
      outcome: "ok",
      trained_tokens: 600,
      charge_kind: "rated",
    });
    const gross = 600n * 25_000_000n;
    expect(BigInt(settled?.charge_pico_usd ?? 0)).toBe(gross);
    const legs = readPostings(world.ledgerFile).filter(({ request_id }) => request_id === job.at.requestId);
    expect(Object.fromEntries(legs.map(({ path, amount }) => [path, amount]))).toEqual({
      "recv:openai:direct": gross,
      "share:C11:microsoft": -gross / 5n,
      "retained:openai:direct": (-gross * 4n) / 5n,
      "hosting:openai:stargate": (gross * 3n) / 10n,
      "fee:stargate:oracle": (-gross * 3n) / 10n,
    });
    const meters = await world.meters();
    const trained = meters.stargate.filter(({ operation }) => operation === "fine_tuning.jobs.completed");
    expect(trained).toMatchObject([{ requestId: job.data.id, trainedTokens: 600 }]);
    expect(await metered(world, job.at.requestId)).toEqual(["stargate fine_tuning.jobs.create"]);
    expect(await metric("clauseway_training_tokens_total", model)).toBe(600);
  });

  test("can be listed, followed and cancelled; a cancelled one costs nothing", async () => {
    await start({ speed: 1 });
    const job = await startJob();
    const events = await client.fineTuning.jobs.listEvents(job.data.id);
    expect(events.data.map(({ message }) => message)).toContain("Validating training file");
    const cancelled = await placed(client.fineTuning.jobs.cancel(job.data.id));
    expect(cancelled.data.status).toBe("cancelled");
    expect(cancelled.at).toMatchObject({ provider: "stargate", workload: "training" });
    const [settled] = await completionOf(job.at.requestId);
    expect(settled).toMatchObject({ outcome: "aborted", charge_kind: "free", charge_pico_usd: null });
  });

  test("is followed to its end by the gateway that comes after a restart, and settled once", async () => {
    await start({ speed: 20 });
    const job = await startJob();
    expect(rowsOf(job.at.requestId)).toHaveLength(1);
    await world.restartGateway();
    await poll(
      () => client.fineTuning.jobs.retrieve(job.data.id),
      ({ status }) => status === "succeeded",
    );
    const [settled] = await completionOf(job.at.requestId);
    expect(settled).toMatchObject({ trained_tokens: 600, charge_pico_usd: 15_000_000_000 });
    await world.restartGateway();
    await client.models.list();
    expect(rowsOf(job.at.requestId).map(({ phase }) => phase)).toEqual([0, 1]);
  });

  test("of another partner does not exist", async () => {
    await start({});
    const job = await startJob();
    const stranger = gatewayClient(world, "amazon");
    await expect(stranger.fineTuning.jobs.retrieve(job.data.id)).rejects.toMatchObject({
      status: 400,
      code: "not_found",
    });
    await expect(stranger.fineTuning.jobs.cancel(job.data.id)).rejects.toMatchObject({ status: 400 });
  });
});

describe("an accepted widening", () => {
  beforeEach(() => start({ speed: 50 }));

  test("a background response is counted, followed to its end, and settled then", async () => {
    const created = await placed(
      client.responses.create({ model, input: "one two three", max_output_tokens: 40, background: true }),
    );
    expect(created.data.status).toBe("queued");
    expect(created.at).toMatchObject({ provider: "aws", workload: "stateful", clause: "C9" });
    expect(await metric("clauseway_accepted_widenings_total", 'widening="background"')).toBe(1);
    // The run may have been followed to its end by now, which adds a row of phase 1.
    expect(rowsOf(created.at.requestId)[0]).toMatchObject({
      phase: 0,
      charge_kind: "free",
      output_tokens: null,
    });

    const done = await poll(
      () => client.responses.retrieve(created.data.id),
      ({ status }) => status !== "queued" && status !== "in_progress",
    );
    expect(done).toMatchObject({ status: "incomplete", usage: { input_tokens: 3, output_tokens: 40 } });
    const settled = await completionOf(created.at.requestId);
    expect(settled).toMatchObject([
      {
        provider: "aws",
        workload: "stateful",
        outcome: "ok",
        input_tokens: 3,
        output_tokens: 40,
        charge_kind: "rated",
      },
    ]);
    expect(BigInt(settled[0]?.charge_pico_usd ?? 0)).toBe(3n * 2_500_000n + 40n * 15_000_000n);
    const runs = (await world.meters()).aws.filter(({ operation }) => operation === "responses.completed");
    expect(runs).toMatchObject([{ requestId: created.data.id, inputTokens: 3, outputTokens: 40 }]);
    const next = await client.responses.create({
      model,
      input: "what did I say first?",
      previous_response_id: done.id,
    });
    expect(next.output_text).toContain("one two three");
  });

  test("a streamed background response is settled once, with its answer", async () => {
    const { data, at } = await placed(
      client.responses.create({
        model,
        input: "one two",
        max_output_tokens: 10,
        background: true,
        stream: true,
      }),
    );
    const types: string[] = [];
    for await (const event of data) types.push(event.type);
    expect(types.at(-1)).toBe("response.incomplete");
    expect(rowsOf(at.requestId)).toMatchObject([
      { phase: 0, input_tokens: 2, output_tokens: 10, charge_kind: "rated" },
    ]);
  });

  test("a cancelled background response is settled by what it reports", async () => {
    const created = await placed(
      client.responses.create({ model, input: "one two three", max_output_tokens: 4_000, background: true }),
    );
    const cancelled = await client.responses.cancel(created.data.id);
    expect(cancelled.status).toBe("cancelled");
    const [settled] = await completionOf(created.at.requestId);
    expect(settled).toMatchObject({
      outcome: "aborted",
      input_tokens: 3,
      output_tokens: cancelled.usage?.output_tokens,
    });
  });

  test("a response that still runs cannot be deleted out of the books", async () => {
    const created = await placed(
      client.responses.create({ model, input: "one two three", max_output_tokens: 4_000, background: true }),
    );
    await expect(client.responses.delete(created.data.id)).rejects.toMatchObject({
      status: 400,
      param: "id",
    });
    expect(await completionOf(created.at.requestId)).toMatchObject([
      { outcome: "ok", output_tokens: 4_000, charge_kind: "rated" },
    ]);
    await client.responses.delete(created.data.id);
    await expect(client.responses.retrieve(created.data.id)).rejects.toMatchObject({ status: 400 });
  });

  test("a run that its provider no longer knows is settled as unpriced, not left open", async () => {
    const created = await placed(
      client.responses.create({ model, input: "one two three", max_output_tokens: 4_000, background: true }),
    );
    const gone = await fetch(`${world.urls.aws}/v1/responses/${created.data.id}`, {
      method: "DELETE",
      headers: { authorization: "Bearer fake-aws-key", "openai-project": "direct" },
    });
    expect(gone.status).toBe(200);
    expect(await completionOf(created.at.requestId)).toMatchObject([
      { outcome: "upstream_error", output_tokens: null, charge_kind: "unpriced" },
    ]);
  });

  test("a container that is made for the call is counted too", async () => {
    const { at } = await placed(
      client.responses.create({
        model,
        input: "hello",
        tools: [{ type: "code_interpreter", container: { type: "auto" } }],
      }),
    );
    expect(at).toMatchObject({ provider: "aws", workload: "stateful", clause: "C9" });
    expect(await metric("clauseway_accepted_widenings_total", 'widening="auto-container"')).toBe(1);
    expect(await metered(world, at.requestId)).toEqual(["aws responses.create"]);
  });

  test("a first-party background response is stateful and stays on Azure", async () => {
    const own = gatewayClient(world, "first-party");
    const { at } = await placed(
      own.responses.create({ model, input: "hello", max_output_tokens: 5, background: true }),
    );
    expect(at).toMatchObject({ provider: "azure", workload: "stateful", clause: "C4" });
    expect(await completionOf(at.requestId)).toMatchObject([{ provider: "azure", output_tokens: 5 }]);
  });

  test("the Amazon stand-in's background response runs at the runtime", async () => {
    const { at } = await placed(
      amazonClient(world).responses.create({
        model: "openai.gpt-5.4",
        input: "hello",
        max_output_tokens: 5,
        background: true,
      }),
    );
    expect(at).toMatchObject({ provider: "aws", workload: "stateful" });
    expect(await completionOf(at.requestId)).toMatchObject([
      { partner: "amazon", provider: "aws", output_tokens: 5 },
    ]);
  });

  test("background runs that are open at a restart are settled after it", async () => {
    const created = await placed(
      client.responses.create({ model, input: "one two three", max_output_tokens: 1_500, background: true }),
    );
    expect(rowsOf(created.at.requestId)).toHaveLength(1);
    await world.restartGateway();
    expect(await completionOf(created.at.requestId)).toMatchObject([
      { input_tokens: 3, output_tokens: 1_500 },
    ]);
  });
});
