/**
 * Telling a stale keep-alive connection from an upstream that broke off. undici reports both as the same error, and only the
 * first is safe to send again. Its diagnostics channels name the socket a request went out on, so we compare what that socket
 * had received by then with what it has received at the end. A peer that had already let go says so within a round trip; one
 * that stays silent for longer may have read the request, and run it. This is a judgement by time and no proof: an upstream
 * that reads the request and resets at once looks the same.
 */

import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

interface Sending {
  readonly socket: Socket;
  readonly bytesReadBefore: number;
  readonly sentAtMs: number;
}

/** Longer than a round trip to any region, shorter than a model takes to be worth repeating. */
const ROUND_TRIP_MS = 200;

/** By undici's request objects, which both channels show. */
const sendings = new WeakMap<object, Sending>();
const staleErrors = new WeakSet<object>();

subscribe("undici:client:sendHeaders", (message) => {
  const { request, socket } = message as { readonly request: object; readonly socket: Socket };
  sendings.set(request, { socket, bytesReadBefore: socket.bytesRead, sentAtMs: performance.now() });
});

subscribe("undici:request:error", (message) => {
  const { request, error } = message as { readonly request: object; readonly error: unknown };
  const sending = sendings.get(request);
  if (!sending || typeof error !== "object" || error === null) return;
  const { socket, bytesReadBefore, sentAtMs } = sending;
  const atOnce = performance.now() - sentAtMs < ROUND_TRIP_MS;
  if (atOnce && bytesReadBefore > 0 && socket.bytesRead === bytesReadBefore) staleErrors.add(error);
});

/** Whether `error` ended a request, at once, on a connection that had served before, and that gave not one byte to this one. */
export function metStaleSocket(error: unknown): boolean {
  return typeof error === "object" && error !== null && staleErrors.has(error);
}
