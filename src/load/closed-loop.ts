/**
 * Closed-loop load by autocannon: each connection sends its next call when the last one has ended.
 *
 * What autocannon 9.0.0 does by itself (measured with load-tests/bench/autocannon-traps.ts) and what is done about it here:
 * - Its rate options correct latencies for an expected interval that is always 1 ms: 60 calls to a constant 500 ms server became
 *   30,190 samples with a p50 of 252 ms. So no rate is set, and latencies are taken by our own clock.
 * - At the end of `duration` it cuts off every open call without a word, which the gateway must then settle as aborted. So its
 *   duration is only a backstop: at the deadline each connection is told that the call it has open is its last.
 * - An answer that ends in the middle is no error to it (1,250 cut answers: 0 errors). So a call that was sent and not answered
 *   is counted here, as lost.
 * - `setupRequest` with `onResponse` costs about 9 us a call on the driving side, a third of its own cost: worth the request id.
 */

import autocannon from "autocannon";
import type { Clock } from "../domain/ports.ts";
import { readRequestId } from "./clients/exchange.ts";
import type { PreparedRequest } from "./clients/prepared.ts";

/** What came back for one prepared request. */
export interface LoopAnswer<T> {
  readonly sent: T;
  readonly status: number;
  readonly requestId: string | null;
  readonly serviceMs: number;
  readonly body: string;
}

export interface ClosedLoopOptions<T extends { readonly request: PreparedRequest }> {
  readonly url: string;
  readonly connections: number;
  readonly durationMs: number;
  /** The next call to send; called once per call, in the order of sending. */
  pick(): T;
  onAnswer(answer: LoopAnswer<T>): void;
  /** A call that was sent and got no whole answer. */
  onLost(sent: T): void;
  readonly clock: Clock;
  /** Ends the loop early, as the deadline does. */
  readonly signal?: AbortSignal;
}

/** Runs the loop and resolves when every connection has had its last answer. Rejects when autocannon cannot start. */
export async function runClosedLoop<T extends { readonly request: PreparedRequest }>(
  options: ClosedLoopOptions<T>,
): Promise<void> {
  const { clock } = options;
  const open = new Set<Sent<T>>();
  const clients = new Set<DrainableClient>();
  const drain = () => {
    for (const client of clients) client.responseMax = Math.max(1, client.reqsMade);
  };
  const deadline = setTimeout(drain, options.durationMs);
  options.signal?.addEventListener("abort", drain, { once: true });

  try {
    await autocannon({
      url: options.url,
      connections: options.connections,
      pipelining: 1,
      duration: Math.ceil(options.durationMs / 1_000) + DRAIN_SECONDS,
      timeout: ANSWER_TIMEOUT_SECONDS,
      sampleInt: 1_000,
      setupClient: (client) => void clients.add(client as unknown as DrainableClient),
      requests: [
        {
          setupRequest: (template, context) => {
            const slot = context as { sent?: Sent<T> };
            const call = options.pick();
            slot.sent = { call, atMs: clock.monotonicMs() };
            open.add(slot.sent);
            const { method, path, headers, body } = call.request;
            return { ...template, method, path, headers: { ...headers }, body };
          },
          onResponse: (status, body, context, headers) => {
            const { sent } = context as { sent?: Sent<T> };
            if (sent === undefined || !open.delete(sent)) return;
            const serviceMs = clock.monotonicMs() - sent.atMs;
            options.onAnswer({
              sent: sent.call,
              status,
              requestId: readRequestId(inLowerCase(headers)),
              serviceMs,
              body,
            });
          },
        },
      ],
    });
  } finally {
    clearTimeout(deadline);
    options.signal?.removeEventListener("abort", drain);
  }
  for (const { call } of open) options.onLost(call);
}

interface Sent<T> {
  readonly call: T;
  readonly atMs: number;
}

/** The two fields of autocannon's client (lib/httpClient.js, 9.0.0) by which a connection can be told to end after its open call. */
interface DrainableClient {
  responseMax: number;
  reqsMade: number;
}

const ANSWER_TIMEOUT_SECONDS = 30;
/** Longest time after the deadline that open calls get; then they count as lost. */
const DRAIN_SECONDS = ANSWER_TIMEOUT_SECONDS + 5;

function inLowerCase(
  headers: Readonly<Record<string, unknown>> | undefined,
): Record<string, string | undefined> {
  const lower: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers ?? {})) lower[name.toLowerCase()] = String(value);
  return lower;
}
