import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startStargate } from "../../src/clouds/stargate/server.ts";
import { countTokens } from "../../src/wire/openai/tokens.ts";
import type { RunningServer } from "../../src/http/listener.ts";
import { CLOUD_KEYS, cloudOptions, poll, readMeter } from "../support/mock-clouds.ts";

let stargate: RunningServer;
let client: OpenAI;

beforeAll(async () => {
  stargate = await startStargate(cloudOptions());
  client = clientOf(stargate);
});

afterAll(() => stargate.close(100));

function clientOf(server: RunningServer): OpenAI {
  return new OpenAI({
    baseURL: `${server.url}/v1`,
    apiKey: CLOUD_KEYS.gateway,
    project: "direct",
    maxRetries: 0,
  });
}

function example(question: string, answer: string): string {
  return JSON.stringify({
    messages: [
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ],
  });
}

async function upload(to: OpenAI, text: string): Promise<string> {
  const file = await toFile(Buffer.from(text), "train.jsonl");
  return (await to.files.create({ file, purpose: "fine-tune" })).id;
}

test("a job runs to its end, trains the file's message tokens once an epoch and meters them under its id", async () => {
  const training_file = await upload(client, `${example("one", "two three")}\n${example("four", "five")}\n`);
  const created = await client.fineTuning.jobs.create({
    model: "gpt-5.4",
    training_file,
    suffix: "tour",
    method: { type: "supervised", supervised: { hyperparameters: { n_epochs: 2 } } },
  });
  expect(created).toMatchObject({ status: "validating_files", trained_tokens: null, fine_tuned_model: null });
  const job = await poll(
    () => client.fineTuning.jobs.retrieve(created.id),
    ({ status }) => status === "succeeded",
  );
  const fileTokens = ["one", "two three", "four", "five"].reduce((sum, text) => sum + countTokens(text), 0);
  expect(job.trained_tokens).toBe(2 * fileTokens);
  expect(job.fine_tuned_model).toMatch(/^ft:gpt-5\.4:clauseway:tour:/);
  const rows = await poll(
    async () => (await readMeter(stargate.url)).filter(({ requestId }) => requestId === created.id),
    (found) => found.length > 0,
  );
  expect(rows).toMatchObject([
    { operation: "fine_tuning.jobs.completed", trainedTokens: 2 * fileTokens, project: "direct" },
  ]);
});

test("events and checkpoints tell the whole story, newest first, page by page", async () => {
  const training_file = await upload(client, Array.from({ length: 9 }, () => example("q", "a")).join("\n"));
  const { id } = await client.fineTuning.jobs.create({ model: "gpt-5.4", training_file });
  await poll(
    () => client.fineTuning.jobs.retrieve(id),
    ({ status }) => status === "succeeded",
  );
  const messages: string[] = [];
  for await (const event of client.fineTuning.jobs.listEvents(id, { limit: 4 })) messages.push(event.message);
  expect(messages[0]).toBe("The job has successfully completed");
  expect(messages.at(-1)).toMatch(/^Created fine-tuning job/);
  expect(messages.filter((message) => message.startsWith("Checkpoint"))).toHaveLength(3);
  const checkpoints = await client.fineTuning.jobs.checkpoints.list(id);
  expect(checkpoints.data.map(({ step_number }) => step_number)).toEqual([27, 18, 9]);
});

test("a file that is not sound makes a failed job that names the line, and nothing is metered", async () => {
  const training_file = await upload(client, `${example("q", "a")}\n{"messages":[{"role":"user"}]}\n`);
  const { id } = await client.fineTuning.jobs.create({ model: "gpt-5.4", training_file });
  const job = await poll(
    () => client.fineTuning.jobs.retrieve(id),
    ({ status }) => status === "failed",
  );
  expect(job.error).toMatchObject({ code: "invalid_training_file", param: "training_file" });
  expect(job.error?.message).toContain("line 2");
  expect(job.trained_tokens).toBeNull();
  expect((await readMeter(stargate.url)).filter(({ requestId }) => requestId === id)).toEqual([]);
});

test("a job can be cancelled before its end, then not again", async () => {
  const slow = await startStargate(cloudOptions({ speed: 0.001 }));
  try {
    const there = clientOf(slow);
    const training_file = await upload(there, example("q", "a"));
    const { id } = await there.fineTuning.jobs.create({ model: "gpt-5.4", training_file });
    expect((await there.fineTuning.jobs.cancel(id)).status).toBe("cancelled");
    await expect(there.fineTuning.jobs.cancel(id)).rejects.toMatchObject({ status: 400 });
    expect((await there.fineTuning.jobs.retrieve(id)).status).toBe("cancelled");
  } finally {
    await slow.close(100);
  }
});

test("a job wants a training file of its own project, and inference is not served here", async () => {
  await expect(
    client.fineTuning.jobs.create({ model: "gpt-5.4", training_file: "file-none" }),
  ).rejects.toMatchObject({ status: 400, code: "invalid_training_file" });
  await expect(
    client.chat.completions.create({ model: "gpt-5.4", messages: [{ role: "user", content: "hi" }] }),
  ).rejects.toMatchObject({ status: 404 });
});
