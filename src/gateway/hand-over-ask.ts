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

/** Resolves with the reply's object, empty for an empty reply; throws HandOverError for an error status. */
export type Ask = (
  handle: UpstreamHandle,
  method: "GET" | "POST" | "DELETE",
  path: string,
  body: JsonObject | null,
) => Promise<JsonObject>;

const STEP_TIMEOUT_MS = 10_000;

/** Asks in the name of `partner`, whose content it is. */
export function asker(partner: string, requestId: string): Ask {
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
    return text === "" ? {} : (JSON.parse(text) as JsonObject);
  };
}
