/** How a call ended. Every accepted call ends in exactly one outcome. */

export const OUTCOMES = [
  "ok",
  "denied",
  "rate_limited",
  "client_error",
  "upstream_error",
  "timeout",
  "aborted",
  "internal_error",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Whose fault an outcome was; a function of the outcome, so as a metric label it adds no series. */
export function faultOf(outcome: Outcome): "none" | "client" | "server" {
  switch (outcome) {
    case "ok":
      return "none";
    case "denied":
    case "rate_limited":
    case "client_error":
    case "aborted":
      return "client";
    case "upstream_error":
    case "timeout":
    case "internal_error":
      return "server";
  }
}
