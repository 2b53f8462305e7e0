/** Bedrock's OpenAI-compatible paths: the caller's OpenAI request, its AWS credential, Bedrock's model ids. */

import { isJsonObject } from "../../domain/json.ts";
import { refusal, type Refusal } from "../../domain/refusal.ts";
import { openAiError } from "../../wire/openai/errors.ts";
import { parseJson } from "../../wire/openai/json.ts";
import { GatewayUnreachableError } from "../gateway-client.ts";
import { forwardableHeaders } from "../headers.ts";
import { relayAnswer } from "../relay-answer.ts";
import { receive, type Incoming, type Receipt } from "./receive.ts";
import type { BedrockService } from "./serve-bedrock.ts";

/** Both of Bedrock's OpenAI endpoints, runtime and mantle, are served here. */
const SERVICES = ["bedrock", "bedrock-mantle"];

/** Relays one call to `path` of the gateway; refusals are OpenAI errors, which is what callers of these paths read. */
export async function serveOpenAi(incoming: Incoming, path: string, service: BedrockService): Promise<void> {
  const { exchange, requestId } = incoming;
  const receipt = await receive(incoming, SERVICES, service);
  if (receipt.kind === "gone") return;
  if (receipt.kind === "refused") return sendRefusal(incoming, refusalOf(receipt));
  const rewritten = bodyForGateway(incoming.exchange, receipt.body, service.publicNames);
  if (rewritten.kind === "refused") return sendRefusal(incoming, rewritten.refusal);
  try {
    const answer = await service.gateway.send({
      method: exchange.method,
      path,
      headers: headersForGateway(exchange.rawHeaders),
      body: rewritten.body.length === 0 ? null : rewritten.body,
      signal: exchange.closed,
    });
    await relayAnswer(answer, (status, headers) =>
      exchange.start(status, { ...headers, "x-amzn-requestid": requestId }),
    );
  } catch (error) {
    if (exchange.closed.aborted) return;
    if (!(error instanceof GatewayUnreachableError)) throw error;
    sendRefusal(incoming, refusal("upstream_error", error.message));
  }
}

function refusalOf({ fault, error }: Extract<Receipt, { kind: "refused" }>): Refusal {
  switch (fault) {
    case "credential":
      return refusal("invalid_api_key", error.message);
    case "too-large":
      return refusal("body_too_large", error.message);
    case "too-slow":
      return refusal("request_timeout", error.message);
  }
}

type BodyForGateway =
  | { readonly kind: "body"; readonly body: Buffer }
  | { readonly kind: "refused"; readonly refusal: Refusal };

interface RequestMeta {
  readonly method: string;
  readonly headers: Readonly<{
    "content-type"?: string | undefined;
    "content-encoding"?: string | undefined;
  }>;
}

/** Gives the model its public name; all else, also a body that is not JSON or is compressed, is the gateway's to judge. */
export function bodyForGateway(
  { method, headers }: RequestMeta,
  body: Buffer,
  publicNames: ReadonlyMap<string, string>,
): BodyForGateway {
  if (method !== "POST") {
    if (body.length === 0) return { kind: "body", body };
    return { kind: "refused", refusal: refusal("malformed_request", "only POST may carry a body") };
  }
  const isJson = /^application\/json\b/i.test(headers["content-type"] ?? "");
  if (!isJson || headers["content-encoding"] !== undefined) return { kind: "body", body };
  const reading = parseJson(body);
  if (reading.kind === "malformed") {
    return { kind: "refused", refusal: refusal("malformed_request", reading.message) };
  }
  if (reading.kind === "duplicate-key") {
    const param = reading.path.slice(0, 128);
    return {
      kind: "refused",
      refusal: refusal("duplicate_key", `the key \`${param}\` stands twice`, { param }),
    };
  }
  const { value } = reading;
  if (!isJsonObject(value)) return { kind: "body", body };
  const publicName = typeof value["model"] === "string" ? publicNames.get(value["model"]) : undefined;
  if (publicName === undefined) return { kind: "body", body };
  return { kind: "body", body: Buffer.from(JSON.stringify({ ...value, model: publicName })) };
}

/** Without what belongs to AWS's signature, and without the length of a body that may have changed. */
function headersForGateway(rawHeaders: readonly string[]): string[] {
  const passed = forwardableHeaders(rawHeaders);
  return passed.flatMap((name, at) => {
    if (at % 2 === 1 || /^(x-amz-|amz-sdk-|content-length$)/i.test(name)) return [];
    return [name, passed[at + 1] ?? ""];
  });
}

function sendRefusal({ exchange, requestId }: Incoming, refused: Refusal): void {
  const { status, headers, body } = openAiError(refused);
  const ids = {
    "x-amzn-requestid": requestId,
    "x-request-id": requestId,
    "x-clauseway-clause": refused.clause,
  };
  exchange.start(status, { ...headers, ...ids }).end(body);
}
