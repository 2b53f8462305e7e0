/** A system to send load to, in one process: partners that answer at once, clouds with meters, counters that can be read. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { EventStreamCodec } from "@smithy/core/event-streams";
import { fromUtf8, toUtf8 } from "@smithy/core/serde";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import type { LedgerSums } from "../../../src/load/accounts.ts";
import type { Target } from "../../../src/load/target.ts";

interface FakeCall {
  readonly requestId: string;
  readonly operation: string;
  /** The class that a right routing would see. */
  readonly workload: "stateless" | "stateful" | "training" | "management";
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface FakeFaults {
  /** Where a call is served; by default where the agreement wants it. */
  readonly place?: (call: FakeCall, count: number) => string;
  /** How many rows the serving cloud writes for a call; 1 by default. */
  readonly rows?: (count: number) => number;
  /** Statuses other than 200, by the number of the call. */
  readonly status?: (count: number) => number;
  /** Breaks the answer off in the middle. */
  readonly cut?: (count: number) => boolean;
  /** Added to what the counters say of input tokens. */
  readonly miscountInput?: number;
}

export interface FakeSystem {
  readonly target: Target;
  readonly served: readonly FakeCall[];
  readLedger(): Promise<LedgerSums>;
  close(): Promise<void>;
}

const HOME: Readonly<Record<FakeCall["workload"], string>> = {
  stateless: "azure",
  stateful: "aws",
  training: "stargate",
  management: "stargate",
};

export async function startFakeSystem(faults: FakeFaults = {}): Promise<FakeSystem> {
  const meters: Record<string, object[]> = { azure: [], aws: [], stargate: [] };
  const served: FakeCall[] = [];
  let count = 0;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://fake");
    const cloud = /^\/(azure|aws|stargate)\/meter$/.exec(url.pathname)?.[1];
    if (cloud !== undefined) {
      const after = Number(url.searchParams.get("after"));
      const limit = Number(url.searchParams.get("limit"));
      const rows = (meters[cloud] ?? []).slice(after, after + limit);
      return void response.end(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    }
    if (url.pathname === "/metrics") return void response.end(metricsOf(served, faults.miscountInput ?? 0));

    const body = await readBody(request);
    count++;
    const status = faults.status?.(count) ?? 200;
    const call = readCall(url.pathname, body, `req-${count}`);
    response.setHeader("x-clauseway-request-id", call.requestId);
    response.setHeader("X-Clauseway-Provider", "azure");
    if (status !== 200) return void response.writeHead(status).end('{"error":{"message":"refused"}}');
    const provider = faults.place?.(call, count) ?? HOME[call.workload];
    served.push(call);
    const rows = meters[provider] ?? [];
    for (let copies = faults.rows?.(count) ?? 1; copies > 0; copies--) {
      rows.push({ seq: rows.length + 1, caller: "gateway", provider, status: 200, ...call });
    }
    answer(url.pathname, body, call, response, faults.cut?.(count) ?? false);
  };

  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    served,
    target: {
      amazon: {
        url,
        region: "us-east-1",
        accessKeyId: "AKIAIOSFODNN7EXAMPLE",
        secretAccessKey: "fake-secret",
      },
      direct: { url, apiKey: "fake-customer-direct" },
      azureDirect: { url, apiKey: "fake-partner-azure-direct" },
      firstParty: { url, apiKey: null },
      clouds: Object.keys(meters).map((provider) => ({
        provider,
        url: `${url}/${provider}`,
        key: "fake-key",
      })),
      adminUrl: url,
      // Its memory is told by its metrics: this process holds the test runner too.
      gatewayPid: null,
      models: {
        chat: "gpt-5.4",
        bedrockChat: "openai.gpt-5.4-v1:0",
        embedding: "text-embedding-3-small",
        training: "gpt-4.1",
      },
    },
    async readLedger() {
      const sums = sumsOf(served);
      const gross = BigInt(sums.inputTokens + sums.outputTokens) * 1_000n;
      return {
        ...sums,
        grossPicoUsd: gross,
        sharePicoUsd: { microsoft: gross / 5n, openai: gross - gross / 5n },
      };
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString("utf8");
}

interface ChatBody {
  messages?: { content: string | { text: string }[] }[];
  message?: string;
  input?: string;
  max_completion_tokens?: number;
  max_output_tokens?: number;
  inferenceConfig?: { maxTokens: number };
  previous_response_id?: string;
  stream?: boolean;
}

function readCall(path: string, body: string, requestId: string): FakeCall {
  const common = { requestId, inputTokens: 0, outputTokens: 0 };
  if (path === "/v1/files") return { ...common, operation: "files.create", workload: "management" };
  if (path === "/v1/fine_tuning/jobs")
    return { ...common, operation: "fine_tuning.jobs.create", workload: "training" };
  const call = JSON.parse(body) as ChatBody;
  const content = call.messages?.[0]?.content ?? call.message ?? call.input ?? "";
  const inputTokens = countTokens(typeof content === "string" ? content : (content[0]?.text ?? ""));
  const outputTokens =
    call.max_completion_tokens ?? call.max_output_tokens ?? call.inferenceConfig?.maxTokens ?? 0;
  const operation =
    path === "/v1/responses"
      ? "responses.create"
      : path === "/v1/embeddings"
        ? "embeddings.create"
        : "chat.completions.create";
  const workload = call.previous_response_id === undefined ? "stateless" : "stateful";
  return { requestId, operation, workload, inputTokens, outputTokens };
}

function answer(path: string, body: string, call: FakeCall, response: ServerResponse, cut: boolean): void {
  const usage = { prompt_tokens: call.inputTokens, completion_tokens: call.outputTokens };
  if (path.endsWith("/converse-stream")) {
    const frames = [
      frame("contentBlockDelta", { delta: { text: "hello" } }),
      frame("metadata", { usage: { inputTokens: call.inputTokens, outputTokens: call.outputTokens } }),
    ];
    return end(response, frames, cut);
  }
  if (path.endsWith("/converse")) {
    return end(
      response,
      [JSON.stringify({ usage: { inputTokens: call.inputTokens, outputTokens: call.outputTokens } })],
      cut,
    );
  }
  if (path === "/chat") {
    const events = ["event: session\ndata: {}\n\n", 'event: delta\ndata: {"text":"hello"}\n\n'];
    return end(response, [...events, `event: done\ndata: ${JSON.stringify({ usage })}\n\n`], cut);
  }
  if (path === "/v1/chat/completions" && (JSON.parse(body) as ChatBody).stream === true) {
    const chunks = [{ choices: [{ delta: { content: "hello" } }] }, { choices: [], usage }];
    return end(
      response,
      [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), "data: [DONE]\n\n"],
      cut,
    );
  }
  end(response, [JSON.stringify({ id: `obj_${call.requestId}`, usage })], cut);
}

function end(response: ServerResponse, parts: readonly (string | Uint8Array)[], cut: boolean): void {
  response.writeHead(200);
  for (const part of cut ? parts.slice(0, 1) : parts) response.write(part);
  if (cut) setImmediate(() => response.destroy());
  else response.end();
}

/** One frame of a Bedrock event stream. */
export function frame(event: string, payload: object): Uint8Array {
  return new EventStreamCodec(toUtf8, fromUtf8).encode({
    headers: {
      ":message-type": { type: "string", value: "event" },
      ":event-type": { type: "string", value: event },
    },
    body: fromUtf8(JSON.stringify(payload)),
  });
}

function sumsOf(calls: readonly FakeCall[]): { calls: number; inputTokens: number; outputTokens: number } {
  return {
    calls: calls.length,
    inputTokens: calls.reduce((sum, call) => sum + call.inputTokens, 0),
    outputTokens: calls.reduce((sum, call) => sum + call.outputTokens, 0),
  };
}

function metricsOf(calls: readonly FakeCall[], miscountInput: number): string {
  const sums = sumsOf(calls);
  return [
    "# TYPE clauseway_requests_total counter",
    `clauseway_requests_total{partner="direct",outcome="ok"} ${sums.calls}`,
    'clauseway_requests_total{partner="direct",outcome="client_error"} 7',
    `clauseway_input_tokens_total{provider="azure"} ${sums.inputTokens + (calls.length > 0 ? miscountInput : 0)}`,
    "process_resident_memory_bytes 150000000",
    `clauseway_output_tokens_total{provider="azure"} ${sums.outputTokens}`,
    "",
  ].join("\n");
}
