/** An upstream on a bare TCP socket: it can break HTTP in every way, and it remembers each connect and each request. */

import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

export interface UpstreamCall {
  readonly method: string;
  readonly target: string;
  /** Lines as they came, `name: value`, names in lower case. */
  readonly headerLines: readonly string[];
  readonly body: string;
  readonly socket: Socket;
  /** Resolves when the peer has let go of the connection. */
  readonly closed: Promise<void>;
}

export type Answer = (call: UpstreamCall) => void;

export interface RawUpstream {
  readonly url: string;
  /** Connections accepted since the last `reset`. */
  readonly connects: () => number;
  /** Connections that are open now. */
  readonly openConnections: () => number;
  readonly calls: UpstreamCall[];
  answer(answer: Answer): void;
  /** Forgets what came and answers a plain chat completion again. */
  reset(): void;
  /** Closes every connection and stops listening. */
  close(): Promise<void>;
}

/** Starts one on a free port. It answers a plain chat completion until told otherwise. */
export async function startRawUpstream(): Promise<RawUpstream> {
  const calls: UpstreamCall[] = [];
  const sockets = new Set<Socket>();
  let connects = 0;
  let answer: Answer = answerJson(COMPLETION);
  const server = createServer((socket) => {
    connects += 1;
    sockets.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
    readRequests(socket, (call) => {
      calls.push(call);
      answer(call);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connects: () => connects,
    openConnections: () => sockets.size,
    calls,
    answer: (next) => {
      answer = next;
    },
    reset: () => {
      calls.length = 0;
      connects = 0;
      answer = answerJson(COMPLETION);
    },
    close: () => closeServer(server, sockets),
  };
}

function readRequests(socket: Socket, onCall: (call: UpstreamCall) => void): void {
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  let rest = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const taken = takeRequest(rest);
      if (taken === null) return;
      rest = rest.subarray(taken.length);
      onCall({ ...taken, socket, closed });
    }
  });
}

function takeRequest(bytes: Buffer): (Omit<UpstreamCall, "socket" | "closed"> & { length: number }) | null {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return null;
  const [requestLine = "", ...lines] = bytes.subarray(0, headEnd).toString("latin1").split("\r\n");
  const headerLines = lines.map((line) => line.replace(/^[^:]*/, (name) => name.toLowerCase()));
  const body = takeBody(bytes, headEnd + 4, headerLines);
  if (body === null) return null;
  const [method = "", target = ""] = requestLine.split(" ");
  return { method, target, headerLines, ...body };
}

function takeBody(
  bytes: Buffer,
  start: number,
  lines: readonly string[],
): { body: string; length: number } | null {
  if (lines.includes("transfer-encoding: chunked")) return takeChunks(bytes, start);
  const size = Number(valueOf(lines, "content-length") ?? "0");
  if (bytes.length < start + size) return null;
  return { body: bytes.subarray(start, start + size).toString(), length: start + size };
}

function takeChunks(bytes: Buffer, start: number): { body: string; length: number } | null {
  let body = "";
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString(), 16);
    const end = lineEnd + 2 + size + 2;
    if (bytes.length < end) return null;
    body += bytes.subarray(lineEnd + 2, lineEnd + 2 + size).toString();
    if (size === 0) return { body, length: end };
    at = end;
  }
}

/** The value of a header in `name: value` lines, or null. */
export function valueOf(lines: readonly string[], name: string): string | null {
  const line = lines.find((one) => one.startsWith(`${name}:`));
  return line === undefined ? null : line.slice(name.length + 1).trim();
}

async function closeServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  server.close();
  for (const socket of sockets) socket.destroy();
  await once(server, "close");
}

export const COMPLETION = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_767_225_600,
  model: "gpt-5.4-2026-03-05",
  choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 },
};

/** A well-formed JSON answer on a connection that stays open. */
export function answerJson(body: object, status = 200, headers: readonly string[] = []): Answer {
  return ({ socket }) => {
    const text = JSON.stringify(body);
    socket.write(
      head(status, [
        "content-type: application/json",
        ...headers,
        `content-length: ${Buffer.byteLength(text)}`,
      ]) + text,
    );
  };
}

/** Status line and header lines, with the empty line. */
export function head(status: number, lines: readonly string[]): string {
  return `HTTP/1.1 ${status} X\r\n${lines.join("\r\n")}\r\n\r\n`;
}

export const SSE_HEAD = head(200, ["content-type: text/event-stream", "transfer-encoding: chunked"]);
export const LAST_CHUNK = "0\r\n\r\n";

/** One chunk of chunked framing. */
export function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** One event of a chat stream with `content`. */
export function deltaEvent(content: string): string {
  const delta = {
    ...STREAM_CHUNK,
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
    usage: null,
  };
  return `data: ${JSON.stringify(delta)}\n\n`;
}

/** The closing event that reports usage. */
export function usageEvent(usage: object): string {
  return `data: ${JSON.stringify({ ...STREAM_CHUNK, choices: [], usage })}\n\n`;
}

export const DONE_EVENT = "data: [DONE]\n\n";

export const STREAM_CHUNK = {
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1,
  model: "gpt-5.4-2026-03-05",
};
