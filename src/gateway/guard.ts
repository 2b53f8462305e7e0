/** What a request must look like before anything is read from it: decided on raw headers, since Node keeps the first of two. */

import { refusal, type Refusal } from "../domain/refusal.ts";
import type { RequestHead } from "../http/request-head.ts";

export interface Envelope {
  readonly kind: "envelope";
  /** Path without query, as sent. */
  readonly path: string;
  /** `x-clauseway-*` request headers: never read, never forwarded, counted. */
  readonly strippedHeaders: number;
}

const HEADER_LINE_LIMIT = 100;
const SINGLE = new Set(["host", "authorization", "api-key", "content-type", "content-length"]);
const OWN_PREFIX = "x-clauseway-";

/** Reads method, target and header lines; refuses what proxies and servers are known to read differently. */
export function checkEnvelope(request: RequestHead): Envelope | Refusal {
  const target = request.url ?? "";
  if (!target.startsWith("/") || target.startsWith("//") || target.includes("#")) {
    return refusal("malformed_request", "the request target is not a plain path");
  }
  if (request.httpVersion !== "1.1" && request.httpVersion !== "1.0") {
    return refusal("malformed_request", "only HTTP/1.1 is spoken here");
  }
  const lines = request.rawHeaders;
  if (lines.length > HEADER_LINE_LIMIT * 2) {
    return refusal("malformed_request", `more than ${HEADER_LINE_LIMIT} header lines`);
  }
  const counted = countHeaders(lines);
  if (counted.duplicate !== null) {
    return refusal("malformed_request", `the header \`${counted.duplicate}\` is sent twice`);
  }
  return checkFraming(request, target, counted.own);
}

function countHeaders(lines: readonly string[]): { own: number; duplicate: string | null } {
  let own = 0;
  const seen: string[] = [];
  for (let at = 0; at < lines.length; at += 2) {
    const name = (lines[at] ?? "").toLowerCase();
    if (name.startsWith(OWN_PREFIX)) own += 1;
    if (!SINGLE.has(name)) continue;
    if (seen.includes(name)) return { own, duplicate: name };
    seen.push(name);
  }
  return { own, duplicate: null };
}

/** A body belongs to POST alone: http-proxy forwards others with their framing lost, which hides a second request. */
function checkFraming(request: RequestHead, target: string, strippedHeaders: number): Envelope | Refusal {
  const transferEncoding = request.headers["transfer-encoding"];
  const hasBody = transferEncoding !== undefined || Number(request.headers["content-length"] ?? "0") > 0;
  if (
    transferEncoding !== undefined &&
    (request.httpVersion === "1.0" || transferEncoding.toLowerCase() !== "chunked")
  ) {
    return refusal("malformed_request", "the only transfer encoding is `chunked`, over HTTP/1.1");
  }
  if (hasBody && request.method !== "POST") {
    return refusal("malformed_request", `\`${request.method}\` takes no body`);
  }
  const query = target.indexOf("?");
  return { kind: "envelope", path: query < 0 ? target : target.slice(0, query), strippedHeaders };
}
