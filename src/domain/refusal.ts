/** A call that is not placed: a value, not an exception. Each dialect words it in its own error shape. */

import type { ClauseId } from "./call.ts";
import type { JsonObject } from "./json.ts";

/** Every reason for which a call is answered without reaching a provider, or after a provider failed. */
export const REFUSAL_CODES = [
  "malformed_request",
  "duplicate_key",
  "invalid_api_key",
  "unknown_path",
  "method_not_allowed",
  "unsupported_media_type",
  "unsupported_parameter",
  "body_too_large",
  "request_timeout",
  "model_not_found",
  "limit_exceeded",
  "state_not_found",
  "provider_request_forbidden",
  "agreement_denied",
  "unclassifiable",
  "rate_limited",
  "provider_unavailable",
  "upstream_error",
  "upstream_timeout",
  "upstream_truncated",
  "ledger_unavailable",
  "shutting_down",
  "internal_error",
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

export interface Refusal {
  readonly kind: "refusal";
  readonly code: RefusalCode;
  /** For the caller: lower case, no full stop, the offending value in backticks. Never holds a secret. */
  readonly message: string;
  /** The request field at fault, as a path (`messages[0].content`), or null. */
  readonly param: string | null;
  /** The clause that decided, or `none` when the answer came before a decision. */
  readonly clause: ClauseId;
  /** What the caller can do instead, or null. */
  readonly remedy: string | null;
  /** Whether waiting helps, and how long. */
  readonly retryAfterSeconds: number | null;
  /** Methods that the path takes, where another was used; null otherwise. */
  readonly allowedMethods: readonly string[] | null;
  /** The error object of an Azure upstream, where the caller's own call is to blame; without our secrets. */
  readonly told?: JsonObject;
}

/** Builds a refusal with the usual absent parts. */
export function refusal(
  code: RefusalCode,
  message: string,
  details: Partial<Omit<Refusal, "kind" | "code" | "message">> = {},
): Refusal {
  return {
    kind: "refusal",
    code,
    message,
    param: null,
    clause: "none",
    remedy: null,
    retryAfterSeconds: null,
    allowedMethods: null,
    ...details,
  };
}

/** The HTTP status of a refusal, the same in every dialect. */
export function statusOf(code: RefusalCode): number {
  return STATUS[code];
}

const STATUS: Readonly<Record<RefusalCode, number>> = {
  malformed_request: 400,
  duplicate_key: 400,
  invalid_api_key: 401,
  unknown_path: 404,
  method_not_allowed: 405,
  unsupported_media_type: 415,
  unsupported_parameter: 400,
  body_too_large: 413,
  request_timeout: 408,
  model_not_found: 404,
  limit_exceeded: 400,
  state_not_found: 400,
  provider_request_forbidden: 400,
  agreement_denied: 403,
  unclassifiable: 403,
  rate_limited: 429,
  provider_unavailable: 503,
  upstream_error: 502,
  upstream_timeout: 504,
  upstream_truncated: 502,
  ledger_unavailable: 503,
  shutting_down: 503,
  internal_error: 500,
};
