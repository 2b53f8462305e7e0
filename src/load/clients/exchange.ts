/** One request and its answer over a pooled HTTP/1.1 keep-alive connection, timed as a client sees it. */

import type { Pool } from "undici";
import type { Clock } from "../../domain/ports.ts";
import type { AnswerReader, AnswerSummary, CallResult, PreparedRequest } from "./prepared.ts";

/**
 * Sends `request` and reads the whole answer with `reader`. Never rejects: a failed connection, a timeout or an answer cut
 * short is a result with an `error`. A status that is not 2xx is an error too, with the start of its body.
 */
export async function exchange(
  pool: Pool,
  request: PreparedRequest,
  reader: AnswerReader,
  scheduledAtMs: number,
  clock: Clock,
): Promise<CallResult> {
  const sentAtMs = clock.monotonicMs();
  let status = 0;
  let requestId: string | null = null;
  let headersAtMs: number | null = null;
  let firstTokenAtMs: number | null = null;
  let summary: AnswerSummary;
  try {
    const answer = await pool.request({
      method: request.method,
      path: request.path,
      headers: request.headers,
      body: request.method === "GET" ? null : request.body,
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
    });
    headersAtMs = clock.monotonicMs();
    status = answer.statusCode;
    requestId = readRequestId(answer.headers);
    if (status >= 200 && status < 300) {
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        if (reader.feed(chunk)) firstTokenAtMs ??= clock.monotonicMs();
      }
      summary = reader.finish();
    } else {
      summary = failed(`status ${status}: ${(await answer.body.text()).slice(0, ERROR_EXCERPT)}`);
    }
  } catch (error) {
    summary = failed(describe(error));
  }
  const timings = { scheduledAtMs, sentAtMs, headersAtMs, firstTokenAtMs, endedAtMs: clock.monotonicMs() };
  return { status, requestId, timings, ...summary };
}

/** The id under which the gateway and the clouds know a call, from an answer's headers (names in lower case), or null. */
export function readRequestId(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | null {
  const id = headers["x-clauseway-request-id"];
  return typeof id === "string" && id !== "" ? id : null;
}

const ANSWER_TIMEOUT_MS = 120_000;
const ERROR_EXCERPT = 200;

function failed(error: string): AnswerSummary {
  return { inputTokens: null, outputTokens: null, id: null, error };
}

function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? message : `${code}: ${message}`;
}
