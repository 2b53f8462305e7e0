/** Keeping responses: what a finished one leaves behind, and how a background run looks while the clock runs. */

import type { CloudCall } from "../http/call.ts";
import { generatedTokens, totalMs } from "../latency.ts";
import type { CloudService } from "../service.ts";
import { extendHistory } from "../state/history.ts";
import type { BackgroundRun, ResponseRecord } from "../state/state-store.ts";
import { finishedItem, finishedResponse, type PreparedResponse } from "./prepare-response.ts";

/** How long a background run waits before it starts, in simulated ms; ours, labelled preset. */
const QUEUED_MS = 500;

/** Stores a finished response if it is to be kept, adds its turn to its conversation, and returns it. */
export function keepFinished(service: CloudService, prepared: PreparedResponse): Record<string, unknown> {
  const record = recordOf(service, prepared, null);
  if (prepared.facts.store) service.state.putResponse(record);
  extendConversation(service, prepared, record);
  return record.response;
}

/**
 * Stores a background run and lets the clock finish it: its tokens are metered then, under the response's id. `queued` false
 * starts it at once.
 */
export function keepRunning(call: CloudCall, prepared: PreparedResponse, queued: boolean): ResponseRecord {
  const { service } = call;
  const { timeline, model, promptTokens, outputTokens } = prepared.generation;
  const startsMs = call.arrivedMonotonicMs + (queued ? QUEUED_MS / service.speed : 0);
  const run: BackgroundRun = {
    startsMs,
    endsMs: startsMs + totalMs(timeline) / service.speed,
    timeline,
    model: model.name,
    inputTokens: promptTokens,
    caller: call.caller,
    startedAtMs: call.startedAtMs,
  };
  const record = recordOf(service, prepared, run);
  service.state.putResponse(record);
  service.scheduler.at(run.endsMs, () => {
    const current = service.state.findResponse(record.project, record.id, service.clock.nowMs());
    if (current?.run !== run) return;
    extendConversation(service, prepared, record);
    meterRun(service, record, run, outputTokens);
  });
  return record;
}

/** A response as the clock has it: queued, in progress, or as it ended. */
export function viewResponse(service: CloudService, record: ResponseRecord): Record<string, unknown> {
  if (!isRunning(service, record)) return { ...record.response };
  const status = service.clock.monotonicMs() < (record.run?.startsMs ?? 0) ? "queued" : "in_progress";
  return {
    ...record.response,
    status,
    completed_at: null,
    incomplete_details: null,
    output: [],
    usage: null,
  };
}

/** True while the clock has not ended the run. */
export function isRunning(service: CloudService, record: ResponseRecord): boolean {
  return record.run !== null && service.clock.monotonicMs() < record.run.endsMs;
}

/**
 * Ends a run now and stores it as cancelled: nothing is answered; what was generated so far is reported, and metered under the
 * response's id.
 */
export function cancelRun(service: CloudService, record: ResponseRecord, run: BackgroundRun): ResponseRecord {
  const elapsedMs = (service.clock.monotonicMs() - run.startsMs) * service.speed;
  const outputTokens = generatedTokens(run.timeline, elapsedMs);
  const { usage } = record.response;
  const cancelled: ResponseRecord = {
    ...record,
    run: null,
    outputItems: [],
    history: extendHistory(record.history.before, record.inputItems),
    response: {
      ...record.response,
      status: "cancelled",
      completed_at: null,
      incomplete_details: null,
      output: [],
      usage: {
        ...(usage as object),
        output_tokens: outputTokens,
        total_tokens: run.inputTokens + outputTokens,
      },
    },
  };
  service.state.putResponse(cancelled);
  meterRun(service, record, run, outputTokens);
  return cancelled;
}

function recordOf(
  service: CloudService,
  prepared: PreparedResponse,
  run: BackgroundRun | null,
): ResponseRecord {
  const { facts, project, before, inputItems } = prepared;
  const endsInMs = run ? Math.max(0, run.endsMs - service.clock.monotonicMs()) : 0;
  const completedAt = Math.floor((service.clock.nowMs() + endsInMs) / 1000);
  const outputItems = [{ item: finishedItem(prepared), tokens: prepared.generation.outputTokens }];
  return {
    id: facts.id,
    project,
    createdAtMs: service.clock.nowMs(),
    response: finishedResponse(prepared, completedAt),
    inputItems,
    outputItems,
    history: extendHistory(before, [...inputItems, ...outputItems]),
    run,
  };
}

/** A conversation that was deleted meanwhile stays deleted. */
function extendConversation(service: CloudService, prepared: PreparedResponse, record: ResponseRecord): void {
  const { conversationId } = prepared.facts;
  if (conversationId === null) return;
  const conversation = service.state.findConversation(record.project, conversationId, service.clock.nowMs());
  if (!conversation) return;
  service.state.putConversation({
    ...conversation,
    items: [...conversation.items, ...record.inputItems, ...record.outputItems],
  });
}

function meterRun(
  service: CloudService,
  record: ResponseRecord,
  run: BackgroundRun,
  outputTokens: number,
): void {
  service.meter.record({
    requestId: record.id,
    caller: run.caller,
    project: record.project,
    region: service.region,
    operation: "responses.completed",
    model: run.model,
    status: 200,
    inputTokens: run.inputTokens,
    cachedInputTokens: 0,
    outputTokens,
    trainedTokens: null,
    streamed: false,
    startedAtMs: run.startedAtMs,
    latencyMs: service.clock.nowMs() - run.startedAtMs,
  });
}
