/** Server-sent events as the OpenAI and Azure APIs stream them. */

import { StringDecoder } from "node:string_decoder";

/** One event: its name (null when the stream does not name it) and its data lines joined by a line feed. */
export interface SseFrame {
  readonly event: string | null;
  readonly data: string;
}

/** A peer that sends one endless event must not fill our memory. */
const FRAME_LIMIT_CHARACTERS = 1_048_576;

/** The upstream sent an event larger than we are willing to hold. */
class SseFrameTooLargeError extends Error {
  override readonly name = "SseFrameTooLargeError";
}

/** Cuts a byte stream, split anywhere, into events. Comments and `id`/`retry` lines are dropped. */
export class SseSplitter {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  /** Returns the events that `chunk` completes, in order; throws SseFrameTooLargeError over 1 Mi characters. */
  push(chunk: Buffer): SseFrame[] {
    let text = this.#rest + this.#decoder.write(chunk);
    if (text.includes("\r")) text = normaliseLineEnds(text);
    const frames: SseFrame[] = [];
    let start = 0;
    for (;;) {
      const end = text.indexOf("\n\n", start);
      if (end < 0) break;
      const frame = parseFrame(text.slice(start, end));
      if (frame) frames.push(frame);
      start = end + 2;
    }
    this.#rest = start === 0 ? text : text.slice(start);
    if (this.#rest.length > FRAME_LIMIT_CHARACTERS) {
      throw new SseFrameTooLargeError(`an event is larger than ${FRAME_LIMIT_CHARACTERS} characters`);
    }
    return frames;
  }

  /** True when the stream ended between two events. */
  get atBoundary(): boolean {
    return this.#rest.trim() === "";
  }
}

/** A lone CR at the end may be the first half of CRLF, so it stays until the next chunk. */
function normaliseLineEnds(text: string): string {
  const held = text.endsWith("\r") ? "\r" : "";
  return text.slice(0, text.length - held.length).replaceAll("\r\n", "\n") + held;
}

function parseFrame(text: string): SseFrame | null {
  if (text.startsWith("data: ") && !text.includes("\n")) return { event: null, data: text.slice(6) };
  let event: string | null = null;
  const data: string[] = [];
  for (const line of text.split("\n")) {
    const [field, value] = splitField(line);
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
  }
  return data.length === 0 ? null : { event, data: data.join("\n") };
}

function splitField(line: string): [string, string] {
  const colon = line.indexOf(":");
  if (colon < 0) return [line, ""];
  const value = line.slice(colon + 1);
  return [line.slice(0, colon), value.startsWith(" ") ? value.slice(1) : value];
}

/** Writes one event; `data` must hold no line feed (JSON never does). */
export function encodeSse(frame: SseFrame): string {
  return frame.event === null ? `data: ${frame.data}\n\n` : `event: ${frame.event}\ndata: ${frame.data}\n\n`;
}
