/**
 * The Amazon stand-in: Bedrock Runtime (Converse, ConverseStream, InvokeModel, InvokeModelWithResponseStream) and
 * Bedrock's OpenAI-compatible paths, over HTTP/1.1 and HTTP/2 on one port.
 *
 * Departures from the real service: one region and one key; no guardrails, prompt resources, S3 sources, async or
 * bidirectional invocation (refused by name); on the OpenAI paths a model may also be given by its public name, and
 * request bodies, uploads included, are bounded to 4 MiB since a signature covers the whole body.
 */

import { randomUUID } from "node:crypto";
import type { RunningServer } from "../../http/listener.ts";
import { answerOfAwsError, awsError, type AwsError } from "../../wire/bedrock/errors.ts";
import { createGatewayClient } from "../gateway-client.ts";
import type { Exchange } from "./exchange.ts";
import { listenBothProtocols } from "./listen.ts";
import type { AmazonOptions } from "./options.ts";
import { matchRoute, type Route } from "./routes.ts";
import { serveBedrock, type BedrockService } from "./serve-bedrock.ts";
import { serveOpenAi } from "./serve-openai.ts";

/** Starts the stand-in; rejects with the bind error when the port cannot be had. */
export async function startAmazon(options: AmazonOptions): Promise<RunningServer> {
  const gateway = createGatewayClient(options.gatewayUrl, options.gatewayKey);
  const publicNames = new Map(
    options.models.flatMap(({ bedrockIds, publicName }) => bedrockIds.map((id) => [id, publicName] as const)),
  );
  const service: BedrockService = { ...options, gateway, publicNames };
  const handle = (exchange: Exchange): void => {
    serve(exchange, service).catch((error: unknown) => {
      options.onFault(error);
      exchange.fail(() =>
        sendError(exchange, awsError("InternalServerException", "the call could not be handled")),
      );
    });
  };
  const running = await listenBothProtocols(handle, options);
  return {
    url: running.url,
    async close(graceMs) {
      await running.close(graceMs);
      await gateway.close();
    },
  };
}

async function serve(exchange: Exchange, service: BedrockService): Promise<void> {
  const requestId = randomUUID();
  const [rawPath = "", ...queries] = exchange.target.split("?");
  const rawQuery = queries.join("?");
  const request = { method: exchange.method, rawPath, rawQuery, headers: exchange.headers };
  const route = matchRoute(exchange.method, rawPath, rawQuery);
  switch (route.kind) {
    case "bedrock":
      return serveBedrock({ exchange, request, requestId }, route, service);
    case "openai":
      return serveOpenAi({ exchange, request, requestId }, route.path, service);
    case "health":
      exchange.start(200, { "content-type": "text/plain", "x-amzn-requestid": requestId }).end("ok\n");
      return;
    case "wrong-method":
    case "unknown": {
      const allow = route.kind === "wrong-method" ? { allow: route.allowed } : {};
      sendError(exchange, errorOfRoute(route, exchange), { ...allow, "x-amzn-requestid": requestId });
    }
  }
}

function errorOfRoute(
  route: Extract<Route, { kind: "wrong-method" | "unknown" }>,
  exchange: Exchange,
): AwsError {
  return route.kind === "unknown"
    ? awsError("UnknownOperationException", "no operation has this path")
    : awsError(
        "MethodNotAllowedException",
        `\`${exchange.method}\` is not allowed here, use ${route.allowed}`,
      );
}

function sendError(exchange: Exchange, error: AwsError, extra: Readonly<Record<string, string>> = {}): void {
  const { status, headers, body } = answerOfAwsError(error);
  exchange.start(status, { ...headers, ...extra }).end(body);
}
