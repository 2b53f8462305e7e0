/** One request and its reply, the same over HTTP/1.1 and HTTP/2. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, type IncomingHttpHeaders as Http2Headers, type ServerHttp2Stream } from "node:http2";
import type { Readable, Writable } from "node:stream";

export interface Exchange {
  readonly method: string;
  /** As it stood in the request line, with the query. */
  readonly target: string;
  /** Lower-case names, values joined; over HTTP/2 with `:authority`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rawHeaders: readonly string[];
  readonly body: Readable;
  /** Aborted once the caller has left or the reply is finished. */
  readonly closed: AbortSignal;
  /** Sends the head; what is written to the returned stream is the body. Destroying it with an error breaks the reply off. */
  start(status: number, headers: Readonly<Record<string, string | string[]>>): Writable;
  /** Ends a reply that cannot be finished, so that it does not look whole; with `unstarted`, sends that head instead. */
  fail(unstarted: () => void): void;
}

/** Returns the exchange of an HTTP/1.1 request. */
export function http1Exchange(request: IncomingMessage, response: ServerResponse): Exchange {
  // A caller that leaves in the middle of a reply is an ordinary end; `closed` tells those who wait for it.
  response.on("error", ignore);
  request.on("error", ignore);
  return {
    method: request.method ?? "",
    target: request.url ?? "",
    headers: plainHeaders(request.headers),
    rawHeaders: request.rawHeaders,
    body: request,
    closed: signalOfClose(response),
    start(status, headers) {
      // The rest of a body that was not read would be taken for the next request's bytes, or read for nothing.
      const connection = request.complete ? {} : { connection: "close" };
      response.writeHead(status, { ...headers, ...connection });
      return response;
    },
    fail(unstarted) {
      if (response.headersSent) response.destroy();
      else unstarted();
    },
  };
}

/** Returns the exchange of an HTTP/2 stream. */
export function http2Exchange(
  stream: ServerHttp2Stream,
  headers: Http2Headers,
  rawHeaders: readonly string[],
): Exchange {
  stream.on("error", ignore);
  return {
    method: headers[":method"] ?? "",
    target: headers[":path"] ?? "",
    headers: plainHeaders(headers),
    rawHeaders,
    body: stream,
    closed: signalOfClose(stream),
    start(status, answered) {
      if (stream.destroyed) return stream;
      stream.respond({ ...answered, ":status": status });
      stream.once("finish", () => {
        if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
      });
      return stream;
    },
    fail(unstarted) {
      if (stream.headersSent) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      else unstarted();
    },
  };
}

function signalOfClose(reply: Writable): AbortSignal {
  const controller = new AbortController();
  reply.once("close", () => controller.abort());
  return controller.signal;
}

function plainHeaders(headers: Http2Headers): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return plain;
}

function ignore(): void {}
