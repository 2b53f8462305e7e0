/** One request at a mock cloud, from its headers on. */

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CloudService } from "../service.ts";

export interface CloudCall {
  readonly service: CloudService;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly operation: string;
  /** Id in the path, decoded; empty when the operation has none. */
  readonly id: string;
  /** Second id in the path (an item of a conversation), decoded; empty when there is none. */
  readonly itemId: string;
  readonly query: URLSearchParams;
  /** Deployment in the path (Azure), which wins over the body's model. */
  readonly deployment: string | null;
  readonly caller: "gateway" | "direct";
  /** Scope of every stored object; null is a scope of its own. */
  readonly project: string | null;
  /** The caller's name for the call, at most 128 characters. */
  readonly requestId: string | null;
  /** Our name for the call. */
  readonly replyId: string;
  readonly startedAtMs: number;
  readonly arrivedMonotonicMs: number;
  /** Aborted when the client leaves before its answer is whole. */
  readonly gone: AbortSignal;
  elapsedMs(): number;
}

const LONGEST_NAME = 128;

/** Opens a call that was matched and authenticated. */
export function openCall(
  service: CloudService,
  request: IncomingMessage,
  response: ServerResponse,
  matched: Pick<CloudCall, "operation" | "id" | "itemId" | "query" | "deployment" | "caller">,
): CloudCall {
  const controller = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) controller.abort();
  });
  const arrivedMonotonicMs = service.clock.monotonicMs();
  return {
    ...matched,
    service,
    request,
    response,
    project: header(request, "openai-project"),
    requestId: header(request, "x-ms-client-request-id") ?? header(request, "x-client-request-id"),
    replyId: randomUUID(),
    startedAtMs: service.clock.nowMs(),
    arrivedMonotonicMs,
    gone: controller.signal,
    elapsedMs: () => service.clock.monotonicMs() - arrivedMonotonicMs,
  };
}

function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === "string" && value !== "" ? value.slice(0, LONGEST_NAME) : null;
}
