/** Errors in the product's own simple shape: `{"error":{"code","message"}}`. */

import type { Response } from "express";

export interface Problem {
  readonly status: number;
  /** Stable, for programs. */
  readonly code: string;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Returns the answer to a request that cannot be served, before it is sent. */
export function problem(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Problem {
  return { status, code, message, headers };
}

/** Answers with a problem. */
export function sendProblem(response: Response, { status, code, message, headers }: Problem): void {
  if (!response.req.complete) response.setHeader("connection", "close");
  response.writeHead(status, { ...headers, "content-type": "application/json" });
  response.end(JSON.stringify({ error: { code, message } }));
}
