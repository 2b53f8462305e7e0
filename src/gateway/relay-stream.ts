/** An answer that streams: passed on as it comes, its end held back until the call is durable. */

import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { NO_USAGE, type Usage } from "../domain/usage.ts";
import { estimateUsage } from "../wire/openai/estimate.ts";
import { SseSplitter, type SseFrame } from "../wire/openai/sse.ts";
import { servedTierOf } from "../wire/openai/usage.ts";
import { diagnoseFault, type Answer, type UpstreamFault } from "./attempt.ts";
import { wholeOf } from "./exchange.ts";
import { readReply, type ReplyFacts } from "./reply-facts.ts";
import { relayJson, type Relay } from "./relay-json.ts";
import { ownHeaders, passedHeaders } from "./reply.ts";
import { settleCall } from "./settle-call.ts";
import { readChatStream, readResponsesStream, type Passage, type StreamReader } from "./stream-reader.ts";
import { Transcript } from "./transcript.ts";
import { redact } from "./upstream-error.ts";

type OpenAnswer = Answer<Dispatcher.ResponseData>;

/** How a stream ended for us. */
interface Passed {
  readonly ending: "complete" | "failed" | "broken";
  /** What broke it; null when it ended by itself. */
  readonly fault: UpstreamFault | null;
  /** Text of the closing events, not yet sent. */
  readonly held: string;
  readonly transcript: Transcript;
}

/** Relays a stream; resolves when it has ended. A stream that did not end properly is destroyed, never ended cleanly. */
export async function relayStream(relay: Relay, answer: OpenAnswer): Promise<void> {
  const { call, response, gateway } = relay;
  if (answer.response.statusCode >= 300) {
    return relayJson(relay, { ...answer, response: wholeOf(answer.response) });
  }
  response.writeHead(answer.response.statusCode, {
    ...passedHeaders(answer.response.headers, call),
    ...ownHeaders(call),
    "cache-control": "no-cache",
  });
  const reader =
    call.operation?.id === "responses.create"
      ? readResponsesStream()
      : readChatStream(call.features?.usageRequested ?? false);
  const passed = await passEvents(relay, answer, reader);
  call.upstreamMs = gateway.clock.monotonicMs() - call.startedMs - call.parseMs - call.decideMs;
  await settleStream(relay, answer, reader, passed);
  if (passed.ending === "broken") response.destroy();
  else response.end(passed.held);
}

async function passEvents(relay: Relay, answer: OpenAnswer, reader: StreamReader): Promise<Passed> {
  const { call, gateway, response } = relay;
  const splitter = new SseSplitter();
  const transcript = new Transcript();
  let held = "";
  let failed = false;
  try {
    for await (const chunk of answer.response.body as AsyncIterable<Buffer>) {
      let text = "";
      for (const frame of splitter.push(chunk)) {
        const passage = cleaned(reader.read(frame), frame, answer);
        transcript.add(frame.data);
        if (passage.kind === "hold") held += passage.text;
        else if (passage.kind !== "drop") text += passage.text;
        failed ||= passage.kind === "failure";
      }
      if (reader.sawToken && call.timeToFirstTokenMs === null) {
        call.timeToFirstTokenMs = gateway.clock.monotonicMs() - call.startedMs;
      }
      if (text !== "" && !relay.clientGone()) await writeAll(response, text);
      if (transcript.full) await transcript.count();
    }
  } catch (error) {
    return { ending: "broken", fault: diagnoseFault(error).cause, held, transcript };
  }
  const whole = (reader.complete || failed) && splitter.atBoundary;
  if (!whole) return { ending: "broken", fault: "reset", held, transcript };
  return { ending: failed ? "failed" : "complete", fault: null, held, transcript };
}

/** What an upstream says about its own failure may hold our credential or its address; answers are passed as they are. */
function cleaned(passage: Passage, frame: SseFrame, answer: OpenAnswer): Passage {
  const saysFailure =
    passage.kind === "failure" || (passage.kind === "hold" && frame.event === "response.failed");
  return saysFailure ? { ...passage, text: redact(passage.text, answer.handle.provider) } : passage;
}

/** Waits while the client reads slowly, so that no more than a socket's buffer is held for it. */
async function writeAll(response: ServerResponse, text: string): Promise<void> {
  if (response.write(text) || response.destroyed) return;
  const stop = new AbortController();
  try {
    await Promise.race([
      once(response, "drain", { signal: stop.signal }),
      once(response, "close", { signal: stop.signal }),
    ]);
  } finally {
    stop.abort();
  }
}

async function settleStream(
  relay: Relay,
  answer: OpenAnswer,
  reader: StreamReader,
  passed: Passed,
): Promise<void> {
  const { call, gateway, plan } = relay;
  const facts = await factsOfStream(relay, answer, reader, passed);
  const outcome = relay.clientGone() && passed.ending !== "complete" ? "aborted" : outcomeOf(reader, passed);
  if (outcome === "upstream_error" || outcome === "timeout") call.upstreamError = passed.fault ?? "reset";
  await settleCall(gateway, call, plan, {
    deployment: answer.handle.deployment,
    outcome,
    httpStatus: answer.response.statusCode,
    streamed: true,
    mayHaveRun: true,
    ...facts,
    stateChanges: [...relay.moves, ...facts.stateChanges],
  });
}

function outcomeOf(reader: StreamReader, passed: Passed): "ok" | "upstream_error" | "timeout" {
  if (passed.fault === "timeout") return "timeout";
  return passed.ending === "complete" && reader.report?.["status"] !== "failed" ? "ok" : "upstream_error";
}

/** The report where there is one; otherwise an estimate of what passed, marked as such, and unknown where nothing did. */
async function factsOfStream(
  relay: Relay,
  answer: OpenAnswer,
  reader: StreamReader,
  passed: Passed,
): Promise<ReplyFacts> {
  const { call, gateway, plan } = relay;
  const { operation } = call;
  if (!operation) throw new Error("a relayed call has an operation");
  const facts = readReply(reader.report ?? null, {
    operation,
    subjectId: call.subjectId,
    partner: call.partner?.id ?? "",
    deployment: answer.handle.deployment,
    retained: plan.classification.retained && reader.report !== null,
    nowMs: gateway.clock.nowMs(),
  });
  const usage = async (): Promise<Usage> =>
    facts.usage.source === "none" ? estimate(relay, passed) : facts.usage;
  if (passed.ending === "complete") return { ...facts, usage: await usage(), pendingJob: null };
  // A background run does not stop when its listener leaves: it is followed to its end instead.
  if (call.features?.background && facts.pendingJob) return { ...facts, usage: NO_USAGE, usageFault: null };
  return { ...facts, stateChanges: [], usage: await usage(), pendingJob: null };
}

/** Chunks of a chat stream name the tier that serves it; those of other streams only the one that was asked for. */
async function estimate({ call, request }: Relay, { transcript }: Passed): Promise<Usage> {
  const estimated = await estimateUsage(request, await transcript.outputTokens());
  if (call.operation?.id !== "chat.completions.create") return estimated;
  const last = transcript.lastEvent();
  return { ...estimated, serviceTier: last === null ? null : servedTierOf(last) };
}
