/** One call through to the gateway and back, streaming both ways. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { PassThrough, type Readable } from "node:stream";
import { refusal, type Refusal } from "../../domain/refusal.ts";
import { GatewayUnreachableError, type GatewayClient } from "../gateway-client.ts";
import { forwardableHeaders } from "../headers.ts";
import { relayAnswer } from "../relay-answer.ts";

/**
 * Forwards the call; `refuse` answers when the gateway cannot be reached. A caller that leaves cancels the gateway call at
 * once; a gateway stream that is cut breaks the caller's off. Rejects only when something unforeseen broke.
 */
export async function forwardCall(
  request: IncomingMessage,
  response: ServerResponse,
  gateway: GatewayClient,
  refuse: (refused: Refusal) => void,
): Promise<void> {
  const left = new AbortController();
  response.once("close", () => left.abort());
  response.on("error", ignore);
  try {
    const answer = await gateway.send({
      method: request.method ?? "GET",
      path: request.url ?? "",
      headers: forwardableHeaders(request.rawHeaders),
      body: bodyOf(request),
      signal: left.signal,
    });
    await relayAnswer(answer, (status, headers) => {
      // The gateway may answer before it has read all; what is still to come of the body is not read for nothing.
      const connection = request.complete ? {} : { connection: "close" };
      return response.writeHead(status, { ...headers, ...connection });
    });
  } catch (error) {
    if (left.signal.aborted) return;
    if (!(error instanceof GatewayUnreachableError)) throw error;
    refuse(refusal("upstream_error", error.message));
  }
}

/**
 * The body on its way. A stream of its own stands between: when the gateway answers early, undici destroys what it was
 * reading, and destroying the request itself would take the caller's connection along with the answer.
 */
function bodyOf(request: IncomingMessage): Readable | null {
  const { "transfer-encoding": coding, "content-length": length } = request.headers;
  if (coding === undefined && Number(length ?? 0) === 0) return null;
  const body = new PassThrough();
  body.on("error", ignore);
  body.once("close", () => request.unpipe(body).resume());
  request.once("aborted", () => body.destroy(new Error("the caller left in the middle of its body")));
  return request.pipe(body);
}

function ignore(): void {}
