/** One call from the first byte to the last, as a list of steps. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { JsonObject } from "../domain/json.ts";
import { refusal, type Refusal } from "../domain/refusal.ts";
import { NO_USAGE } from "../domain/usage.ts";
import { readBody } from "../http/read-body.ts";
import type { Plan } from "../pipeline/plan.ts";
import { requestedTierOf } from "../wire/openai/usage.ts";
import { isAzurePath } from "../wire/azure/paths.ts";
import { attempt, type Unanswered } from "./attempt.ts";
import type { Authenticator } from "./authenticate.ts";
import { finishedCall, openCall, type Call } from "./call.ts";
import { findRoute } from "./find-route.ts";
import type { Gateway } from "./gateway.ts";
import { checkEnvelope } from "./guard.ts";
import { answerCatalogue } from "./model-catalogue.ts";
import { checkContentType, checkFeatures, checkUpload, planCall, readObject } from "./prepare.ts";
import { relayJson, usageOfAbandoned, type Relay } from "./relay-json.ts";
import { relayStream } from "./relay-stream.ts";
import { relayUpload } from "./relay-upload.ts";
import { answerRefusal } from "./reply.ts";
import { SettlementError, settleCall } from "./settle-call.ts";
import type { UpstreamHandle, UpstreamRequest } from "./upstream.ts";
import { upstreamRequest } from "./upstream-request.ts";
import { watchClient } from "./watch-client.ts";

/** Connections with a request whose envelope was refused: what follows on them is not read as requests any more. */
const distrusted = new WeakSet<object>();

/** Handles one request to its one outcome; never rejects. `sendContinue` answers `Expect: 100-continue`. */
export async function handleCall(
  gateway: Gateway,
  request: IncomingMessage,
  response: ServerResponse,
  sendContinue: () => void,
): Promise<void> {
  const { world, authenticate } = gateway.inForce;
  const call = openCall(gateway.clock, world);
  // By the path, not the partner: whoever is refused as unknown, or for the wrong dialect, reads what its own client speaks.
  if (isAzurePath(request.url ?? "")) call.dialect = "azure";
  if (distrusted.has(request.socket)) return;
  try {
    const refused = await runCall(gateway, call, { request, response, sendContinue, authenticate });
    if (refused) answerRefusal(response, call, refused, { closing: !request.complete });
  } catch (error) {
    const ledger = error instanceof SettlementError;
    const refused = ledger
      ? refusal("ledger_unavailable", "the ledger cannot write, so nothing is answered", {
          retryAfterSeconds: 5,
        })
      : refusal("internal_error", "the gateway failed on this call");
    gateway.logger.error({ requestId: call.requestId, err: error }, "the gateway failed on a call");
    answerRefusal(response, call, refused, { closing: true });
  }
  if (call.refusal !== null) gateway.refusedCalls += 1;
  gateway.telemetry.callFinished(finishedCall(call, gateway.clock));
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly sendContinue: () => void;
  readonly authenticate: Authenticator;
}

async function runCall(gateway: Gateway, call: Call, exchange: Exchange): Promise<Refusal | null> {
  const { request, response } = exchange;
  const envelope = checkEnvelope(request);
  if (envelope.kind === "refusal") {
    distrusted.add(request.socket);
    response.shouldKeepAlive = false;
    return envelope;
  }
  call.strippedHeaders = envelope.strippedHeaders;
  if (gateway.closed !== "no")
    return refusal(gateway.closed, "the gateway takes no calls now", { retryAfterSeconds: 5 });

  const partner = exchange.authenticate(request.headers);
  if (partner.kind === "refusal") return partner;
  call.partner = partner;

  const route = findRoute(partner, request, envelope.path);
  if (route.kind === "refusal") return route;
  call.operation = route.operation;
  call.subjectId = route.subjectId;
  call.pathStart = route.pathStart;
  if (route.operation.api === "models") {
    return answerCatalogue(call, response);
  }

  const body = await takeBody(gateway, call, exchange);
  if (body?.kind === "refusal") return body;
  const checked = checkFeatures(call.world, route, body?.body ?? null, gateway.limits);
  if (checked.kind === "refusal") return checked;
  call.features = checked.features;
  call.model = checked.model;
  call.requestedTier = body === null ? null : requestedTierOf(body.body);
  call.parseMs = gateway.clock.monotonicMs() - call.startedMs;

  const planned = await planCall(gateway, call, { partner, route, ...checked });
  call.decideMs = gateway.clock.monotonicMs() - call.startedMs - call.parseMs;
  if (planned.kind === "refusal") return planned;
  call.plan = planned;
  call.clause = planned.clause;
  call.deployment = planned.deployment.id;
  return performCall(gateway, call, planned, exchange, body?.body ?? null);
}

/** A JSON body is read whole; of an upload only what its headers say, since it streams through later. */
async function takeBody(
  gateway: Gateway,
  call: Call,
  { request, sendContinue }: Exchange,
): Promise<{ kind: "object"; body: JsonObject } | Refusal | null> {
  if (call.operation?.body === "upload") return checkUpload(request, gateway.limits);
  if (call.operation?.body !== "json") return null;
  const wrongType = checkContentType(request);
  if (wrongType) return wrongType;
  const { maxBodyBytes: maxBytes, bodyTimeoutMs: timeoutMs } = gateway.limits;
  if (Number(request.headers["content-length"] ?? "0") <= maxBytes) sendContinue();
  return readObject(await readBody(request, { maxBytes, timeoutMs }), gateway.limits);
}

/** What still runs cannot be removed: its usage is only known at its end, and would be removed with it. */
async function checkUnfinished(gateway: Gateway, call: Call): Promise<Refusal | null> {
  const { operation, partner, subjectId } = call;
  if (operation?.method !== "DELETE" || partner === null || subjectId === null) return null;
  if ((await gateway.jobs.conclude(partner.id, subjectId)) === "settled") return null;
  return refusal("unsupported_parameter", `\`${subjectId}\` is still running`, {
    param: "id",
    clause: call.clause,
    remedy: "cancel it first, or wait for its end",
  });
}

/** The effect, between `plan` and `settle`. */
async function performCall(
  gateway: Gateway,
  call: Call,
  plan: Plan,
  exchange: Exchange,
  body: JsonObject | null,
): Promise<Refusal | null> {
  const { response } = exchange;
  const unfinished = await checkUnfinished(gateway, call);
  if (unfinished) return unfinished;
  const brought = await gateway.handOvers.bring(plan.handOver, plan, call.requestId);
  if (brought.kind === "refusal") return brought;
  noteOpened(gateway, call, plan);
  const patience = watchClient(gateway.limits, call, response);
  const { clientGone } = patience;
  const relay: Relay = {
    gateway,
    call,
    plan,
    response,
    moves: brought.moves,
    request: body ?? {},
    clientGone,
  };
  if (call.operation?.body === "upload") {
    patience.end();
    exchange.sendContinue();
    await relayUpload(relay, exchange.request);
    return null;
  }

  gateway.telemetry.upstreamOpened(plan.deployment.provider);
  try {
    const request = (handle: UpstreamHandle): UpstreamRequest => {
      call.attempts += 1;
      return upstreamRequest(call, handle, {
        body,
        request: exchange.request,
        signal: patience.signal,
        limits: gateway.limits,
      });
    };
    const { upstreams, health } = gateway;
    const tools = { upstreams, health, onResend: (): void => void (call.resentAfterReset = true) };
    if (call.features?.stream) {
      const answer = await attempt(tools, plan, (handle) => handle.send(request(handle)));
      if (answer.kind === "unanswered") return await settleUnanswered(relay, answer);
      call.deployment = answer.handle.deployment.id;
      await relayStream(relay, answer);
    } else {
      const answer = await attempt(tools, plan, (handle) => handle.exchange(request(handle)));
      if (answer.kind === "unanswered") return await settleUnanswered(relay, answer);
      call.deployment = answer.handle.deployment.id;
      await relayJson(relay, answer);
    }
  } finally {
    patience.end();
    gateway.telemetry.upstreamClosed(plan.deployment.provider);
  }
  if (call.outcome === "ok" && brought.moves.length > 0) await brought.release();
  return null;
}

/** From here on the call ends in the ledger, or is found there as an orphan. */
function noteOpened(gateway: Gateway, call: Call, plan: Plan): void {
  call.note = {
    requestId: call.requestId,
    openedAtMs: gateway.clock.nowMs(),
    partner: call.partner?.id ?? "",
    operation: call.operation?.id ?? "",
    provider: plan.deployment.provider,
    digest: call.world.digest,
  };
  gateway.notes.opened(call.note);
}

/** Null when nobody is left to answer: the client went first, and what it asked is estimated. */
async function settleUnanswered(relay: Relay, unanswered: Unanswered): Promise<Refusal | null> {
  const { gateway, call, plan } = relay;
  const { cause } = unanswered;
  call.deployment = unanswered.deployment.id;
  if (cause !== "aborted") call.upstreamError = cause;
  await settleCall(gateway, call, plan, {
    deployment: unanswered.deployment,
    outcome: cause === "aborted" || cause === "timeout" ? cause : "upstream_error",
    httpStatus: 0,
    usage: cause === "aborted" ? await usageOfAbandoned(relay) : NO_USAGE,
    usageFault: null,
    modelServed: null,
    streamed: call.features?.stream ?? false,
    stateChanges: [],
    pendingJob: null,
    mayHaveRun: cause !== "connect",
  });
  return cause === "aborted" ? null : unanswered.refusal;
}
