/** Answers to the client: our own headers on every one, and an allow-list of the upstream's. */

import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Outcome } from "../domain/outcome.ts";
import { statusOf, type Refusal } from "../domain/refusal.ts";
import { azureRefusal } from "../wire/azure/refusals.ts";
import { openAiError, type ErrorAnswer } from "../wire/openai/errors.ts";
import type { Call } from "./call.ts";

/** What a client may see of an upstream's headers; `set-cookie`, `server` and region hints stay behind. */
const PASSED_HEADERS = [
  "content-type",
  "openai-processing-ms",
  "openai-version",
  "retry-after",
  "retry-after-ms",
  "x-ratelimit-limit-requests",
  "x-ratelimit-limit-tokens",
  "x-ratelimit-remaining-requests",
  "x-ratelimit-remaining-tokens",
] as const;

/** What an Azure client looks for on top; only an Azure upstream sends it. */
const PASSED_AZURE_HEADERS = [
  "azure-openai-deployment-utilization",
  "x-ms-rai-invoked",
  "x-ms-region",
] as const;

/** Our headers of one answer: the ids that ledger, log and metrics carry too. */
export function ownHeaders(call: Call): Record<string, string> {
  const [provider, region] = (call.deployment ?? "none/none").split("/");
  const headers: Record<string, string> = {
    "x-request-id": call.requestId,
    "x-clauseway-request-id": call.requestId,
    "x-clauseway-clause": call.clause,
    "x-clauseway-class": call.plan?.classification.workload ?? "none",
    "x-clauseway-provider": provider ?? "none",
    "x-clauseway-region": region ?? "none",
    "x-clauseway-digest": call.world.digest.slice(0, 16),
  };
  if (call.dialect === "azure") {
    // The id that Azure's support asks for.
    headers["apim-request-id"] = call.requestId;
    headers["x-content-type-options"] = "nosniff";
  }
  return headers;
}

/** The upstream's headers that this caller may see. */
export function passedHeaders(upstream: IncomingHttpHeaders, { dialect }: Call): Record<string, string> {
  const passed = pick(upstream, PASSED_HEADERS);
  return dialect === "azure" ? { ...passed, ...pick(upstream, PASSED_AZURE_HEADERS) } : passed;
}

function pick(upstream: IncomingHttpHeaders, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = upstream[name];
    if (typeof value === "string") picked[name] = value;
  }
  return picked;
}

/** Answers with a refusal in the caller's dialect. `closing` ends the connection, for requests that cannot be trusted. */
export function answerRefusal(
  response: ServerResponse,
  call: Call,
  refused: Refusal,
  options: { readonly closing?: boolean } = {},
): void {
  call.refusal = refused.code;
  call.clause = refused.clause;
  // What was settled is the last word: a call that the ledger has as aborted was aborted.
  if (call.settled === null) call.outcome = outcomeOf(refused);
  call.httpStatus = statusOf(refused.code);
  call.refusedByAgreement ||= refused.code === "agreement_denied" || refused.code === "unclassifiable";
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const error = wordRefusal(response, call, refused);
  response.writeHead(error.status, {
    ...error.headers,
    ...ownHeaders(call),
    "content-length": String(Buffer.byteLength(error.body)),
    ...(options.closing ? { connection: "close" } : {}),
  });
  response.end(error.body);
}

function wordRefusal({ req }: ServerResponse, { dialect }: Call, refused: Refusal): ErrorAnswer {
  if (dialect === "openai") return openAiError(refused);
  return azureRefusal(refused, { usedBearer: req.headers.authorization !== undefined });
}

/** How a call that ends with this refusal ended. */
export function outcomeOf({ code }: Refusal): Outcome {
  switch (code) {
    case "agreement_denied":
    case "unclassifiable":
      return "denied";
    case "rate_limited":
      return "rate_limited";
    case "upstream_timeout":
      return "timeout";
    case "upstream_error":
    case "upstream_truncated":
    case "provider_unavailable":
      return "upstream_error";
    case "ledger_unavailable":
    case "shutting_down":
    case "internal_error":
      return "internal_error";
    default:
      return "client_error";
  }
}
