/** A gateway that answers what a test tells it to, and remembers what it was asked. */

import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import type { JsonObject } from "../../src/domain/json.ts";

export interface GatewayCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Resolves when the caller leaves before the answer is finished. */
  readonly aborted: Promise<void>;
}

export type Respond = (response: ServerResponse, call: GatewayCall) => void;

export interface FakeGateway {
  readonly url: string;
  readonly calls: GatewayCall[];
  /** How the following calls are answered. */
  respond(respond: Respond): void;
  close(): Promise<void>;
}

const PLACEMENT = {
  "x-request-id": "req_fake",
  "x-clauseway-request-id": "req_fake",
  "x-clauseway-clause": "C1",
  "x-clauseway-provider": "azure",
};

export async function startFakeGateway(): Promise<FakeGateway> {
  const calls: GatewayCall[] = [];
  let respond: Respond = answerChat("hello");
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    const aborted = new Promise<void>((resolve) => {
      response.once("close", () => {
        if (!response.writableFinished) resolve();
      });
    });
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => {});
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      const { method = "", url: path = "", headers } = request;
      const call = { method, path, headers, body, aborted };
      calls.push(call);
      respond(response, call);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    respond(next) {
      respond = next;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** Chat completions of `text`, streamed when asked; usage is 8 input tokens, 3 of them cached, and 2 output tokens. */
export function answerChat(text: string): Respond {
  return (response, call) => {
    const { stream } = JSON.parse(call.body || "{}") as { stream?: boolean };
    if (stream === true) {
      const pieces = text.match(/.{1,3}/gsu) ?? [];
      answerStream(response, [...pieces.map((content) => deltaChunk({ content })), ...closingChunks("stop")]);
    } else {
      answerJson(response, 200, completion({ content: text }, "stop"));
    }
  };
}

export function answerJson(
  response: ServerResponse,
  status: number,
  body: JsonObject,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { ...PLACEMENT, "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** A whole stream, with `[DONE]`. */
export function answerStream(response: ServerResponse, chunks: readonly JsonObject[]): void {
  startStream(response, chunks);
  response.end("data: [DONE]\n\n");
}

/** A stream's head and first chunks; the test goes on from there. */
export function startStream(response: ServerResponse, chunks: readonly JsonObject[]): void {
  response.writeHead(200, { ...PLACEMENT, "content-type": "text/event-stream; charset=utf-8" });
  for (const chunk of chunks) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
}

export function completion(message: JsonObject, finishReason: string): JsonObject {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_767_225_600,
    model: "gpt-x",
    choices: [
      { index: 0, message: { role: "assistant", ...message }, logprobs: null, finish_reason: finishReason },
    ],
    usage: USAGE,
  };
}

export function deltaChunk(delta: JsonObject, finishReason: string | null = null): JsonObject {
  return {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_767_225_600,
    model: "gpt-x",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    usage: null,
  };
}

export function closingChunks(finishReason: string): JsonObject[] {
  return [deltaChunk({}, finishReason), { ...deltaChunk({}), choices: [], usage: USAGE }];
}

const USAGE = {
  prompt_tokens: 8,
  completion_tokens: 2,
  total_tokens: 10,
  prompt_tokens_details: { cached_tokens: 3 },
};
