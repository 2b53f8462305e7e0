import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startAws } from "../../src/clouds/aws/server.ts";
import { startAzure } from "../../src/clouds/azure/server.ts";
import { countTokens } from "../../src/wire/openai/tokens.ts";
import type { RunningServer } from "../../src/http/listener.ts";
import { CLOUD_KEYS, cloudOptions, poll, readMeter } from "../support/mock-clouds.ts";

let azure: RunningServer;
let aws: RunningServer;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "clauseway-test-"));
  azure = await startAzure(cloudOptions({ uploadFolder: folder }));
  aws = await startAws(cloudOptions());
});

afterAll(async () => {
  await Promise.all([azure.close(100), aws.close(100)]);
  await rm(folder, { recursive: true, force: true });
});

const CHAT = JSON.stringify({
  model: "gpt-5.4",
  messages: [{ role: "user", content: "hello" }],
  max_completion_tokens: 5,
});

interface Refusal {
  readonly error: { readonly code: string | null; readonly message: string; readonly param?: string | null };
}

async function onAzure(path: string, init: RequestInit & { key?: string | null } = {}): Promise<Response> {
  const { key = CLOUD_KEYS.gateway, ...rest } = init;
  return await fetch(`${azure.url}${path}`, {
    ...rest,
    headers: { ...(key === null ? {} : { "api-key": key }), ...rest.headers },
  });
}

async function onAws(path: string, init: RequestInit = {}): Promise<Response> {
  return await fetch(`${aws.url}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${CLOUD_KEYS.gateway}`, ...init.headers },
  });
}

async function codeOf(reply: Response): Promise<[number, string | null]> {
  const { error } = (await reply.json()) as Refusal;
  return [reply.status, error.code];
}

const deployment = "/eastus2/openai/deployments/gpt-5.4/chat/completions";

describe("refusals in Azure's shape", () => {
  test("a wrong or missing key is 401 and is not metered", async () => {
    const before = (await readMeter(azure.url)).length;
    const path = `${deployment}?api-version=2025-04-01-preview`;
    expect(await codeOf(await onAzure(path, { method: "POST", body: CHAT, key: "wrong" }))).toEqual([
      401,
      "401",
    ]);
    expect(await codeOf(await onAzure(path, { method: "POST", body: CHAT, key: null }))).toEqual([
      401,
      "401",
    ]);
    const token = await onAzure(path, {
      method: "POST",
      body: CHAT,
      key: null,
      headers: { authorization: `Bearer ${CLOUD_KEYS.gateway}` },
    });
    expect(await token.json()).toMatchObject({ statusCode: 401 });
    expect(await readMeter(azure.url)).toHaveLength(before);
  });

  test.each([
    ["no api-version on a dated path", "POST", deployment, CHAT, [404, "404"]],
    [
      "an unknown deployment",
      "POST",
      "/eastus2/openai/deployments/none/chat/completions?api-version=2025-01-01",
      CHAT,
      [404, "DeploymentNotFound"],
    ],
    [
      "an unknown model on the v1 path",
      "POST",
      "/eastus2/openai/v1/responses",
      '{"model":"aws/gpt-5.4","input":"x"}',
      [404, "DeploymentNotFound"],
    ],
    [
      "an embedding model asked to chat",
      "POST",
      "/eastus2/openai/deployments/text-embedding-3-small/chat/completions?api-version=2025-01-01",
      CHAT,
      [404, "DeploymentNotFound"],
    ],
    ["an unknown path", "POST", "/eastus2/openai/v1/nothing", "{}", [404, "404"]],
    ["an unknown region", "POST", "/mars/openai/v1/responses", "{}", [404, "404"]],
    [
      "a wrong method",
      "DELETE",
      "/eastus2/openai/v1/chat/completions",
      undefined,
      [405, "method_not_supported"],
    ],
    ["malformed JSON", "POST", "/eastus2/openai/v1/chat/completions", "{", [400, "invalid_json"]],
    ["JSON that is no object", "POST", "/eastus2/openai/v1/chat/completions", "[]", [400, "invalid_json"]],
    [
      "no messages",
      "POST",
      "/eastus2/openai/v1/chat/completions",
      '{"model":"gpt-5.4","messages":[]}',
      [400, "empty_array"],
    ],
    [
      "a cap of zero",
      "POST",
      "/eastus2/openai/v1/chat/completions",
      CHAT.replace(":5", ":0"),
      [400, "invalid_value"],
    ],
    [
      "a cap beyond the model's",
      "POST",
      "/eastus2/openai/v1/chat/completions",
      CHAT.replace(":5", ":128001"),
      [400, "invalid_value"],
    ],
    [
      "too many choices",
      "POST",
      "/eastus2/openai/v1/chat/completions",
      CHAT.replace(":5", ':5,"n":129'),
      [400, "invalid_value"],
    ],
    [
      "an empty embedding text",
      "POST",
      "/eastus2/openai/v1/embeddings",
      '{"model":"text-embedding-3-small","input":[""]}',
      [400, "invalid_value"],
    ],
    ["an upload that is no form", "POST", "/eastus2/openai/v1/files", "{}", [400, "invalid_form"]],
    ["an id that is none", "GET", "/eastus2/openai/v1/responses/a%2Fb", undefined, [404, "not_found"]],
    [
      "a path that cannot be decoded",
      "GET",
      "/eastus2/openai/v1/responses/%ff",
      undefined,
      [400, "invalid_value"],
    ],
  ])("%s", async (_name, method, path, body, expected) => {
    const reply = await onAzure(path, { method, ...(body === undefined ? {} : { body }) });
    expect(await codeOf(reply)).toEqual(expected);
  });

  test("a body over 4 MiB is 413, and the connection serves on", async () => {
    const body = JSON.stringify({ model: "gpt-5.4", messages: [], pad: "x".repeat(4_194_304) });
    const reply = await onAzure("/eastus2/openai/v1/chat/completions", { method: "POST", body });
    expect(await codeOf(reply)).toEqual([413, "request_too_large"]);
    expect((await onAzure("/eastus2/openai/v1/models")).status).toBe(200);
  });

  test("replies carry Azure's headers and the caller's request id", async () => {
    const reply = await onAzure("/swedencentral/openai/v1/chat/completions", {
      method: "POST",
      body: CHAT,
      headers: { "x-ms-client-request-id": "req-1", "openai-project": "amazon" },
    });
    expect(reply.headers.get("x-ms-region")).toBe("Sweden Central");
    expect(reply.headers.get("apim-request-id")).toBe(reply.headers.get("x-request-id"));
    expect(reply.headers.get("x-ms-client-request-id")).toBe("req-1");
    expect(reply.headers.get("x-powered-by")).toBeNull();
    expect((await readMeter(azure.url)).at(-1)).toMatchObject({
      requestId: "req-1",
      caller: "gateway",
      project: "amazon",
      region: "swedencentral",
    });
  });
});

describe("refusals in OpenAI's shape", () => {
  test("a wrong key, an unknown model, an unknown path", async () => {
    const wrong = await onAws("/v1/chat/completions", {
      method: "POST",
      body: CHAT,
      headers: { authorization: "Bearer no" },
    });
    expect(await codeOf(wrong)).toEqual([401, "invalid_api_key"]);
    const model = await onAws("/v1/responses", { method: "POST", body: '{"model":"none","input":"x"}' });
    expect(model.headers.get("x-request-id")).toMatch(/^req_[0-9a-f]{32}$/);
    expect(model.headers.get("openai-processing-ms")).toMatch(/^\d+$/);
    expect(await codeOf(model)).toEqual([404, "model_not_found"]);
    expect(await codeOf(await onAws("/v1/nothing"))).toEqual([404, "unknown_path"]);
  });

  test("the api-key header is Azure's alone", async () => {
    const reply = await fetch(`${aws.url}/v1/models`, { headers: { "api-key": CLOUD_KEYS.gateway } });
    expect(reply.status).toBe(401);
  });
});

describe("the meter and health", () => {
  test("the meter wants a key and whole numbers; health wants nothing", async () => {
    expect((await fetch(`${azure.url}/meter`)).status).toBe(401);
    expect((await onAzure("/meter?after=-1")).status).toBe(400);
    expect((await onAzure("/meter?limit=x")).status).toBe(400);
    expect((await fetch(`${azure.url}/readyz`)).status).toBe(200);
    expect((await fetch(`${aws.url}/livez`)).status).toBe(200);
  });

  test("a refused call has a row with its status and without tokens", async () => {
    await onAzure("/eastus2/openai/v1/chat/completions", { method: "POST", body: "{" });
    expect((await readMeter(azure.url)).at(-1)).toMatchObject({
      status: 400,
      inputTokens: null,
      outputTokens: null,
    });
  });
});

test("text that looks like special tokens is answered and counted as text", async () => {
  const content = "<|endoftext|> and <|im_start|>";
  const reply = await onAws("/v1/chat/completions", {
    method: "POST",
    body: JSON.stringify({ model: "gpt-5.4", messages: [{ role: "user", content }], max_tokens: 3 }),
  });
  const { usage } = (await reply.json()) as { usage: { prompt_tokens: number } };
  expect(usage.prompt_tokens).toBe(countTokens(content));
});

describe("clients that leave", () => {
  test.each([
    ["a stream", true],
    ["a whole answer", false],
  ])("%s stops, and its row holds what was generated, less than the whole", async (_name, stream) => {
    const slow = await startAws(cloudOptions({ speed: 20 }));
    try {
      const controller = new AbortController();
      const reply = fetch(`${slow.url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${CLOUD_KEYS.gateway}`, "x-client-request-id": "leaver" },
        body: JSON.stringify({ ...(JSON.parse(CHAT) as object), max_completion_tokens: 50_000, stream }),
        signal: controller.signal,
      });
      if (stream) {
        const reader = (await reply).body?.getReader();
        await reader?.read();
        controller.abort();
      } else {
        // Nothing tells from outside when a whole answer is being made: this is a hundredth of the time it takes.
        setTimeout(() => controller.abort(), 500);
        await expect(reply).rejects.toThrow();
      }
      const rows = await poll(
        () => readMeter(slow.url),
        (found) => found.length > 0,
      );
      expect(rows).toMatchObject([{ requestId: "leaver", status: 499, streamed: stream, inputTokens: 1 }]);
      expect(rows[0]?.outputTokens).toBeLessThan(50_000);
    } finally {
      await slow.close(100);
    }
  });

  test("an upload that is cut off leaves nothing on disk", async () => {
    const [store] = readdirSync(folder);
    const kept = readdirSync(join(folder, store ?? "")).length;
    const { port } = new URL(azure.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(
      `POST /eastus2/openai/v1/files HTTP/1.1\r\nhost: x\r\napi-key: ${CLOUD_KEYS.gateway}\r\nx-ms-client-request-id: cut\r\n` +
        "content-type: multipart/form-data; boundary=b\r\ncontent-length: 100000\r\n\r\n" +
        `--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n${"x".repeat(5_000)}`,
    );
    await poll(
      async () => readdirSync(join(folder, store ?? "")).length,
      (count) => count > kept,
    );
    socket.destroy();
    const rows = await poll(
      () => readMeter(azure.url),
      (found) => found.some(({ requestId }) => requestId === "cut"),
    );
    expect(rows.find(({ requestId }) => requestId === "cut")?.status).toBe(499);
    expect(readdirSync(join(folder, store ?? ""))).toHaveLength(kept);
  });
});

test("an upload of 256 MiB never piles up to half of itself in memory, and closing the cloud removes it", async () => {
  const own = await mkdtemp(join(tmpdir(), "clauseway-test-"));
  const cloud = await startAzure(cloudOptions({ uploadFolder: own }));
  const chunk = Buffer.alloc(1_048_576, "x");
  let peakBytes = 0;
  const watch = (): void => {
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    peakBytes = Math.max(peakBytes, arrayBuffers + heapUsed);
  };
  async function* form() {
    yield Buffer.from('--b\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\n');
    for (let count = 0; count < 256; count += 1) {
      yield chunk;
      watch();
    }
    yield Buffer.from(
      '\r\n--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n--b--\r\n',
    );
  }
  watch();
  const before = peakBytes;
  const reply = await fetch(`${cloud.url}/eastus2/openai/v1/files`, {
    method: "POST",
    headers: { "api-key": CLOUD_KEYS.direct, "content-type": "multipart/form-data; boundary=b" },
    body: ReadableStream.from(form()),
    duplex: "half",
  });
  expect(await reply.json()).toMatchObject({ bytes: 256 * 1_048_576, purpose: "fine-tune" });
  expect(peakBytes - before).toBeLessThan(128 * 1_048_576);
  const [store] = readdirSync(own);
  await cloud.close(100);
  expect(existsSync(join(own, store ?? ""))).toBe(false);
  await rm(own, { recursive: true, force: true });
});

test("a speed that is not above 0 and an unknown latency preset stop the start", async () => {
  for (const speed of [0, -1, Number.NaN]) {
    await expect(startAws(cloudOptions({ speed }))).rejects.toThrow(RangeError);
  }
  const [model] = cloudOptions().models;
  if (!model) throw new Error("no model");
  const models = [{ ...model, latencyPreset: "warp" }];
  await expect(startAws(cloudOptions({ models }))).rejects.toThrow("`warp`");
});
