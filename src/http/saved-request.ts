/** A request as a proxy or a tracing tool saved it: request line, headers, blank line, body. */

import type { IncomingHttpHeaders } from "node:http";
import type { RequestHead } from "./request-head.ts";

export type SavedRequest =
  | { readonly kind: "request"; readonly head: RequestHead; readonly body: Buffer }
  /** Why it is no request; lower case, no full stop, the line at fault by its number. */
  | { readonly kind: "malformed"; readonly message: string };

const REQUEST_LINE = /^([A-Z]+) (\S+)(?: HTTP\/([0-9.]+))?$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;
/** What Node keeps the first of, where a request says it twice; others it joins. */
const FIRST_COUNTS = new Set(["authorization", "content-length", "content-type", "host"]);

/**
 * Reads a saved request, its lines ended by LF or CRLF. A proxy saves the address whole (`POST https://host/v1/...`) and the
 * protocol that it spoke; what counts is the request as the gateway would get it, so a path over HTTP/1.1 is read from either.
 * A body that was saved with its chunks is joined.
 */
export function parseSavedRequest(bytes: Buffer): SavedRequest {
  const { head, body } = splitAtBlankLine(bytes);
  const [first = "", ...lines] = head.split(/\r?\n/);
  const start = REQUEST_LINE.exec(first);
  if (start === null) {
    return malformed("line 1 is no request line, it should read like `POST /v1/chat/completions HTTP/1.1`");
  }
  const rawHeaders: string[] = [];
  for (const [index, line] of lines.entries()) {
    const header = HEADER_LINE.exec(line);
    if (header === null)
      return malformed(`line ${index + 2} is no header, it should read like \`name: value\``);
    rawHeaders.push(header[1] ?? "", header[2] ?? "");
  }
  const headers = joinHeaders(rawHeaders);
  const httpVersion = start[3] === "1.0" ? "1.0" : "1.1";
  return {
    kind: "request",
    head: { method: start[1] ?? "", url: originForm(start[2] ?? ""), httpVersion, headers, rawHeaders },
    body: headers["transfer-encoding"] === "chunked" ? joinChunks(body) : body,
  };
}

function splitAtBlankLine(bytes: Buffer): { readonly head: string; readonly body: Buffer } {
  // Latin 1 gives each byte one character, so places in the text are places in the bytes.
  const text = bytes.toString("latin1");
  const blank = /\r?\n\r?\n/.exec(text);
  if (blank === null) return { head: text.trimEnd(), body: Buffer.alloc(0) };
  return { head: text.slice(0, blank.index), body: bytes.subarray(blank.index + blank[0].length) };
}

function originForm(target: string): string {
  return target.replace(/^https?:\/\/[^/]*/i, "") || "/";
}

function joinHeaders(raw: readonly string[]): IncomingHttpHeaders {
  const headers: Record<string, string> = {};
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    const value = raw[at + 1] ?? "";
    const known = headers[name];
    if (known === undefined) headers[name] = value;
    else if (!FIRST_COUNTS.has(name)) headers[name] = `${known}, ${value}`;
  }
  return headers;
}

/** Most tools save a chunked body joined already: what does not begin with the size of a chunk is taken as it is. */
function joinChunks(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  let rest = body;
  for (;;) {
    const size = /^([0-9A-Fa-f]{1,8})[^\r\n]*\r?\n/.exec(rest.subarray(0, 64).toString("latin1"));
    if (size === null) return parts.length === 0 ? body : Buffer.concat(parts);
    const length = Number.parseInt(size[1] ?? "0", 16);
    if (length === 0) return Buffer.concat(parts);
    const data = rest.subarray(size[0].length, size[0].length + length);
    parts.push(data);
    rest = rest.subarray(size[0].length + length);
    rest = rest.subarray(rest[0] === 0x0d ? 2 : 1);
  }
}

function malformed(message: string): SavedRequest {
  return { kind: "malformed", message };
}
