/** Ending a call: the meter row first, so that whoever sees the answer finds the row. */

import type { CloudError } from "../cloud-error.ts";
import type { CloudCall } from "./call.ts";

/** What a call consumed; absent counts are unknown. */
export interface Consumed {
  readonly model?: string;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly streamed?: boolean;
}

/** Status of a call whose client left; no answer carries it. */
const CLIENT_CLOSED_REQUEST = 499;

/** Answers with JSON. */
export function replyJson(call: CloudCall, body: object, consumed: Consumed = {}, status = 200): void {
  const text = JSON.stringify(body);
  record(call, status, consumed);
  call.response.writeHead(status, {
    ...call.service.dialect.replyHeaders(call),
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  call.response.end(text);
}

/** Answers with a refusal in the cloud's own shape. */
export function replyError(call: CloudCall, error: CloudError): void {
  const { status, body } = call.service.dialect.error(error);
  if (call.response.headersSent) {
    record(call, status, {});
    call.response.destroy();
    return;
  }
  replyJson(call, body, {}, status);
}

/** Opens a stream of server-sent events. */
export function openStream(call: CloudCall): void {
  call.response.writeHead(200, {
    ...call.service.dialect.replyHeaders(call),
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
  });
}

/** Writes to a stream and waits while the client is slow; false once it has left. */
export async function writeStream(call: CloudCall, text: string): Promise<boolean> {
  if (call.gone.aborted) return false;
  if (call.response.write(text)) return true;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      call.response.off("drain", go);
      call.gone.removeEventListener("abort", go);
      resolve();
    };
    call.response.once("drain", go);
    call.gone.addEventListener("abort", go, { once: true });
  });
  return !call.gone.aborted;
}

/** Ends a stream with its last events. */
export function closeStream(call: CloudCall, text: string, consumed: Consumed): void {
  record(call, 200, { ...consumed, streamed: true });
  call.response.end(text);
}

/** Writes down a call whose client has left, with what was made for it so far. */
export function recordGone(call: CloudCall, consumed: Consumed = {}): void {
  record(call, CLIENT_CLOSED_REQUEST, consumed);
}

/** Writes one row for the call; `replyJson` and `closeStream` do it themselves. */
export function record(call: CloudCall, status: number, consumed: Consumed): void {
  call.service.meter.record({
    requestId: call.requestId,
    caller: call.caller,
    project: call.project,
    region: call.service.region,
    operation: call.operation,
    model: consumed.model ?? null,
    status,
    inputTokens: consumed.inputTokens ?? null,
    cachedInputTokens: consumed.inputTokens === undefined ? null : 0,
    outputTokens: consumed.outputTokens ?? null,
    trainedTokens: null,
    streamed: consumed.streamed ?? false,
    startedAtMs: call.startedAtMs,
    latencyMs: call.elapsedMs(),
  });
}
