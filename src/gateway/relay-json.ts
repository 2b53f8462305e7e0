/** An answer that comes in one piece: read whole, settled, then sent, so that no byte leaves before the commit. */

import { isUtf8 } from "node:buffer";
import type { ServerResponse } from "node:http";
import { readJson, type JsonObject } from "../domain/json.ts";
import { refusal } from "../domain/refusal.ts";
import type { StateChange } from "../domain/state.ts";
import { NO_USAGE, type Usage } from "../domain/usage.ts";
import type { Plan } from "../pipeline/plan.ts";
import type { Effect } from "../pipeline/settle.ts";
import { estimateUsage } from "../wire/openai/estimate.ts";
import { diagnoseFault, type Answer, type UpstreamFault } from "./attempt.ts";
import type { Call } from "./call.ts";
import type { WholeResponse } from "./exchange.ts";
import type { Gateway } from "./gateway.ts";
import { readReply } from "./reply-facts.ts";
import { answerRefusal, outcomeOf, ownHeaders, passedHeaders } from "./reply.ts";
import { settleCall } from "./settle-call.ts";
import { refusalFromUpstream } from "./upstream-error.ts";

export type WholeAnswer = Answer<WholeResponse>;

export interface Relay {
  readonly gateway: Gateway;
  readonly call: Call;
  readonly plan: Plan;
  readonly response: ServerResponse;
  /** Changes that a hand-over before the call brought about. */
  readonly moves: readonly StateChange[];
  /** The caller's body; empty where there is none to estimate from. */
  readonly request: JsonObject;
  /** True once the client has left; what it says is read at each step. */
  readonly clientGone: () => boolean;
}

/** Relays one whole answer; resolves when it is sent. An answer that breaks off is 502, since nothing was sent yet. */
export async function relayJson(relay: Relay, answer: WholeAnswer): Promise<void> {
  const { gateway, call, plan, response } = relay;
  const bytes = await readAnswer(answer);
  call.upstreamMs = gateway.clock.monotonicMs() - call.startedMs - call.parseMs - call.decideMs;
  if (typeof bytes === "string") return relayBroken(relay, answer, bytes);
  const { statusCode, headers } = answer.response;
  // A redirect is no answer either: where a call goes is decided here, never upstream.
  if (statusCode >= 300) {
    call.upstreamError = statusCode >= 500 ? "http_5xx" : "http_4xx";
    const retryAfter = typeof headers["retry-after"] === "string" ? headers["retry-after"] : undefined;
    const refused = refusalFromUpstream(statusCode, bytes, retryAfter, {
      plan,
      provider: answer.handle.provider,
    });
    await settleFailure(relay, answer, {
      httpStatus: statusCode,
      outcome: outcomeOf(refused),
      usage: NO_USAGE,
      mayHaveRun: false,
    });
    answerRefusal(response, call, refused);
    return;
  }
  // Text goes out in one write together with the head; bytes that are no text (a file's content) go as they are.
  const text = isUtf8(bytes) ? bytes.toString("utf8") : null;
  await settleAnswer(relay, answer, text);
  response.writeHead(statusCode, {
    ...passedHeaders(headers, call),
    ...ownHeaders(call),
    "content-length": String(bytes.length),
  });
  response.end(text ?? bytes);
}

/** The client left, or the upstream did: in the first case what was asked is estimated. */
async function relayBroken(relay: Relay, answer: WholeAnswer, fault: UpstreamFault): Promise<void> {
  const { call, plan, response } = relay;
  if (relay.clientGone()) {
    const usage = await usageOfAbandoned(relay);
    const httpStatus = answer.response.statusCode;
    await settleFailure(relay, answer, { httpStatus, outcome: "aborted", usage, mayHaveRun: true });
    return;
  }
  call.upstreamError = fault;
  const provider = answer.handle.provider.id;
  const refused =
    fault === "timeout"
      ? refusal("upstream_timeout", `${provider} did not finish its answer in time`, { clause: plan.clause })
      : refusal("upstream_truncated", `${provider} broke off its answer`, { clause: plan.clause });
  await settleFailure(relay, answer, {
    httpStatus: 502,
    outcome: outcomeOf(refused),
    usage: NO_USAGE,
    mayHaveRun: true,
  });
  answerRefusal(response, call, refused);
}

/**
 * What a client that left before any text had asked for: its input, where a model was to run. What the model had made of it by
 * then nobody knows, so the call is left unpriced; only embeddings have no output to know of.
 */
export async function usageOfAbandoned({ plan, call, request }: Relay): Promise<Usage> {
  if (!plan.classification.inference) return NO_USAGE;
  return estimateUsage(request, call.operation?.id === "embeddings.create" ? 0 : null);
}

/** What went wrong when the upstream broke off, or sends more than anyone asked for. */
async function readAnswer(answer: WholeAnswer): Promise<Buffer | UpstreamFault> {
  try {
    return await answer.response.bytes;
  } catch (error) {
    return diagnoseFault(error).cause;
  }
}

async function settleAnswer(relay: Relay, answer: WholeAnswer, text: string | null): Promise<void> {
  const { gateway, call, plan } = relay;
  const { operation } = call;
  if (!operation) throw new Error("an answered call has an operation");
  // A file's content is no JSON; it has neither usage nor ids.
  const facts = readReply(text === null ? null : readJson(text), {
    operation,
    subjectId: call.subjectId,
    partner: call.partner?.id ?? "",
    deployment: answer.handle.deployment,
    retained: plan.classification.retained,
    nowMs: gateway.clock.nowMs(),
  });
  await settleCall(gateway, call, plan, {
    deployment: answer.handle.deployment,
    outcome: "ok",
    httpStatus: answer.response.statusCode,
    streamed: false,
    mayHaveRun: true,
    ...facts,
    stateChanges: [...relay.moves, ...facts.stateChanges],
  });
}

async function settleFailure(
  { gateway, call, plan }: Relay,
  answer: WholeAnswer,
  ended: Pick<Effect, "httpStatus" | "outcome" | "usage" | "mayHaveRun">,
): Promise<void> {
  await settleCall(gateway, call, plan, {
    deployment: answer.handle.deployment,
    ...ended,
    usageFault: null,
    modelServed: null,
    streamed: false,
    stateChanges: [],
    pendingJob: null,
  });
}
