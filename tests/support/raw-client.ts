/** A client on a bare TCP socket: it sends exactly the bytes a test gives it. */

import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { PATIENCE_MS } from "./patience.ts";

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; of a repeated header the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Everything that came, several answers and broken ones included. */
  readonly text: string;
}

/** Connects, sends, and reads until the server closes the connection; rejects when it keeps it open for long. */
export async function sendRaw(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const socket = await connectRaw(url);
  socket.write(bytes);
  return parseAnswer(await readToClose(socket));
}

/** An open connection; a later reset shows as the end of what it sent. */
export async function connectRaw(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.on("error", () => socket.destroy());
  return socket;
}

/** All that comes until the connection is closed. */
export function readToClose(socket: Socket): Promise<string> {
  return readWhile(socket, () => true);
}

/** What comes until it matches, or the connection is closed. */
export function readUntil(socket: Socket, pattern: RegExp): Promise<string> {
  return readWhile(socket, (text) => !pattern.test(text));
}

function readWhile(socket: Socket, goOn: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => {
      stop();
      socket.destroy();
      reject(new Error(`nothing ended the exchange; it got ${JSON.stringify(text.slice(0, 400))}`));
    }, PATIENCE_MS);
    const onData = (data: Buffer): void => {
      text += data.toString("latin1");
      if (!goOn(text)) finish();
    };
    const finish = (): void => {
      stop();
      resolve(text);
    };
    const stop = (): void => {
      clearTimeout(timer);
      socket.off("data", onData).off("end", finish).off("close", finish);
    };
    socket.on("data", onData).on("end", finish).on("close", finish);
    if (socket.destroyed) finish();
  });
}

/** Splits the first answer of `text`; status 0 when there is none. */
export function parseAnswer(text: string): RawAnswer {
  const headEnd = text.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = text.slice(0, Math.max(headEnd, 0)).split("\r\n");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(statusLine.split(" ")[1] ?? 0), headers, body: text.slice(headEnd + 4), text };
}

export const PARTNER_KEY = "fake-partner-direct";
export const CHAT = JSON.stringify({ model: "gpt-5.4", messages: [{ role: "user", content: "hello" }] });

/** A chat call whose connection ends with it; `lines` are added to its headers, `body` replaces its body. */
export function chatRequest(lines: readonly string[] = [], body = CHAT): string {
  return request(
    "POST /v1/chat/completions HTTP/1.1",
    [
      "host: gateway",
      `authorization: Bearer ${PARTNER_KEY}`,
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
      "connection: close",
      ...lines,
    ],
    body,
  );
}

/** Exactly these lines. */
export function request(requestLine: string, lines: readonly string[], body = ""): string {
  return `${[requestLine, ...lines].join("\r\n")}\r\n\r\n${body}`;
}
