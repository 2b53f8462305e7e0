/**
 * The first-party product: a chat with `POST /chat {session?, message, max_completion_tokens?, model?}`, answered as
 * server-sent events. It keeps each conversation itself and sends the whole of it again on every turn, so each of its
 * calls is stateless to the clouds.
 */

import express, { type NextFunction, type Request, type Response } from "express";
import type { Clock } from "../../domain/ports.ts";
import { listen, type RunningServer } from "../../http/listener.ts";
import { createGatewayClient } from "../gateway-client.ts";
import { answerTurn, type ChatService } from "./answer-turn.ts";
import { readChatRequest } from "./chat-request.ts";
import { problem, sendProblem, type Problem } from "./problem.ts";
import { SESSION_LIMITS, SessionStore, type SessionLimits } from "./sessions.ts";

export interface FirstPartyOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Origin of the gateway, without a path. */
  readonly gatewayUrl: string;
  readonly gatewayKey: string;
  /** Public name of the model that answers when the caller names none. */
  readonly defaultModel: string;
  readonly clock: Clock;
  readonly limits?: Partial<SessionLimits>;
  /** Told of each error nobody foresaw; the caller gets a plain 500. */
  readonly onFault: (error: unknown) => void;
}

const BODY_LIMIT_BYTES = 1_048_576;

/** Starts the product; rejects with the bind error when the port cannot be had. */
export async function startFirstParty(options: FirstPartyOptions): Promise<RunningServer> {
  const gateway = createGatewayClient(options.gatewayUrl, options.gatewayKey);
  const sessions = new SessionStore(options.clock, { ...SESSION_LIMITS, ...options.limits });
  const service: ChatService = { gateway, sessions, defaultModel: options.defaultModel };
  const app = express();
  app.disable("x-powered-by").disable("etag");
  app.get(["/livez", "/readyz"], (_request: Request, response: Response) => {
    response.type("text/plain").send("ok\n");
  });
  const readJson = express.json({ limit: BODY_LIMIT_BYTES, inflate: false });
  app.post("/chat", readJson, (request: Request, response: Response) => chat(request, response, service));
  app.all("/chat", (request: Request, response: Response) => {
    const message = `\`${request.method}\` is not allowed here, use POST`;
    sendProblem(response, problem(405, "method_not_allowed", message, { allow: "POST" }));
  });
  app.use((_request: Request, response: Response) => {
    sendProblem(response, problem(404, "unknown_path", "unknown path, use `POST /chat`"));
  });
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const known = problemOfBody(error);
    if (!known) options.onFault(error);
    if (response.headersSent) response.destroy();
    else sendProblem(response, known ?? problem(500, "internal_error", "the call could not be handled"));
  });
  const running = await listen(app, options);
  return {
    url: running.url,
    async close(graceMs) {
      await running.close(graceMs);
      await gateway.close();
    },
  };
}

async function chat(request: Request, response: Response, service: ChatService): Promise<void> {
  if (request.is("application/json") !== "application/json") {
    sendProblem(response, problem(415, "unsupported_media_type", "send `content-type: application/json`"));
    return;
  }
  const reading = readChatRequest(request.body);
  if (reading.kind === "invalid") {
    sendProblem(response, problem(400, "invalid_request", reading.message));
    return;
  }
  const failed = await answerTurn(reading.request, response, service);
  if (failed) sendProblem(response, failed);
}

/** What express's body reader refuses, or null for any other error. */
function problemOfBody(error: unknown): Problem | null {
  const type = typeof error === "object" && error !== null && "type" in error ? error.type : null;
  switch (type) {
    case "entity.parse.failed":
      return problem(400, "malformed_request", "the body is not valid JSON");
    case "entity.too.large":
      return problem(413, "body_too_large", `the body is larger than ${BODY_LIMIT_BYTES} bytes`);
    case "encoding.unsupported":
    case "charset.unsupported":
      return problem(415, "unsupported_media_type", "send plain UTF-8 JSON, without a content encoding");
    case "request.aborted":
    case "request.size.invalid":
      return problem(400, "malformed_request", "the body is not as long as announced");
    default:
      return null;
  }
}
