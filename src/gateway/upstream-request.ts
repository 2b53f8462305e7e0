/** The call as it goes to a provider: a new request line, new headers, the body written from what was read. */

import type { IncomingMessage } from "node:http";
import type { JsonObject } from "../domain/json.ts";
import { withoutApiVersion } from "../wire/azure/paths.ts";
import type { Call } from "./call.ts";
import type { GatewayLimits } from "./gateway.ts";
import type { UpstreamHandle, UpstreamRequest } from "./upstream.ts";
import { headersFor } from "./upstream-headers.ts";

interface Parts {
  readonly request: IncomingMessage;
  /** The checked body; null for an operation without one. */
  readonly body: JsonObject | null;
  readonly signal: AbortSignal;
  readonly limits: GatewayLimits;
}

/** Builds the request for one attempt at `handle`. A query is passed on with GET only, where it pages lists. */
export function upstreamRequest(call: Call, handle: UpstreamHandle, parts: Parts): UpstreamRequest {
  const { request, body, signal, limits } = parts;
  const target = (request.url ?? "").slice(call.pathStart);
  const path = call.dialect === "azure" ? withoutApiVersion(target) : target;
  const [withoutQuery = path] = path.split("?", 1);
  return {
    method: request.method as UpstreamRequest["method"],
    path: request.method === "GET" ? path : withoutQuery,
    headers: headersFor(handle.provider, {
      requestId: call.requestId,
      partner: call.partner?.id ?? "",
      contentType: body === null ? null : "application/json",
    }),
    body: body === null ? null : JSON.stringify(upstreamBody(call, handle, body)),
    signal,
    firstByteTimeoutMs: call.features?.stream ? limits.firstByteTimeoutMs : limits.totalTimeoutMs,
  };
}

/** The caller's body under the provider's deployment name; a chat stream always reports its usage to us. */
function upstreamBody(call: Call, handle: UpstreamHandle, body: JsonObject): JsonObject {
  const deployment = call.model?.deployments[handle.provider.id];
  const named =
    deployment === undefined || deployment === body["model"] ? body : { ...body, model: deployment };
  if (!call.features?.stream || call.operation?.id !== "chat.completions.create") return named;
  const options = named["stream_options"];
  const given = typeof options === "object" && options !== null && !Array.isArray(options) ? options : {};
  return { ...named, stream_options: { ...given, include_usage: true } };
}
