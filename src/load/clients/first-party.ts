/** Calls to the first-party product: `POST /chat`, answered by server-sent events. */

import type { Target } from "../target.ts";
import type { CallPlan, PreparedRequest } from "./prepared.ts";
import { parseObject, textOf } from "./read-json.ts";
import { type ReadEvent, unreadable } from "./read-sse.ts";

/** One message without a session, so that the product has no history to send again. */
export function prepareMessage(access: Target["firstParty"], call: CallPlan): PreparedRequest {
  return {
    method: "POST",
    path: "/chat",
    headers: {
      "content-type": "application/json",
      ...(access.apiKey === null ? {} : { authorization: `Bearer ${access.apiKey}` }),
    },
    body: JSON.stringify({ message: call.text, max_completion_tokens: call.outputTokens }),
  };
}

/** Reads the product's events: `session`, `delta`s, then `done` with the usage; or `error`. */
export const readProductEvent: ReadEvent = (event, data) => {
  const payload = parseObject(data);
  if (payload === null) return unreadable(data);
  return {
    text: event === "delta" && textOf(payload["text"]) !== null,
    summary: event === "done" ? payload : null,
    last: event === "done",
    error: event === "error" ? (textOf(payload["message"]) ?? data.slice(0, 200)) : null,
  };
};
