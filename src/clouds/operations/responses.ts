/** The Responses API: create (whole, streamed, in the background), read, cancel, delete. */

import { deleted } from "../../wire/openai/models.ts";
import {
  closingEvents,
  deltaEvent,
  openingEvents,
  responseEvent,
  type ResponseEvent,
} from "../../wire/openai/responses.ts";
import { answerSlice, answerText } from "../answer.ts";
import { CloudError, notFound } from "../cloud-error.ts";
import type { CloudCall } from "../http/call.ts";
import { readJson } from "../http/read-body.ts";
import { closeStream, openStream, recordGone, replyJson, writeStream, type Consumed } from "../http/reply.ts";
import { nowSeconds } from "../service.ts";
import { plainItems, type ResponseRecord } from "../state/state-store.ts";
import { cancelRun, isRunning, keepFinished, keepRunning, viewResponse } from "./keep-response.ts";
import { cutPage, inOrder, ITEM_PAGES } from "./pages.ts";
import {
  countInputTokens,
  finishedItem,
  finishedResponse,
  prepareResponse,
  startedResponse,
  type PreparedResponse,
} from "./prepare-response.ts";
import { releases, tokensSoFar, waitForAll } from "./releases.ts";
import { replayEvents } from "./replay-response.ts";

/** `POST /responses`. */
export async function createResponse(call: CloudCall): Promise<void> {
  const body = await readJson(call);
  const prepared = await prepareResponse(call.service, call.project, body);
  if (body.json["stream"] === true) {
    await streamResponse(call, prepared);
    return;
  }
  if (prepared.facts.background) {
    keepRunning(call, prepared, true);
    replyJson(call, startedResponse(prepared, "queued"), { model: prepared.generation.model.name });
    return;
  }
  if (await waitForAll(call, prepared.generation.timeline)) {
    replyJson(call, keepFinished(call.service, prepared), consumedBy(prepared));
  } else recordGone(call, consumedSoFar(call, prepared));
}

/** `GET /responses/{id}`; with `stream=true` the events of the run, after `starting_after`. */
export async function getResponse(call: CloudCall): Promise<void> {
  const record = findRecord(call);
  if (call.query.get("stream") !== "true") {
    replyJson(call, viewResponse(call.service, record));
    return;
  }
  const after = Number(call.query.get("starting_after") ?? -1);
  openStream(call);
  const ended = await call.service.scheduler.until(record.run?.endsMs ?? 0, call.gone);
  if (ended) closeStream(call, replayEvents(findRecord(call), after), {});
  else recordGone(call, { streamed: true });
}

/** `POST /responses/{id}/cancel`: only a background run that has not ended. */
export function cancelResponse(call: CloudCall): void {
  const record = findRecord(call);
  if (record.run && isRunning(call.service, record)) {
    replyJson(call, cancelRun(call.service, record, record.run).response);
    return;
  }
  if (record.response["status"] !== "cancelled") {
    throw new CloudError(
      400,
      "invalid_value",
      `cannot cancel a response that is not running: \`${record.id}\``,
    );
  }
  replyJson(call, record.response);
}

/** `DELETE /responses/{id}`; a run is cancelled first. */
export function deleteResponse(call: CloudCall): void {
  const record = findRecord(call);
  if (record.run && isRunning(call.service, record)) cancelRun(call.service, record, record.run);
  call.service.state.deleteResponse(record.id);
  replyJson(call, deleted(record.id, "response"));
}

/** `GET /responses/{id}/input_items`: the items of that call's own input, newest first unless `order=asc`. */
export function listInputItems(call: CloudCall): void {
  const items = plainItems(findRecord(call).inputItems);
  replyJson(call, cutPage(inOrder(items, call.query), call.query, ITEM_PAGES));
}

/** `POST /responses/input_tokens`. */
export async function countTokensOfInput(call: CloudCall): Promise<void> {
  const { json } = await readJson(call);
  const inputTokens = await countInputTokens(call.service, call.project, json);
  replyJson(call, { object: "response.input_tokens", input_tokens: inputTokens });
}

/** A background run goes on when its listener leaves; any other stops. */
async function streamResponse(call: CloudCall, prepared: PreparedResponse): Promise<void> {
  const { generation, facts, messageId } = prepared;
  const answer = generation.answers[0];
  if (facts.background) keepRunning(call, prepared, false);
  const write = numberEvents();
  openStream(call);
  let text = write(openingEvents(startedResponse(prepared, "in_progress"), messageId, facts.background));
  let sent = 0;
  for await (const { to, chunks } of releases(call, generation.timeline)) {
    for (const { from, to } of chunks) {
      const piece = answer ? answerSlice(answer, from, to) : "";
      if (piece !== "") text += write([deltaEvent(messageId, piece)]);
    }
    sent = to;
    if (!(await writeStream(call, text))) break;
    text = "";
  }
  if (sent < generation.timeline.tokenCount || call.gone.aborted) {
    recordGone(call, { ...(facts.background ? {} : consumedSoFar(call, prepared)), streamed: true });
    return;
  }
  const response = facts.background
    ? finishedResponse(prepared, nowSeconds(call.service))
    : keepFinished(call.service, prepared);
  const whole = answer ? answerText(answer) : "";
  text += write(closingEvents(messageId, whole, finishedItem(prepared), response));
  closeStream(call, text, facts.background ? { model: generation.model.name } : consumedBy(prepared));
}

/** Frames events and numbers them from 0. */
function numberEvents(): (events: readonly ResponseEvent[]) => string {
  let next = 0;
  return (events) => events.map((event) => responseEvent(event, next++)).join("");
}

function findRecord(call: CloudCall): ResponseRecord {
  const record = call.service.state.findResponse(call.project, call.id, call.service.clock.nowMs());
  if (!record) throw notFound("response", call.id);
  return record;
}

function consumedBy({ generation }: PreparedResponse): Consumed {
  return {
    model: generation.model.name,
    inputTokens: generation.promptTokens,
    outputTokens: generation.outputTokens,
  };
}

function consumedSoFar(call: CloudCall, prepared: PreparedResponse): Consumed {
  return { ...consumedBy(prepared), outputTokens: tokensSoFar(call, prepared.generation.timeline) };
}
