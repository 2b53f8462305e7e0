/** Batch objects and the lines of their output files. */

import { NOTHING_REPORTED, type UsageReading } from "../../domain/buckets.ts";
import { isJsonObject, readJson } from "../../domain/json.ts";
import { readUsage } from "./usage.ts";

type BatchStatus =
  | "validating"
  | "failed"
  | "in_progress"
  | "finalizing"
  | "completed"
  | "cancelling"
  | "cancelled";

/** Stages that leave a stamp, in ms since 1970. */
export type BatchStamps = Readonly<
  Partial<
    Record<
      "in_progress_at" | "finalizing_at" | "completed_at" | "failed_at" | "cancelling_at" | "cancelled_at",
      number
    >
  >
>;

export interface BatchProblem {
  readonly code: string;
  readonly message: string;
  /** Counted from 1; null when the file as a whole is to blame. */
  readonly line: number | null;
  readonly param: string | null;
}

export interface BatchFacts {
  readonly id: string;
  readonly endpoint: string;
  readonly model: string | null;
  readonly inputFileId: string;
  readonly outputFileId: string | null;
  readonly errorFileId: string | null;
  readonly status: BatchStatus;
  readonly createdAtMs: number;
  readonly stamps: BatchStamps;
  readonly counts: { readonly total: number; readonly completed: number; readonly failed: number };
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
  readonly problems: readonly BatchProblem[];
  readonly metadata: unknown;
}

const WINDOW_SECONDS = 24 * 3_600;

/** A batch as the API shows it. */
export function batchObject(facts: BatchFacts): { readonly id: string; readonly [field: string]: unknown } {
  const { usage, stamps } = facts;
  const stamp = (name: keyof BatchStamps): number | null => {
    const atMs = stamps[name];
    return atMs === undefined ? null : Math.floor(atMs / 1000);
  };
  return {
    id: facts.id,
    object: "batch",
    endpoint: facts.endpoint,
    model: facts.model,
    errors: facts.problems.length === 0 ? null : { object: "list", data: facts.problems },
    input_file_id: facts.inputFileId,
    completion_window: "24h",
    status: facts.status,
    output_file_id: facts.outputFileId,
    error_file_id: facts.errorFileId,
    created_at: Math.floor(facts.createdAtMs / 1000),
    expires_at: Math.floor(facts.createdAtMs / 1000) + WINDOW_SECONDS,
    in_progress_at: stamp("in_progress_at"),
    finalizing_at: stamp("finalizing_at"),
    completed_at: stamp("completed_at"),
    failed_at: stamp("failed_at"),
    expired_at: null,
    cancelling_at: stamp("cancelling_at"),
    cancelled_at: stamp("cancelled_at"),
    request_counts: facts.counts,
    usage: {
      input_tokens: usage.inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: usage.outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: usage.inputTokens + usage.outputTokens,
    },
    metadata: facts.metadata,
  };
}

/** One line of an output or error file, with its line feed. */
export function batchOutputLine(line: {
  readonly id: string;
  readonly customId: string;
  readonly requestId: string;
  readonly status: number;
  readonly body: object;
}): string {
  return `${JSON.stringify({
    id: line.id,
    custom_id: line.customId,
    response: { status_code: line.status, request_id: line.requestId, body: line.body },
    error: null,
  })}\n`;
}

/** What the request of such a line used, nothing where it was not answered; null for what is no such line. */
export function readLineUsage(text: string): UsageReading | null {
  const line = readJson(text);
  if (!isJsonObject(line)) return null;
  const { response } = line;
  if (response === undefined || response === null) return NOTHING_REPORTED;
  const body = isJsonObject(response) ? response["body"] : undefined;
  return isJsonObject(body) ? readUsage(body) : null;
}
