/** One management call of a hand-over: a small JSON exchange with a provider. */

import type { JsonObject } from "../domain/json.ts";
import type { UpstreamHandle } from "./upstream.ts";
import { headersFor } from "./upstream-headers.ts";

/** A holder or a receiver did not do its part (waiting may help), or the content is larger than may be moved. */
export class HandOverError extends Error {
  override readonly name = "HandOverError";
  readonly code: "provider_unavailable" | "limit_exceeded";

  constructor(message: string, code: HandOverError["code"] = "provider_unavailable") {
    super(message);
    this.code = code;
  }
}

/** Resolves with the reply's object, empty for an empty reply; throws HandOverError for an error status, or once all replies together are too large. */
export type Ask = (
  handle: UpstreamHandle,
  method: "GET" | "POST" | "DELETE",
  path: string,
  body: JsonObject | null,
) => Promise<JsonObject>;

const STEP_TIMEOUT_MS = 10_000;
/** All of it is in memory at one time, and goes out as one body; no receiver takes a larger one. */
const MAX_READ_CHARACTERS = 67_108_864;

/** Asks in the name of `partner`, whose content it is; one of these for each thing that moves. */
export function asker(partner: string, requestId: string): Ask {
  let readCharacters = 0;
  return async (handle, method, path, body) => {
    const { statusCode, body: reply } = await handle.send({
      method,
      path,
      headers: headersFor(handle.provider, {
        requestId,
        partner,
        contentType: body === null ? null : "application/json",
      }),
      body: body === null ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(STEP_TIMEOUT_MS),
      firstByteTimeoutMs: STEP_TIMEOUT_MS,
    });
    const text = await reply.text();
    if (statusCode >= 300) {
      throw new HandOverError(`${handle.provider.id} answered ${statusCode} to ${method} ${path}`);
    }
    readCharacters += text.length;
    if (readCharacters > MAX_READ_CHARACTERS) {
      throw new HandOverError("it is too large to be moved, start a new one", "limit_exceeded");
    }
    return text === "" ? {} : (JSON.parse(text) as JsonObject);
  };
}
