/**
 * The only place that opens sockets to providers. A handle exists only for a provider in the allowed set of a decision, so no
 * retry, hand-over or side path can reach another one.
 */

import type { Readable } from "node:stream";
import { Pool, type Dispatcher } from "undici";
import type { Deployment, ProviderId } from "../domain/call.ts";
import type { Provider } from "../domain/catalogue.ts";
import { exchange, type WholeResponse } from "./exchange.ts";
import type { RequestHeaders } from "./upstream-headers.ts";

/** The agreement was about to be broken by our own code: a bug, so the call ends and nothing is sent. */
class ExclusivityError extends Error {
  override readonly name = "ExclusivityError";
}

export interface UpstreamRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Path after the provider's base, with query, such as `/chat/completions`. */
  readonly path: string;
  readonly headers: RequestHeaders;
  /** A stream is passed on with backpressure, and destroyed when the request fails. */
  readonly body: string | Buffer | Readable | null;
  readonly signal: AbortSignal;
  /** Longest wait for the response headers. */
  readonly firstByteTimeoutMs: number;
}

export interface UpstreamHandle {
  readonly deployment: Deployment;
  readonly provider: Provider;
  /** Base URL of the region, for tunnels. */
  readonly baseUrl: string;
  /** Opens an answer that is read as it comes. */
  send(request: UpstreamRequest): Promise<Dispatcher.ResponseData>;
  /** Asks for an answer that is read whole; cheaper than `send`. */
  exchange(request: UpstreamRequest): Promise<WholeResponse>;
}

export interface Upstreams {
  /** A handle for `deployment`; throws ExclusivityError when its provider is not in `allowed`. */
  handleFor(deployment: Deployment, allowed: readonly ProviderId[]): UpstreamHandle;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 2_000;
const CONNECTIONS_PER_REGION = 512;

/** Opens one connection pool per configured region; a body may pause for at most `idleTimeoutMs`. */
export function createUpstreams(
  providers: ReadonlyMap<string, Provider>,
  { idleTimeoutMs }: { readonly idleTimeoutMs: number },
): Upstreams {
  const handles = new Map<string, UpstreamHandle>();
  const pools: Pool[] = [];
  for (const provider of providers.values()) {
    for (const { region, baseUrl } of provider.regions) {
      const base = new URL(baseUrl);
      const pool = new Pool(base.origin, {
        connections: CONNECTIONS_PER_REGION,
        pipelining: 1,
        connect: { timeout: CONNECT_TIMEOUT_MS },
        bodyTimeout: idleTimeoutMs,
        maxHeaderSize: 65_536,
      });
      pools.push(pool);
      const prefix = base.pathname.replace(/\/+$/, "");
      const deployment = { id: `${provider.id}/${region}`, provider: provider.id, region };
      handles.set(deployment.id, {
        deployment,
        provider,
        baseUrl,
        send: ({ firstByteTimeoutMs, path, ...request }) =>
          pool.request({ ...request, path: `${prefix}${path}`, headersTimeout: firstByteTimeoutMs }),
        exchange: ({ firstByteTimeoutMs, path, signal, ...request }) =>
          exchange(
            pool,
            { ...request, path: `${prefix}${path}`, headersTimeout: firstByteTimeoutMs },
            signal,
          ),
      });
    }
  }
  return {
    handleFor: (deployment, allowed) => {
      const handle = handles.get(deployment.id);
      if (!handle) throw new Error(`no deployment \`${deployment.id}\` is configured`);
      if (!allowed.includes(handle.deployment.provider)) {
        throw new ExclusivityError(`\`${deployment.id}\` is outside the allowed set ${allowed.join(", ")}`);
      }
      return handle;
    },
    close: async () => {
      await Promise.all(pools.map((pool) => pool.destroy()));
    },
  };
}
