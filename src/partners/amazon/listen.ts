/** HTTP/1.1 and HTTP/2 (prior knowledge, as AWS SDKs open it) on one port. */

import { createServer as createHttp1Server, type RequestListener } from "node:http";
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { listenWith, type ListenOptions, type RunningServer } from "../../http/listener.ts";
import { http1Exchange, http2Exchange, type Exchange } from "./exchange.ts";

/** SDKs open one connection for each call, so these bound calls in flight as well. */
const CONNECTION_LIMIT = 1_024;
const STREAM_LIMIT = 100;
const FIRST_BYTES_MS = 10_000;
const IDLE_SESSION_MS = 30_000;
const REJECTED_FRAME_LIMIT = 100;

/**
 * Serves `handle` on one port: the HTTP/1.1 server listens and keeps its limits; a connection whose first bytes are `PRI`
 * is handed to an HTTP/2 server instead. Rejects with the bind error when the port cannot be had. Closing lets open calls
 * of both protocols end for the grace time.
 */
export async function listenBothProtocols(
  handle: (exchange: Exchange) => void,
  options: ListenOptions,
): Promise<RunningServer> {
  const http1 = createHttp1Server(
    {
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16_384,
      insecureHTTPParser: false,
    },
    ((request, response) => handle(http1Exchange(request, response))) satisfies RequestListener,
  );
  http1.maxConnections = CONNECTION_LIMIT;
  const http2 = createHttp2Server({
    maxSessionInvalidFrames: REJECTED_FRAME_LIMIT,
    maxSessionRejectedStreams: REJECTED_FRAME_LIMIT,
    maxHeaderListPairs: 100,
    settings: { maxConcurrentStreams: STREAM_LIMIT, maxHeaderListSize: 16_384, enablePush: false },
  });
  const sessions = trackSessions(http2);
  http2.on("stream", (stream, headers, _flags, rawHeaders) =>
    handle(http2Exchange(stream, headers, rawHeaders)),
  );
  const undecided = splitConnections(http1, http2);
  const running = await listenWith(http1, options);
  return {
    url: running.url,
    async close(graceMs) {
      for (const socket of undecided) socket.destroy();
      for (const session of sessions) session.close();
      const timer = setTimeout(() => {
        for (const session of sessions) session.destroy();
      }, graceMs);
      await running.close(graceMs);
      clearTimeout(timer);
    },
  };
}

/** Live sessions; one that carries no call for half a minute is ended, since HTTP/2 has no such limit of its own. */
function trackSessions(http2: Http2Server): ReadonlySet<ServerHttp2Session> {
  const sessions = new Set<ServerHttp2Session>();
  http2.on("session", (session) => {
    let openStreams = 0;
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    // A peer that breaks the protocol or the connection ends its own session only.
    session.on("error", () => session.destroy());
    session.on("stream", (stream) => {
      openStreams += 1;
      stream.once("close", () => (openStreams -= 1));
    });
    session.setTimeout(IDLE_SESSION_MS, () => {
      if (openStreams === 0) session.destroy();
    });
  });
  return sessions;
}

/** A reset before the protocol is known ends a connection on which nothing was asked. */
function ignoreReset(): void {}

/** Replaces how the HTTP/1.1 server takes connections; returns those that have not said yet what they speak. */
function splitConnections(
  http1: ReturnType<typeof createHttp1Server>,
  http2: Http2Server,
): ReadonlySet<Socket> {
  const undecided = new Set<Socket>();
  const serveHttp1 = http1.listeners("connection");
  http1.removeAllListeners("connection");
  http1.on("connection", (socket: Socket) => {
    const timer = setTimeout(() => socket.destroy(), FIRST_BYTES_MS);
    undecided.add(socket);
    const settle = (): void => {
      clearTimeout(timer);
      undecided.delete(socket);
      socket.off("readable", peek);
      socket.off("error", ignoreReset);
    };
    const peek = (): void => {
      const first = readFirstBytes(socket);
      if (first === null) return;
      socket.off("close", settle);
      settle();
      socket.unshift(first);
      if (first.subarray(0, 3).equals(HTTP2_PREFACE)) {
        // An HTTP/1.1 server keeps sockets half open; an SDK that aborts closes its session's socket and says no more.
        socket.allowHalfOpen = false;
        http2.emit("connection", socket);
      } else for (const serve of serveHttp1) serve.call(http1, socket);
    };
    socket.on("readable", peek);
    socket.on("error", ignoreReset);
    socket.once("close", settle);
  });
  return undecided;
}

const HTTP2_PREFACE = Buffer.from("PRI");

/** What has come so far, once it tells the protocols apart: three bytes, or a first byte that is not `P`. */
function readFirstBytes(socket: Socket): Buffer | null {
  const bytes = socket.read() as Buffer | null;
  if (bytes === null) return null;
  if (bytes.length >= 3 || bytes[0] !== HTTP2_PREFACE[0]) return bytes;
  socket.unshift(bytes);
  return null;
}
