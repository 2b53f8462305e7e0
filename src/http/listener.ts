/** Listeners with finite limits: the one way this project opens a TCP port for HTTP/1.1. */

import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A listening role. `url` has no trailing slash. */
export interface RunningServer {
  readonly url: string;
  /** Stops accepting, lets open calls end for `graceMs`, then destroys what is left; resolves when all is closed. */
  close(graceMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Longest time for a whole request to arrive; a listener that takes large uploads needs more than the default. */
  readonly requestTimeoutMs?: number;
}

/** Starts a bounded HTTP/1.1 server. Rejects with the bind error (`EADDRINUSE`, ...) when the port cannot be had. */
export function listen(handler: RequestListener, options: ListenOptions): Promise<RunningServer> {
  return listenWith(createBoundedServer(handler, options), options);
}

/** An HTTP/1.1 server with finite limits (Node's own leave a slow client 90 s, and connections unbounded). */
export function createBoundedServer(
  handler: RequestListener,
  { requestTimeoutMs = 30_000 }: Pick<ListenOptions, "requestTimeoutMs">,
): Server {
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16_384,
      insecureHTTPParser: false,
    },
    handler,
  );
  server.maxConnections = 1_024;
  return server;
}

/** Binds a server that the caller built with `createBoundedServer` to add its own events; same promise as `listen`. */
export async function listenWith(server: Server, options: ListenOptions): Promise<RunningServer> {
  server.listen(options.port, options.host);
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  return {
    url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${address.port}`,
    close: (graceMs) => closeGracefully(server, graceMs),
  };
}

async function closeGracefully(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
