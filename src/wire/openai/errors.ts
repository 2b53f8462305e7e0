/** Refusals in the error shape of the OpenAI API: `{"error":{"message","type","param","code"}}`. */

import { statusOf, type Refusal, type RefusalCode } from "../../domain/refusal.ts";

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The caller's view of a refusal; the remedy and the clause stand in the message and in fields of their own. */
export function openAiError(refused: Refusal): ErrorAnswer {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (refused.retryAfterSeconds !== null) headers["retry-after"] = String(refused.retryAfterSeconds);
  if (refused.allowedMethods !== null) headers["allow"] = refused.allowedMethods.join(", ");
  const error: Record<string, unknown> = {
    message: refused.remedy === null ? refused.message : `${refused.message}; ${refused.remedy}`,
    type: typeOf(refused.code),
    param: refused.param,
    code: openAiCode(refused),
  };
  if (refused.clause !== "none") error["clause"] = refused.clause;
  return { status: statusOf(refused.code), headers, body: JSON.stringify({ error }) };
}

function typeOf(code: RefusalCode): string {
  const status = statusOf(code);
  if (status >= 500) return "server_error";
  if (status === 429) return "requests";
  return code === "agreement_denied" ? "agreement_error" : "invalid_request_error";
}

/** The code that a caller reads. SDK users match on these words; where OpenAI has one of its own, we use it. */
export function openAiCode(refused: Pick<Refusal, "code" | "param">): string {
  switch (refused.code) {
    case "state_not_found":
      return refused.param === "previous_response_id" ? "previous_response_not_found" : "not_found";
    case "rate_limited":
      return "rate_limit_exceeded";
    default:
      return refused.code;
  }
}
