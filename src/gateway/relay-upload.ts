/**
 * Uploads are tunnels: `http-proxy` streams them, after the same authentication and decision as any call. What that library
 * does not do is done here: headers are replaced before it sees them (its `proxyReq` event is skipped under `Expect`), the
 * size is bounded, and a peer that breaks off ends the call on both sides.
 */

import type { ClientRequest, IncomingMessage } from "node:http";
import { Transform, type TransformCallback } from "node:stream";
import httpProxy from "http-proxy";
import type { Outcome } from "../domain/outcome.ts";
import { refusal, statusOf, type Refusal, type RefusalCode } from "../domain/refusal.ts";
import { NO_USAGE } from "../domain/usage.ts";
import { readJson, type JsonValue } from "../domain/json.ts";
import type { Relay } from "./relay-json.ts";
import { readReply } from "./reply-facts.ts";
import { answerRefusal, ownHeaders } from "./reply.ts";
import { settleCall } from "./settle-call.ts";
import { refusalFromUpstream } from "./upstream-error.ts";
import { headersFor } from "./upstream-headers.ts";
import type { UpstreamHandle } from "./upstream.ts";

const MAX_REPLY_BYTES = 1_048_576;
const SILENCE_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 2_000;

interface UploadReply {
  readonly kind: "reply";
  readonly status: number;
  readonly body: Buffer;
}

/** Streams one upload to the planned deployment, settles it, and answers with what the provider said about the file. */
export async function relayUpload(relay: Relay, request: IncomingMessage): Promise<void> {
  const { call, gateway, plan, response } = relay;
  const handle = gateway.upstreams.handleFor(plan.deployment, plan.verdict.providers);
  gateway.health.started(plan.deployment);
  const startedMs = gateway.clock.monotonicMs();
  call.attempts += 1;
  const reply = await tunnel(relay, request, handle);
  call.upstreamMs = gateway.clock.monotonicMs() - startedMs;
  if (reply.kind === "refusal") {
    if (reply.code === "provider_unavailable") gateway.health.failed(plan.deployment);
    else gateway.health.answered(plan.deployment);
    const outcome = outcomeOf(reply.code);
    await settleUpload(relay, { status: statusOf(reply.code), outcome }, null);
    // Whoever left reads no answer, and the call stays what it was settled as.
    if (outcome === "aborted") response.destroy();
    else answerRefusal(response, call, reply, { closing: true });
    return;
  }
  gateway.health.answered(plan.deployment);
  const outcome =
    reply.status < 300 ? "ok" : reply.status >= 400 && reply.status < 500 ? "client_error" : "upstream_error";
  await settleUpload(relay, { status: reply.status, outcome }, readJson(reply.body.toString("utf8")));
  if (reply.status >= 300) {
    const refused = refusalFromUpstream(reply.status, reply.body, undefined, {
      plan,
      provider: handle.provider,
    });
    answerRefusal(response, call, refused);
    return;
  }
  response.writeHead(reply.status, {
    "content-type": "application/json",
    ...ownHeaders(call),
    "content-length": String(reply.body.length),
  });
  response.end(reply.body);
}

function tunnel(
  relay: Relay,
  request: IncomingMessage,
  handle: UpstreamHandle,
): Promise<UploadReply | Refusal> {
  const { call, gateway, plan, response } = relay;
  const { clause } = plan;
  replaceHeaders(request, handle, call.requestId, call.partner?.id ?? "");
  return new Promise((resolve) => {
    const unavailable = (): void =>
      resolve(
        refusal("provider_unavailable", `${plan.deployment.provider} did not take the upload`, {
          clause,
          retryAfterSeconds: 2,
        }),
      );
    let outgoing: ClientRequest | null = null;
    const bounded = boundBytes(gateway.limits.maxUploadBytes, () => {
      resolve(
        refusal("body_too_large", `the upload is larger than ${gateway.limits.maxUploadBytes} bytes`, {
          clause,
        }),
      );
      // The library lets go of the upstream only when the client leaves; ours may stay to read the refusal.
      outgoing?.destroy();
    });
    request.on("close", () => {
      if (!request.complete) resolve(refusal("malformed_request", "the upload broke off", { clause }));
    });
    const proxy = httpProxy.createProxyServer({
      target: `${handle.baseUrl}/files`,
      ignorePath: true,
      changeOrigin: true,
      selfHandleResponse: true,
      connectTimeout: CONNECT_TIMEOUT_MS,
      proxyTimeout: SILENCE_TIMEOUT_MS,
      buffer: request.pipe(bounded),
    });
    proxy.on("proxyReq", (upstream) => {
      outgoing = upstream;
    });
    proxy.on("proxyRes", (upstream) => {
      collect(upstream).then((body) => {
        if (body === null) return unavailable();
        return resolve({ kind: "reply", status: upstream.statusCode ?? 502, body });
      }, unavailable);
    });
    proxy.web(request, response, {}, unavailable);
  });
}

/** The library copies `request.headers` to the upstream, so they become exactly what the upstream shall see. */
function replaceHeaders(
  request: IncomingMessage,
  handle: UpstreamHandle,
  requestId: string,
  partner: string,
): void {
  const { "content-length": contentLength, "transfer-encoding": transferEncoding } = request.headers;
  const kept = headersFor(handle.provider, {
    requestId,
    partner,
    contentType: request.headers["content-type"] ?? null,
  });
  for (const name of Object.keys(request.headers)) delete request.headers[name];
  Object.assign(request.headers, kept);
  if (contentLength !== undefined) request.headers["content-length"] = contentLength;
  else if (transferEncoding !== undefined) request.headers["transfer-encoding"] = "chunked";
}

function boundBytes(maxBytes: number, onExceeded: () => void): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, callback: TransformCallback) {
      size += chunk.length;
      if (size <= maxBytes) return callback(null, chunk);
      onExceeded();
      return callback();
    },
  });
}

async function collect(upstream: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of upstream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_REPLY_BYTES) return null;
    chunks.push(chunk);
  }
  return upstream.complete ? Buffer.concat(chunks, size) : null;
}

/** How an upload ended that got no answer: the client left, sent too much, or the provider failed. */
function outcomeOf(code: RefusalCode): Outcome {
  if (code === "malformed_request") return "aborted";
  return code === "body_too_large" ? "client_error" : "upstream_error";
}

async function settleUpload(
  relay: Relay,
  { status, outcome }: { readonly status: number; readonly outcome: Outcome },
  reply: JsonValue,
): Promise<void> {
  const { call, gateway, plan } = relay;
  const { operation } = call;
  if (!operation) throw new Error("an upload has an operation");
  const facts = readReply(outcome === "ok" ? reply : null, {
    operation,
    subjectId: null,
    partner: call.partner?.id ?? "",
    deployment: plan.deployment,
    retained: true,
    nowMs: gateway.clock.nowMs(),
  });
  await settleCall(gateway, call, plan, {
    deployment: plan.deployment,
    outcome,
    httpStatus: status,
    streamed: false,
    mayHaveRun: false,
    ...facts,
    usage: NO_USAGE,
    usageFault: null,
  });
}
