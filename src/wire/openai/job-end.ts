/** What work that outlives its call says once it has ended: how it ended, what it used, and whether anything ran. */

import { NOTHING_REPORTED, type UsageReading } from "../../domain/buckets.ts";
import { isJsonObject, type JsonObject } from "../../domain/json.ts";
import type { PendingJob } from "../../domain/ledger.ts";
import type { Outcome } from "../../domain/outcome.ts";
import type { Usage } from "../../domain/usage.ts";
import { readTrainingUsage, readUsage } from "./usage.ts";

export interface JobEnd {
  readonly outcome: Outcome;
  /** Nothing reported where nothing ran. */
  readonly reading: UsageReading;
  /** False only where the job itself proves that no model ran: such a job is free. */
  readonly mayHaveRun: boolean;
}

const OUTCOME_BY_STATUS: Readonly<Record<string, Outcome>> = {
  succeeded: "ok",
  completed: "ok",
  incomplete: "ok",
  failed: "upstream_error",
  expired: "timeout",
  cancelled: "aborted",
};

/** A job that its provider no longer knows has run for all we can tell. */
export const LOST_JOB: JobEnd = { outcome: "upstream_error", reading: NOTHING_REPORTED, mayHaveRun: true };

/** Reads a job as its provider shows it; null while it has not ended. */
export function readJobEnd(kind: PendingJob["kind"], job: JsonObject): JobEnd | null {
  const outcome = OUTCOME_BY_STATUS[String(job["status"])];
  if (outcome === undefined) return null;
  const reading = kind === "fine_tuning.job" ? readTrainingUsage(job) : readUsage(job);
  return outcome !== "ok" && nothingRan(kind, job, reading)
    ? { outcome, reading: NOTHING_REPORTED, mayHaveRun: false }
    : { outcome, reading, mayHaveRun: true };
}

/** A job that ended badly: silence about its usage is no proof, reported zeroes are, and so can be what its kind says of its work. */
function nothingRan(kind: PendingJob["kind"], job: JsonObject, { usage, fault }: UsageReading): boolean {
  if (fault !== null) return false;
  if (!isSilent(usage)) return isZero(usage);
  switch (kind) {
    case "fine_tuning.job":
      // Billed are the tokens of the model that it made (`trained_tokens`), and it made none.
      return true;
    case "batch":
      return noLineRan(job);
    case "response":
      return false;
  }
}

function isSilent({ inputTokens, outputTokens, trainedTokens }: Usage): boolean {
  return inputTokens === null && outputTokens === null && trainedTokens === null;
}

function isZero({ inputTokens, outputTokens, trainedTokens }: Usage): boolean {
  return trainedTokens === null ? inputTokens === 0 && outputTokens === 0 : trainedTokens === 0;
}

/**
 * No line was answered. Without a count: `failed` means that the input file was found unsound (OpenAI reference, batch object),
 * unless the batch says that it had begun.
 */
function noLineRan(job: JsonObject): boolean {
  const counts = job["request_counts"];
  const completed = isJsonObject(counts) ? (counts["completed"] ?? null) : null;
  if (completed !== null) return completed === 0;
  return job["status"] === "failed" && (job["in_progress_at"] ?? null) === null;
}
