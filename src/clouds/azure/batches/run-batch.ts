/** Running a batch through its states, by the clock. */

import { batchOutputLine, type BatchFacts, type BatchStamps } from "../../../wire/openai/batches.ts";
import type { StoredFile } from "../../files/file-store.ts";
import { readLines } from "../../files/read-lines.ts";
import { createId } from "../../ids.ts";
import type { CloudService } from "../../service.ts";
import type { Batch } from "./batch-store.ts";
import { checkInput, parseLine, readEndpoint, type BatchEndpoint } from "./check-input.ts";
import { createLineSink } from "./line-sink.ts";
import { runLine, type LineOutcome } from "./run-line.ts";

/** Simulated durations, ours: a real batch takes up to 24 hours. `speed` divides them. */
const VALIDATING_MS = 1_000;
const LINE_MS = 50;
const FINALIZING_MS = 1_000;

/**
 * Runs a batch to its end: `failed` for an unsound file, `cancelled` when cancelled (finished lines are kept and charged), else
 * `completed`. Each line that was answered is metered under the batch's id; the end has a row of its own without tokens.
 */
export async function runBatch(service: CloudService, batch: Batch, input: StoredFile): Promise<void> {
  try {
    await runStages(service, batch, input);
  } catch (error) {
    const problem = {
      code: "input_file_lost",
      message: "the input file can no longer be read",
      line: null,
      param: null,
    };
    change(service, batch, { status: "failed", problems: [problem] }, "failed_at");
    if (!isGone(error)) service.onDefect(error);
  }
}

/** A file may be deleted under a batch that reads it. */
function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

async function runStages(service: CloudService, batch: Batch, input: StoredFile): Promise<void> {
  const endpoint = readEndpoint(batch.facts.endpoint);
  if (endpoint === null) return;
  await pause(service, batch, VALIDATING_MS);
  const { total, problems } = await checkInput(service.files, input, endpoint);
  if (problems.length > 0) {
    change(service, batch, { status: "failed", problems }, "failed_at");
    return;
  }
  const counts = { total, completed: 0, failed: 0 };
  if (!batch.cancel.signal.aborted) {
    change(service, batch, { status: "in_progress", counts }, "in_progress_at");
  }
  const files = await runLines(service, batch, input, endpoint);
  if (!batch.cancel.signal.aborted) change(service, batch, { status: "finalizing" }, "finalizing_at");
  await pause(service, batch, FINALIZING_MS);
  if (batch.cancel.signal.aborted) {
    change(service, batch, { ...files, status: "cancelled" }, "cancelled_at");
  } else change(service, batch, { ...files, status: "completed" }, "completed_at");
  meter(service, batch, "batches.completed", {
    status: 200,
    model: batch.facts.model,
    inputTokens: null,
    outputTokens: null,
  });
}

async function runLines(
  service: CloudService,
  batch: Batch,
  input: StoredFile,
  endpoint: BatchEndpoint,
): Promise<Pick<BatchFacts, "outputFileId" | "errorFileId">> {
  const answered = createLineSink(service.files);
  const refused = createLineSink(service.files);
  for await (const { text } of readLines(service.files, input)) {
    if (!(await pause(service, batch, LINE_MS))) break;
    const { customId, body } = parseLine(text);
    const outcome = await runLine(service, batch.project, endpoint, body);
    const line = { id: createId("batch_req_"), requestId: createId("req_"), customId, ...outcome };
    await (outcome.status === 200 ? answered : refused).write(batchOutputLine(line));
    count(batch, outcome);
    meter(service, batch, "batches.line", outcome);
  }
  const facts = (kind: string) => ({
    project: batch.project,
    filename: `${batch.facts.id}_${kind}.jsonl`,
    purpose: "batch_output",
    createdAtMs: service.clock.nowMs(),
  });
  const output = await answered.end(facts("output"));
  const errors = await refused.end(facts("error"));
  return { outputFileId: output?.id ?? null, errorFileId: errors?.id ?? null };
}

/** Waits so many simulated milliseconds; false once the batch is cancelled. */
async function pause(service: CloudService, batch: Batch, simulatedMs: number): Promise<boolean> {
  const dueMs = service.clock.monotonicMs() + simulatedMs / service.speed;
  return await service.scheduler.until(dueMs, batch.cancel.signal);
}

function change(
  service: CloudService,
  batch: Batch,
  changes: Partial<BatchFacts>,
  stamp: keyof BatchStamps,
): void {
  const stamps = { ...batch.facts.stamps, [stamp]: service.clock.nowMs() };
  batch.facts = { ...batch.facts, ...changes, stamps };
}

function count(batch: Batch, outcome: LineOutcome): void {
  const { counts, usage } = batch.facts;
  const answered = outcome.status === 200 ? 1 : 0;
  batch.facts = {
    ...batch.facts,
    model: batch.facts.model ?? outcome.model,
    counts: { ...counts, completed: counts.completed + answered, failed: counts.failed + 1 - answered },
    usage: {
      inputTokens: usage.inputTokens + (outcome.inputTokens ?? 0),
      outputTokens: usage.outputTokens + (outcome.outputTokens ?? 0),
    },
  };
}

function meter(
  service: CloudService,
  batch: Batch,
  operation: string,
  outcome: Omit<LineOutcome, "body">,
): void {
  const { createdAtMs, id } = batch.facts;
  service.meter.record({
    requestId: id,
    caller: batch.caller,
    project: batch.project,
    region: service.region,
    operation,
    model: outcome.model,
    status: outcome.status,
    inputTokens: outcome.inputTokens,
    cachedInputTokens: outcome.inputTokens === null ? null : 0,
    outputTokens: outcome.outputTokens,
    trainedTokens: null,
    streamed: false,
    startedAtMs: createdAtMs,
    latencyMs: service.clock.nowMs() - createdAtMs,
  });
}
