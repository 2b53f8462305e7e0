/** Sending a planned call: at most one retry, only where the upstream most likely never saw it, only inside the allowed set. */

import { errors } from "undici";
import type { Deployment } from "../domain/call.ts";
import { refusal, type Refusal } from "../domain/refusal.ts";
import type { Plan } from "../pipeline/plan.ts";
import type { Health } from "./health.ts";
import { metStaleSocket } from "./stale-socket.ts";
import type { UpstreamHandle, Upstreams } from "./upstream.ts";

/** An answer whose head is there: `R` says how its body is read. */
export interface Answer<R> {
  readonly kind: "answer";
  readonly handle: UpstreamHandle;
  readonly response: R;
}

/** A call that got no answer, and which deployment was tried last. */
export interface Unanswered {
  readonly kind: "unanswered";
  readonly refusal: Refusal;
  readonly deployment: Deployment;
  readonly cause: UpstreamFault;
}

export type UpstreamFault = "connect" | "reset" | "timeout" | "aborted" | "protocol";

interface Tools {
  readonly upstreams: Upstreams;
  readonly health: Health;
  /** Told when the call is sent again to an upstream that may, though hardly, have run it the first time. */
  readonly onResend: () => void;
}

/** Sends the call, as `send` says, to the planned deployment and, if that cannot be reached, to the next of the allowed set. */
export async function attempt<R>(
  tools: Tools,
  plan: Plan,
  send: (handle: UpstreamHandle) => Promise<R>,
): Promise<Answer<R> | Unanswered> {
  const first = await attemptOne(tools, plan, plan.deployment, send);
  const alternate = plan.alternates.find((deployment) => tools.health.isUp(deployment));
  if (first.kind === "answer" || !first.retriable) return first;
  // A stale pooled socket says nothing about the upstream, so the same deployment may be asked again on a fresh one.
  const resent = first.cause === "reset";
  if (resent) tools.onResend();
  const next = resent ? plan.deployment : alternate;
  return next ? attemptOne(tools, plan, next, send) : first;
}

async function attemptOne<R>(
  { upstreams, health }: Tools,
  plan: Plan,
  deployment: Deployment,
  send: (handle: UpstreamHandle) => Promise<R>,
): Promise<Answer<R> | (Unanswered & { readonly retriable: boolean })> {
  const handle = upstreams.handleFor(deployment, plan.verdict.providers);
  health.started(deployment);
  try {
    const response = await send(handle);
    health.answered(deployment);
    return { kind: "answer", handle, response };
  } catch (error) {
    const { cause, retriable } = diagnoseFault(error);
    if (cause === "aborted") health.answered(deployment);
    else health.failed(deployment);
    return { kind: "unanswered", refusal: wordFault(cause, plan), deployment, cause, retriable };
  }
}

/** What went wrong with an upstream, and whether it most likely never saw the request. Our own time limits are a `timeout`. */
export function diagnoseFault(error: unknown): { cause: UpstreamFault; retriable: boolean } {
  // Our own endings come first: a request that we called off on a reused connection looks stale as well.
  if (error instanceof Error && error.name === "TimeoutError") return { cause: "timeout", retriable: false };
  if (error instanceof Error && error.name === "AbortError") return { cause: "aborted", retriable: false };
  if (error instanceof errors.ConnectTimeoutError) return { cause: "connect", retriable: true };
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
    return { cause: "timeout", retriable: false };
  }
  if (metStaleSocket(error)) return { cause: "reset", retriable: true };
  if (error instanceof errors.SocketError) return { cause: "reset", retriable: false };
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const connect = ["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"].includes(code);
  if (connect) return { cause: "connect", retriable: true };
  return { cause: code === "ECONNRESET" || code === "EPIPE" ? "reset" : "protocol", retriable: false };
}

function wordFault(cause: UpstreamFault, plan: Plan): Refusal {
  const { provider } = plan.deployment;
  if (cause === "timeout") {
    return refusal("upstream_timeout", `${provider} did not answer in time`, { clause: plan.clause });
  }
  if (cause === "connect") {
    return refusal(
      "provider_unavailable",
      `${provider} is unavailable, and clause ${plan.clause} allows this call on ${plan.verdict.providers.join(", ")} only`,
      { clause: plan.clause, retryAfterSeconds: 2 },
    );
  }
  return refusal("upstream_error", `${provider} broke off before answering`, { clause: plan.clause });
}
