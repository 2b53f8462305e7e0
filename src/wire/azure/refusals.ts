/** Our refusals in the error shapes of Azure OpenAI: its own words where it has some, ours for what only a gateway refuses. */

import { statusOf, type Refusal, type RefusalCode } from "../../domain/refusal.ts";
import type { ErrorAnswer } from "../openai/errors.ts";
import { AZURE_DEPLOYMENT_NOT_FOUND, AZURE_KEY_REFUSED, AZURE_TOKEN_REFUSED, azureError } from "./errors.ts";

/** How the caller showed its credential: Azure words a refused key and a refused token differently. */
interface Shown {
  readonly usedBearer: boolean;
}

/** The caller's view of a refusal. What an Azure upstream said of the caller's mistake is told as it was said. */
export function azureRefusal(refused: Refusal, shown: Shown): ErrorAnswer {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (refused.retryAfterSeconds !== null) {
    headers["retry-after"] = String(refused.retryAfterSeconds);
    headers["retry-after-ms"] = String(refused.retryAfterSeconds * 1_000);
  }
  if (refused.allowedMethods !== null) headers["allow"] = refused.allowedMethods.join(", ");
  return { status: statusOf(refused.code), headers, body: JSON.stringify(bodyOf(refused, shown)) };
}

function bodyOf(refused: Refusal, { usedBearer }: Shown): object {
  const decided = refused.clause === "none" ? {} : { clause: refused.clause };
  if (refused.told !== undefined) return { error: { ...refused.told, ...decided } };
  if (refused.code === "invalid_api_key") return usedBearer ? AZURE_TOKEN_REFUSED : AZURE_KEY_REFUSED;
  if (refused.code === "model_not_found" && refused.clause === "none") return AZURE_DEPLOYMENT_NOT_FOUND;
  const code = codeOf(refused);
  const { error } = azureError(code, messageOf(refused), refused.param);
  // Azure has few words for its own failures; ours say which it was.
  const inner = INNER_CODED.has(code) ? { innererror: { code: refused.code } } : {};
  return { error: { ...error, ...decided, ...inner } };
}

function messageOf({ code, message, remedy }: Refusal): string {
  const said = code === "unknown_path" ? `Resource not found: ${message}` : message;
  return remedy === null ? said : `${said}; ${remedy}`;
}

const TIMEOUT = "Timeout";
const UNAVAILABLE = "ServiceUnavailable";
const FAILED = "InternalServerError";
const INNER_CODED: ReadonlySet<string> = new Set([TIMEOUT, UNAVAILABLE, FAILED]);

const WORDS: Readonly<Partial<Record<RefusalCode, string>>> = {
  unknown_path: "404",
  model_not_found: "DeploymentNotFound",
  method_not_allowed: "405",
  rate_limited: "429",
  request_timeout: TIMEOUT,
  upstream_timeout: TIMEOUT,
  provider_unavailable: UNAVAILABLE,
  ledger_unavailable: UNAVAILABLE,
  shutting_down: UNAVAILABLE,
  upstream_error: FAILED,
  upstream_truncated: FAILED,
  internal_error: FAILED,
};

function codeOf({ code, param }: Refusal): string {
  if (code === "state_not_found") {
    return param === "previous_response_id" ? "previous_response_not_found" : "not_found";
  }
  if (code === "unsupported_parameter" && param === "model") return "OperationNotSupported";
  if (code === "unsupported_parameter" && param === "api-version") return "BadRequest";
  return WORDS[code] ?? code;
}
