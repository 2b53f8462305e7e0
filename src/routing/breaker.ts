/** A circuit breaker as a value: closed, open until a time, or half-open with one probe under way. */

export type Breaker =
  | { readonly state: "closed"; readonly failures: number }
  | { readonly state: "open"; readonly untilMs: number }
  | { readonly state: "half-open" };

export const CLOSED: Breaker = { state: "closed", failures: 0 };

const FAILURES_TO_OPEN = 3;
const OPEN_MS = 2_000;

/** Whether a call may go through now; an open breaker lets one probe through when its time is over. */
export function admits(breaker: Breaker, nowMs: number): boolean {
  switch (breaker.state) {
    case "closed":
      return true;
    case "open":
      return nowMs >= breaker.untilMs;
    case "half-open":
      return false;
  }
}

/** The breaker once an admitted call has started: the first call through an expired open breaker is its only probe. */
export function onStart(breaker: Breaker): Breaker {
  return breaker.state === "open" ? { state: "half-open" } : breaker;
}

/** The breaker after a call reached the upstream and got an answer. */
export function onSuccess(): Breaker {
  return CLOSED;
}

/** The breaker after a call could not reach the upstream; three in a row, or a failed probe, open it for 2 s. */
export function onFailure(breaker: Breaker, nowMs: number): Breaker {
  const failures = breaker.state === "closed" ? breaker.failures + 1 : FAILURES_TO_OPEN;
  return failures >= FAILURES_TO_OPEN
    ? { state: "open", untilMs: nowMs + OPEN_MS }
    : { state: "closed", failures };
}
