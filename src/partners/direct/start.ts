/**
 * The direct API seller: sells the OpenAI API under its own customers' keys. Every `/v1/*` call goes to the gateway as it
 * came, path and body unread, with the seller's credential in place of the customer's.
 */

import express, { type NextFunction, type Request, type Response } from "express";
import { refusal, type Refusal } from "../../domain/refusal.ts";
import { listen, type RunningServer } from "../../http/listener.ts";
import { openAiError } from "../../wire/openai/errors.ts";
import { createGatewayClient } from "../gateway-client.ts";
import { valuesOf } from "../headers.ts";
import { sameSecret } from "../same-secret.ts";
import { forwardCall } from "./forward-call.ts";

export interface DirectOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Origin of the gateway, without a path. */
  readonly gatewayUrl: string;
  readonly gatewayKey: string;
  /** The one customer's bearer key. */
  readonly customerKey: string;
  /** Told of each error nobody foresaw; the caller gets a plain 500. */
  readonly onFault: (error: unknown) => void;
}

/** Training files come through here, so a request may take as long as the gateway's own limit for a call. */
const UPLOAD_MS = 600_000;

/** Starts the seller; rejects with the bind error when the port cannot be had. */
export async function startDirect(options: DirectOptions): Promise<RunningServer> {
  const gateway = createGatewayClient(options.gatewayUrl, options.gatewayKey);
  const app = express();
  app.disable("x-powered-by").disable("etag");
  app.get(["/livez", "/readyz"], (_request: Request, response: Response) => {
    response.type("text/plain").send("ok\n");
  });
  app.use((request: Request, response: Response) => {
    const refuse = (refused: Refusal): void => sendRefusal(response, refused);
    const refused = checkCall(request, options.customerKey);
    return refused ? refuse(refused) : forwardCall(request, response, gateway, refuse);
  });
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    options.onFault(error);
    if (response.headersSent) response.destroy();
    else sendRefusal(response, refusal("internal_error", "the call could not be handled"));
  });
  const running = await listen(app, { ...options, requestTimeoutMs: UPLOAD_MS });
  return {
    url: running.url,
    async close(graceMs) {
      await running.close(graceMs);
      await gateway.close();
    },
  };
}

const BODYLESS = new Set(["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"]);

/** Looks at the raw target: express would find the path of an absolute-form one, and a `/v1` behind a host is not ours. */
function checkCall(request: Request, customerKey: string): Refusal | null {
  const credentials = valuesOf(request.rawHeaders, "authorization");
  if (credentials.length > 1) return refusal("malformed_request", "more than one `authorization` field");
  const key = /^Bearer (.+)$/i.exec(credentials[0] ?? "")?.[1];
  if (key === undefined || !sameSecret(key, customerKey)) {
    return refusal("invalid_api_key", "incorrect or missing API key");
  }
  if (!request.originalUrl.startsWith("/v1/")) return refusal("unknown_path", "unknown path, use `/v1/…`");
  if (BODYLESS.has(request.method) && hasBody(request)) {
    return refusal("malformed_request", `\`${request.method}\` takes no body here`);
  }
  return null;
}

function hasBody({ headers }: Request): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function sendRefusal(response: Response, refused: Refusal): void {
  const { status, headers, body } = openAiError(refused);
  // The rest of a body nobody read must not be taken for the next request, nor read for nothing.
  if (!response.req.complete) response.setHeader("connection", "close");
  response.writeHead(status, { ...headers, "x-clauseway-clause": refused.clause }).end(body);
}
