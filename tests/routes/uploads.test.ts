import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { createServer, request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startDirect } from "../../src/partners/direct/start.ts";
import { startChildGateway, type ChildGateway } from "../support/child-gateway.ts";
import { metered, placed } from "../support/clients.ts";
import { readLedgerRows } from "../support/ledger-rows.ts";
import { sumOf } from "../support/metrics-page.ts";
import { poll } from "../support/mock-clouds.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

const MIB = 1_048_576;

describe("a training file", () => {
  let folder: string;
  let world: TestWorld;
  let gateway: ChildGateway;
  let seller: Awaited<ReturnType<typeof startDirect>>;
  let client: OpenAI;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "clauseway-upload-"));
    world = await startTestWorld();
    gateway = await startChildGateway({ clouds: world.urls, dataDir: join(folder, "data") });
    seller = await startDirect({
      host: "127.0.0.1",
      port: 0,
      gatewayUrl: gateway.url,
      gatewayKey: "fake-partner-direct",
      customerKey: world.credentials.directCustomerKey,
      onFault: (error) => {
        throw error;
      },
    });
    client = new OpenAI({
      baseURL: `${seller.url}/v1`,
      apiKey: world.credentials.directCustomerKey,
      maxRetries: 0,
    });
  });
  afterAll(async () => {
    await seller.close(0);
    expect(await gateway.stop()).toBe(0);
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("of 64 MiB arrives at the training cluster byte for byte, through seller and gateway", async () => {
    const { path, bytes, sha256 } = await writeLines(join(folder, "train.jsonl"), 64);
    const { data, at } = await placed(
      client.files.create({ purpose: "fine-tune", file: createReadStream(path) }),
    );
    expect(data).toMatchObject({ object: "file", bytes, purpose: "fine-tune", filename: "train.jsonl" });
    expect(Reflect.get(data, "sha256")).toBe(sha256);
    expect(at).toMatchObject({ provider: "stargate", workload: "management", clause: "G1" });
    expect(await metered(world, at.requestId)).toEqual(["stargate files.create"]);
    const rows = readLedgerRows(join(folder, "data", "ledger.sqlite"));
    expect(rows.filter((row) => row.request_id === at.requestId)).toMatchObject([
      { operation: "files.create", provider: "stargate", outcome: "ok", charge_kind: "free" },
    ]);
  }, 60_000);

  test("of 256 MiB costs the gateway no more memory than a small part of it", async () => {
    const { path } = await writeLines(join(folder, "large.jsonl"), 256);
    // After the first upload: the engine keeps some tens of MiB of freed buffers before it collects, whatever the size.
    const before = await gateway.residentBytes();
    let highest = before;
    let samples = 0;
    const sample = async (): Promise<void> => {
      highest = Math.max(highest, await gateway.residentBytes());
      samples += 1;
    };
    const timer = setInterval(() => void sample(), 10);
    await client.files.create({ purpose: "fine-tune", file: createReadStream(path) });
    clearInterval(timer);
    expect(samples).toBeGreaterThan(5);
    expect((highest - before) / MIB).toBeLessThan(64);
    expect(highest / MIB).toBeLessThan(300);
  }, 60_000);
});

/** Writes a training file of so many MiB, a MiB at a time. */
async function writeLines(
  path: string,
  mib: number,
): Promise<{ path: string; bytes: number; sha256: string }> {
  const line = `${JSON.stringify({ messages: [{ role: "user", content: "x".repeat(900) }] })}\n`;
  const block = Buffer.from(line.repeat(Math.ceil(MIB / line.length)));
  const hash = createHash("sha256");
  const file = await open(path, "w");
  for (let written = 0; written < mib; written += 1) {
    hash.update(block);
    await file.write(block);
  }
  await file.close();
  return { path, bytes: block.length * mib, sha256: hash.digest("hex") };
}

describe("a training cluster that only listens", () => {
  let connections: number;
  let receivedBytes: number;
  let brokenOff: number;
  let cluster: { url: string; close(): void };
  let world: TestWorld;

  beforeEach(async () => {
    connections = 0;
    receivedBytes = 0;
    brokenOff = 0;
    cluster = await startSink();
    world = await startTestWorld({
      upstreams: { stargate: cluster.url },
      limits: { maxUploadBytes: 4 * MIB },
    });
  });
  afterEach(async () => {
    await world.close();
    cluster.close();
  });

  /** Reads and never answers. */
  async function startSink(): Promise<{ url: string; close(): void }> {
    const server = createServer((request: IncomingMessage) => {
      request.on("data", (chunk: Buffer) => {
        receivedBytes += chunk.length;
      });
      request.on("error", () => undefined);
      request.on("close", () => {
        if (!request.complete) brokenOff += 1;
      });
    });
    server.on("connection", () => {
      connections += 1;
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: () => {
        server.close();
        server.closeAllConnections();
      },
    };
  }

  function startUpload(key: string, headers: Record<string, string | number> = {}): ClientRequest {
    const upload = httpRequest(`${world.urls.gateway}/v1/files`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "multipart/form-data; boundary=b",
        ...headers,
      },
    });
    upload.on("error", () => undefined);
    upload.write(
      `--b\r\ncontent-disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n${"x".repeat(65_536)}`,
    );
    return upload;
  }

  test("sees nothing of an upload with a wrong key, which is refused while its body is still to come", async () => {
    const upload = startUpload("fake-partner-nobody");
    const [response] = (await once(upload, "response")) as [IncomingMessage];
    expect(response.statusCode).toBe(401);
    response.resume();
    upload.destroy();
    expect({ connections, receivedBytes }).toEqual({ connections: 0, receivedBytes: 0 });
    expect((await world.totals()).calls).toBe(0);
  });

  test("is not asked to read an announced body before the caller is known", async () => {
    const upload = httpRequest(`${world.urls.gateway}/v1/files`, {
      method: "POST",
      headers: {
        authorization: "Bearer nobody",
        "content-type": "multipart/form-data; boundary=b",
        expect: "100-continue",
        "content-length": 9,
      },
    });
    let asked = 0;
    upload.on("continue", () => {
      asked += 1;
    });
    upload.flushHeaders();
    const [response] = (await once(upload, "response")) as [IncomingMessage];
    response.resume();
    expect({ status: response.statusCode, asked, connections }).toEqual({
      status: 401,
      asked: 0,
      connections: 0,
    });
    upload.destroy();
  });

  test("gets an upload before it is whole: nothing is held back", async () => {
    const upload = startUpload("fake-partner-direct");
    await poll(
      async () => receivedBytes,
      (bytes) => bytes >= 65_536,
    );
    upload.destroy();
  });

  test("is told when the client leaves in the middle, and the call is settled as broken off", async () => {
    const upload = startUpload("fake-partner-direct");
    await poll(
      async () => receivedBytes,
      (bytes) => bytes > 0,
    );
    upload.destroy();
    await poll(
      async () => brokenOff,
      (count) => count === 1,
    );
    const rows = await poll(
      async () => readLedgerRows(world.ledgerFile),
      (found) => found.length === 1,
    );
    expect(rows).toMatchObject([
      { operation: "files.create", provider: "stargate", outcome: "aborted", charge_kind: "free" },
    ]);
    const page = await poll(
      async () => (await fetch(`${world.urls.admin}/metrics`)).text(),
      (text) => sumOf(text, "clauseway_requests_total") === 1,
    );
    expect(sumOf(page, "clauseway_requests_total", 'outcome="aborted"')).toBe(1);
  });

  test("is cut off from an upload over the limit, which is 413", async () => {
    const upload = startUpload("fake-partner-direct");
    const answered = once(upload, "response") as Promise<[IncomingMessage]>;
    const block = Buffer.alloc(MIB, "x");
    for (let mib = 0; mib < 6; mib += 1) upload.write(block);
    const [response] = await answered;
    expect(response.statusCode).toBe(413);
    response.resume();
    await poll(
      async () => brokenOff,
      (count) => count === 1,
    );
    expect(receivedBytes).toBeLessThanOrEqual(4 * MIB);
    upload.destroy();
  });

  test("is not reached by an upload that announces more than the limit", async () => {
    const upload = startUpload("fake-partner-direct", { "content-length": 5 * MIB });
    const [response] = (await once(upload, "response")) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    response.resume();
    upload.destroy();
    expect({ connections, rows: (await world.totals()).calls }).toEqual({ connections: 0, rows: 0 });
  });
});
