/** The Bedrock Runtime operations: receive, translate, ask the gateway, translate back. */

import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { JsonObject, JsonValue } from "../../domain/json.ts";
import { chatRequestOf, type Translation } from "../../wire/bedrock/converse-request.ts";
import { converseAnswerOf } from "../../wire/bedrock/converse-answer.ts";
import { answerOfAwsError, awsError, awsErrorOfGateway, type AwsError } from "../../wire/bedrock/errors.ts";
import { chatRequestOfInvoke, invocationHeadersOf } from "../../wire/bedrock/invoke-model.ts";
import { parseJson } from "../../wire/openai/json.ts";
import { GatewayUnreachableError, type GatewayAnswer, type GatewayClient } from "../gateway-client.ts";
import { BrokenAnswerError, readErrorAnswer, readJsonAnswer } from "../read-gateway.ts";
import type { AmazonOptions } from "./options.ts";
import { receive, type Incoming } from "./receive.ts";
import type { BedrockOperation } from "./routes.ts";
import { conversationFrames, invocationFrames } from "./stream-frames.ts";

export interface BedrockService extends AmazonOptions {
  readonly gateway: GatewayClient;
  /** Bedrock id -> the name the gateway knows. */
  readonly publicNames: ReadonlyMap<string, string>;
}

interface BedrockCall {
  readonly operation: BedrockOperation;
  readonly modelId: string;
}

type Placement = Readonly<Record<string, string>>;
type Reply =
  | { readonly kind: "error"; readonly error: AwsError; readonly placement: Placement }
  | { readonly kind: "json"; readonly headers: Placement; readonly body: JsonObject }
  | { readonly kind: "frames"; readonly headers: Placement; readonly frames: AsyncIterable<Buffer> };

/** Answers one call; a caller that leaves cancels the gateway call. Rejects only when something unforeseen broke. */
export async function serveBedrock(
  incoming: Incoming,
  call: BedrockCall,
  service: BedrockService,
): Promise<void> {
  const receipt = await receive(incoming, ["bedrock"], service);
  if (receipt.kind === "gone") return;
  const reply = await replyTo(receipt, incoming, call, service);
  if (incoming.exchange.closed.aborted || reply === null) return;
  await sendReply(reply, incoming);
}

async function replyTo(
  receipt: Exclude<Awaited<ReturnType<typeof receive>>, { kind: "gone" }>,
  incoming: Incoming,
  call: BedrockCall,
  service: BedrockService,
): Promise<Reply | null> {
  if (receipt.kind === "refused") return errorReply(receipt.error);
  const translation = translateCall(receipt.body, call, service.publicNames);
  if (translation.kind === "invalid") {
    return errorReply(awsError("ValidationException", translation.message));
  }
  try {
    return await askGateway(translation, incoming, call, service);
  } catch (error) {
    if (incoming.exchange.closed.aborted) return null;
    if (error instanceof GatewayUnreachableError || error instanceof BrokenAnswerError) {
      return errorReply(awsError("ServiceUnavailableException", error.message));
    }
    throw error;
  }
}

type Translated = { readonly kind: "translated"; readonly body: JsonObject; readonly asked: JsonValue };

/** The chat completions body of a call; `asked` is what the caller sent. `publicNames` are the models by their Bedrock ids. */
export function translateCall(
  bytes: Buffer,
  { operation, modelId }: BedrockCall,
  publicNames: ReadonlyMap<string, string>,
): Translated | Extract<Translation, { kind: "invalid" }> {
  const publicName = publicNames.get(modelId);
  if (publicName === undefined) {
    return {
      kind: "invalid",
      message: `the provided model identifier is invalid: \`${modelId.slice(0, 128)}\``,
    };
  }
  const reading = parseJson(bytes);
  if (reading.kind === "malformed") return { kind: "invalid", message: reading.message };
  if (reading.kind === "duplicate-key") {
    return { kind: "invalid", message: `the key \`${reading.path.slice(0, 128)}\` stands twice` };
  }
  const asked = reading.value;
  const stream = operation === "converse-stream" || operation === "invoke-with-response-stream";
  const translation = operation.startsWith("converse")
    ? chatRequestOf(asked, publicName, stream)
    : chatRequestOfInvoke(asked, { id: modelId, publicName }, stream);
  return translation.kind === "invalid" ? translation : { ...translation, asked };
}

async function askGateway(
  { body, asked }: Translated,
  { exchange }: Incoming,
  { operation }: BedrockCall,
  { gateway, clock }: BedrockService,
): Promise<Reply> {
  const startedMs = clock.monotonicMs();
  const elapsedMs = (): number => Math.round(clock.monotonicMs() - startedMs);
  const answer = await gateway.send({
    method: "POST",
    path: "/v1/chat/completions",
    headers: ["content-type", "application/json", ...claimsOfCaller(exchange.rawHeaders)],
    body: JSON.stringify(body),
    signal: exchange.closed,
  });
  if (answer.status !== 200) return refusalReply(answer);
  const headers = answer.placement;
  switch (operation) {
    case "converse-stream":
      return { kind: "frames", headers, frames: conversationFrames(answer, elapsedMs) };
    case "invoke-with-response-stream":
      return { kind: "frames", headers, frames: invocationFrames(answer, asked, elapsedMs) };
    case "converse": {
      const converse = converseAnswerOf(await readJsonAnswer(answer), elapsedMs());
      if (converse.kind === "translated") return { kind: "json", headers, body: converse.body };
      return {
        kind: "error",
        error: awsError("ModelErrorException", converse.message),
        placement: headers,
      };
    }
    case "invoke": {
      const completion = await readJsonAnswer(answer);
      const counted = invocationHeadersOf(completion, elapsedMs());
      return { kind: "json", headers: { ...headers, ...counted }, body: completion };
    }
  }
}

/** What a caller claims about placement goes on, so that the gateway's guard strips and counts it. */
function claimsOfCaller(rawHeaders: readonly string[]): string[] {
  return rawHeaders.flatMap((name, at) =>
    at % 2 === 0 && name.toLowerCase().startsWith("x-clauseway-") ? [name, rawHeaders[at + 1] ?? ""] : [],
  );
}

async function refusalReply(answer: GatewayAnswer): Promise<Reply> {
  const { message } = await readErrorAnswer(answer);
  const retryAfter = answer.headers["retry-after"];
  const hint = typeof retryAfter === "string" ? retryAfter : null;
  return {
    kind: "error",
    error: awsErrorOfGateway(answer.status, message, hint),
    placement: answer.placement,
  };
}

function errorReply(error: AwsError): Reply {
  return { kind: "error", error, placement: {} };
}

async function sendReply(reply: Reply, { exchange, requestId }: Incoming): Promise<void> {
  const id = { "x-amzn-requestid": requestId };
  switch (reply.kind) {
    case "error": {
      const { status, headers, body } = answerOfAwsError(reply.error);
      exchange.start(status, { ...reply.placement, ...headers, ...id }).end(body);
      return;
    }
    case "json": {
      const headers = { ...reply.headers, "content-type": "application/json", ...id };
      exchange.start(200, headers).end(JSON.stringify(reply.body));
      return;
    }
    case "frames": {
      const type = {
        "content-type": "application/vnd.amazon.eventstream",
        "x-amzn-bedrock-content-type": "application/json",
      };
      const writable = exchange.start(200, { ...reply.headers, ...type, ...id });
      await pipeline(Readable.from(reply.frames, { objectMode: false }), writable).catch((error: unknown) => {
        if (!exchange.closed.aborted) throw error;
      });
    }
  }
}
