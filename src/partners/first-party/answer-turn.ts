/** One turn: history and question to the gateway, the answer back as events while it comes. */

import { randomUUID } from "node:crypto";
import type { Response } from "express";
import { isJsonArray, isJsonObject, type JsonObject } from "../../domain/json.ts";
import { encodeSse } from "../../wire/openai/sse.ts";
import { GatewayUnreachableError, type GatewayAnswer, type GatewayClient } from "../gateway-client.ts";
import { BrokenAnswerError, readChatChunks, readErrorAnswer } from "../read-gateway.ts";
import { chatBodyOf, type ChatRequest } from "./chat-request.ts";
import { problem, type Problem } from "./problem.ts";
import type { SessionStore, Turn } from "./sessions.ts";

export interface ChatService {
  readonly gateway: GatewayClient;
  readonly sessions: SessionStore;
  /** Used when the caller names none. */
  readonly defaultModel: string;
}

/**
 * Answers one turn as server-sent events: `session`, then `delta`s, then `done`. Returns a problem when the turn failed
 * before the first event, for a plain answer. A failure after that ends in an `error` event and a broken-off connection;
 * a failed turn leaves no trace in the history. Rejects only when something unforeseen broke.
 */
export async function answerTurn(
  request: ChatRequest,
  response: Response,
  service: ChatService,
): Promise<Problem | null> {
  const opened = openSession(request, service.sessions);
  if (opened.kind === "refused") return opened.problem;
  const left = new AbortController();
  response.once("close", () => left.abort());
  response.on("error", () => left.abort());
  try {
    return await askAndAnswer(request, response, service, { ...opened, left: left.signal });
  } finally {
    if (opened.isNew && !response.headersSent) service.sessions.drop(opened.id);
    else service.sessions.release(opened.id);
  }
}

interface OpenedTurn {
  readonly id: string;
  readonly isNew: boolean;
  readonly history: readonly Turn[];
  readonly left: AbortSignal;
}

type Opening =
  | ({ readonly kind: "open" } & Omit<OpenedTurn, "left">)
  | { readonly kind: "refused"; readonly problem: Problem };

function openSession(request: ChatRequest, sessions: SessionStore): Opening {
  if (request.session === undefined) {
    const id = `sess_${randomUUID()}`;
    sessions.create(id);
    return { kind: "open", id, isNew: true, history: [] };
  }
  const opening = sessions.open(request.session, Buffer.byteLength(request.message));
  switch (opening.kind) {
    case "open":
      return { kind: "open", id: request.session, isNew: false, history: opening.history };
    case "unknown":
      return refused(
        problem(404, "session_not_found", "this session is unknown or has expired; start a new one"),
      );
    case "busy":
      return refused(
        problem(409, "session_busy", "this session is still answering; wait for its `done` event"),
      );
    case "full":
      return refused(problem(409, "session_full", "this session is as long as it may get; start a new one"));
  }
}

function refused(fault: Problem): Opening {
  return { kind: "refused", problem: fault };
}

async function askAndAnswer(
  request: ChatRequest,
  response: Response,
  service: ChatService,
  turn: OpenedTurn,
): Promise<Problem | null> {
  try {
    const answer = await service.gateway.send({
      method: "POST",
      path: "/v1/chat/completions",
      headers: ["content-type", "application/json"],
      body: JSON.stringify(chatBodyOf(request, turn.history, service.defaultModel)),
      signal: turn.left,
    });
    if (answer.status !== 200) return await problemOfGateway(answer);
    await streamAnswer(answer, request, response, service.sessions, turn);
    return null;
  } catch (error) {
    if (turn.left.aborted) return null;
    if (!(error instanceof GatewayUnreachableError) && !(error instanceof BrokenAnswerError)) throw error;
    if (!response.headersSent) return problem(502, "upstream_error", error.message);
    breakOff(response, error.message);
    return null;
  }
}

/** A refused gateway key is our own fault, never the caller's. */
async function problemOfGateway(answer: GatewayAnswer): Promise<Problem> {
  const { message, code } = await readErrorAnswer(answer);
  if (answer.status === 401) return problem(500, "internal_error", "the call could not be handled");
  const retryAfter = answer.headers["retry-after"];
  const hint = typeof retryAfter === "string" ? { "retry-after": retryAfter } : {};
  return { status: answer.status, code, message, headers: { ...answer.placement, ...hint } };
}

async function streamAnswer(
  answer: GatewayAnswer,
  request: ChatRequest,
  response: Response,
  sessions: SessionStore,
  turn: OpenedTurn,
): Promise<void> {
  response.writeHead(200, {
    ...answer.placement,
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
  });
  await send(response, "session", { session: turn.id });
  let text = "";
  let usage: JsonObject | null = null;
  let finishReason: string | null = null;
  for await (const chunk of readChatChunks(answer)) {
    if (isJsonObject(chunk["usage"])) usage = chunk["usage"];
    const choice = isJsonArray(chunk["choices"]) ? chunk["choices"][0] : undefined;
    if (!isJsonObject(choice)) continue;
    if (typeof choice["finish_reason"] === "string") finishReason = choice["finish_reason"];
    const delta = textOf(choice);
    if (delta === "") continue;
    text += delta;
    await send(response, "delta", { text: delta });
  }
  if (finishReason === null) throw new BrokenAnswerError("the gateway's stream ended before the answer did");
  turn.left.throwIfAborted();
  sessions.commit(turn.id, request.message, text);
  await send(response, "done", { finish_reason: finishReason, usage, placement: { ...answer.placement } });
  response.end();
}

function textOf(choice: JsonObject): string {
  const delta = choice["delta"];
  if (!isJsonObject(delta)) return "";
  const text = delta["content"] ?? delta["refusal"];
  return typeof text === "string" ? text : "";
}

/** Waits while the caller's buffer is full, so that a slow reader slows the gateway and not our memory. */
async function send(response: Response, event: string, data: JsonObject): Promise<void> {
  if (response.write(encodeSse({ event, data: JSON.stringify(data) }))) return;
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      response.off("drain", settle).off("close", settle);
      resolve();
    };
    response.on("drain", settle).on("close", settle);
  });
}

/** Says why, then breaks the connection off: to no reader does a failed answer end like a whole one. */
function breakOff(response: Response, message: string): void {
  const data = JSON.stringify({ code: "upstream_truncated", message });
  response.write(encodeSse({ event: "error", data }), () => response.destroy());
}
