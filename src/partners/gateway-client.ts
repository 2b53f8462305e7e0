/** A frontend's way to the gateway: one pool, the frontend's own credential, finite timeouts, abort at once. */

import type { Readable } from "node:stream";
import { Pool, type Dispatcher } from "undici";
import { placementHeadersOf } from "./headers.ts";

interface GatewayRequest {
  readonly method: string;
  /** Raw, with the query: `/v1/chat/completions`. */
  readonly path: string;
  /** Flat name, value list, without credentials and hop-by-hop fields. */
  readonly headers: readonly string[];
  readonly body: Buffer | string | Readable | null;
  /** Aborted when the frontend's own caller has left: the gateway call is cancelled, its body too. */
  readonly signal: AbortSignal;
}

export interface GatewayAnswer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData["headers"];
  /** `x-clauseway-*` and `x-request-id`, for the caller. */
  readonly placement: Readonly<Record<string, string>>;
  /** Errors when the gateway's stream is cut. */
  readonly body: Dispatcher.ResponseData["body"];
}

export interface GatewayClient {
  /** Resolves with the answer's head. Rejects with GatewayUnreachableError, or with the signal's reason after an abort. */
  send(request: GatewayRequest): Promise<GatewayAnswer>;
  /** Drops open calls and connections. */
  close(): Promise<void>;
}

/** The gateway could not be reached, or broke off before it answered. */
export class GatewayUnreachableError extends Error {
  override readonly name = "GatewayUnreachableError";
}

/** Three frontends share the gateway's 1,024 connections; calls over this wait in the pool. */
const CONNECTION_LIMIT = 320;

/** Opens no connection by itself; `gatewayUrl` is an origin without a path. */
export function createGatewayClient(gatewayUrl: string, gatewayKey: string): GatewayClient {
  const pool = new Pool(gatewayUrl, {
    connections: CONNECTION_LIMIT,
    connect: { timeout: 2_000 },
    // The gateway bounds a whole call to 10 minutes and answers 504 itself; we wait as long, so its answer gets through.
    headersTimeout: 600_000,
    bodyTimeout: 600_000,
    maxHeaderSize: 16_384,
    allowH2: false,
  });
  return {
    send: (request) => send(pool, gatewayKey, request),
    close: () => pool.destroy(),
  };
}

async function send(pool: Pool, gatewayKey: string, request: GatewayRequest): Promise<GatewayAnswer> {
  try {
    const answer = await pool.request({
      method: request.method as Dispatcher.HttpMethod,
      path: request.path,
      headers: [...request.headers, "authorization", `Bearer ${gatewayKey}`],
      body: request.body,
      signal: request.signal,
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      placement: placementHeadersOf(answer.headers),
      body: answer.body,
    };
  } catch (cause) {
    request.signal.throwIfAborted();
    throw new GatewayUnreachableError("the gateway did not answer", { cause });
  }
}
