/** Fine-tuning jobs as the clock has them: pure. A job's status and events follow from its facts and the time. */

import type { Rng } from "../../domain/ports.ts";

/** Simulated durations of a job's stages, ours: a real job takes minutes to hours. `speed` divides them. */
const STAGE_MS = { validating: 1_000, queued: 2_000, runningFloor: 5_000, perThousandTokens: 40 };

/** Passes over the training file where the caller does not say. */
export const USUAL_EPOCHS = 3;

/** What reading the training file gave. */
export type Validation =
  | { readonly kind: "sound"; readonly examples: number; readonly tokens: number }
  | { readonly kind: "bad"; readonly line: number | null; readonly message: string };

export interface JobPlan {
  readonly id: string;
  readonly model: string;
  readonly suffix: string | null;
  readonly epochs: number;
  readonly batchSize: number;
}

/** When the stages end, in ms since 1970. `validatedAtMs` is null while the file is still being read. */
export interface JobFacts {
  readonly plan: JobPlan;
  readonly createdAtMs: number;
  readonly validation: Validation | null;
  readonly validatedAtMs: number | null;
  readonly startsAtMs: number | null;
  readonly endsAtMs: number | null;
  readonly cancelledAtMs: number | null;
}

export type JobStatus = "validating_files" | "queued" | "running" | "succeeded" | "failed" | "cancelled";

export interface JobEvent {
  readonly atMs: number;
  readonly level: "info" | "error";
  readonly type: "message" | "metrics";
  readonly message: string;
  readonly data: { readonly step: number; readonly train_loss: number } | null;
}

export interface JobCheckpoint {
  readonly atMs: number;
  readonly step: number;
  readonly trainLoss: number;
}

/** How often a run reports its loss. */
const METRICS_EVENTS = 10;

/** Facts of a job whose file has been read: the stages follow one another from `nowMs` on. */
export function planStages(facts: JobFacts, validation: Validation, nowMs: number, speed: number): JobFacts {
  const validatedAtMs = Math.max(nowMs, facts.createdAtMs + STAGE_MS.validating / speed);
  if (validation.kind === "bad") return { ...facts, validation, validatedAtMs };
  const startsAtMs = validatedAtMs + STAGE_MS.queued / speed;
  const trained = trainedTokens(facts.plan, validation.tokens);
  const runningMs = STAGE_MS.runningFloor + (trained / 1_000) * STAGE_MS.perThousandTokens;
  return { ...facts, validation, validatedAtMs, startsAtMs, endsAtMs: startsAtMs + runningMs / speed };
}

/** The stage a job is in. */
export function statusAt(facts: JobFacts, nowMs: number): JobStatus {
  if (facts.cancelledAtMs !== null) return "cancelled";
  if (facts.validatedAtMs === null || nowMs < facts.validatedAtMs) return "validating_files";
  if (facts.validation?.kind === "bad") return "failed";
  if (nowMs < (facts.startsAtMs ?? Infinity)) return "queued";
  return nowMs < (facts.endsAtMs ?? Infinity) ? "running" : "succeeded";
}

/** True once a status is final. */
export function isFinal(status: JobStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "cancelled";
}

/** What a job is metered by: the tokens of the file's message contents, each epoch anew. */
export function trainedTokens(plan: JobPlan, fileTokens: number): number {
  return fileTokens * plan.epochs;
}

/** Optimiser steps of the whole job; at least one an epoch. */
function stepCount(plan: JobPlan, examples: number): number {
  return plan.epochs * Math.max(1, Math.ceil(examples / plan.batchSize));
}

/** The name of the result; it exists only once the job has succeeded. */
export function tunedModelName(plan: JobPlan): string {
  return `ft:${plan.model}:clauseway:${plan.suffix ?? ""}:${plan.id.slice(-8)}`;
}

/** What has happened by `nowMs`, oldest first. `rng` must be the same for the same job at every reading. */
export function eventsUntil(facts: JobFacts, nowMs: number, rng: Rng): readonly JobEvent[] {
  const happened: JobEvent[] = [
    say(facts.createdAtMs, `Created fine-tuning job: ${facts.plan.id}`),
    say(facts.createdAtMs, "Validating training file"),
  ];
  if (facts.validatedAtMs !== null && facts.validation?.kind === "bad") {
    happened.push({ ...say(facts.validatedAtMs, facts.validation.message), level: "error" });
  }
  if (facts.validatedAtMs !== null && facts.startsAtMs !== null && facts.endsAtMs !== null) {
    happened.push(say(facts.validatedAtMs, "Files validated, moving job to queued state"));
    happened.push(say(facts.startsAtMs, "Fine-tuning job started"));
    happened.push(...lossEvents(facts, rng));
    for (const checkpoint of checkpointsUntil(facts, Infinity, rng)) {
      happened.push(say(checkpoint.atMs, `Checkpoint created at step ${checkpoint.step}`));
    }
    happened.push(say(facts.endsAtMs, `New fine-tuned model created: ${tunedModelName(facts.plan)}`));
    happened.push(say(facts.endsAtMs, "The job has successfully completed"));
  }
  const until = Math.min(nowMs, facts.cancelledAtMs ?? Infinity);
  const seen = happened.filter((event) => event.atMs <= until).sort((one, other) => one.atMs - other.atMs);
  return facts.cancelledAtMs === null
    ? seen
    : [...seen, say(facts.cancelledAtMs, "Fine-tuning job cancelled")];
}

/** Checkpoints by `nowMs`, one at the end of each epoch, oldest first. */
export function checkpointsUntil(facts: JobFacts, nowMs: number, rng: Rng): readonly JobCheckpoint[] {
  if (facts.validation?.kind !== "sound") return [];
  const steps = stepCount(facts.plan, facts.validation.examples);
  const until = Math.min(nowMs, facts.cancelledAtMs ?? Infinity);
  return Array.from({ length: facts.plan.epochs }, (_, index) => {
    const step = Math.round((steps * (index + 1)) / facts.plan.epochs);
    return { atMs: timeOfStep(facts, step, steps), step, trainLoss: lossAt(step, steps, rng) };
  }).filter(({ atMs }) => atMs <= until);
}

function lossEvents(facts: JobFacts, rng: Rng): JobEvent[] {
  if (facts.validation?.kind !== "sound") return [];
  const steps = stepCount(facts.plan, facts.validation.examples);
  const reports = Math.min(METRICS_EVENTS, steps);
  return Array.from({ length: reports }, (_, index) => {
    const step = Math.round((steps * (index + 1)) / reports);
    const loss = lossAt(step, steps, rng);
    return {
      atMs: timeOfStep(facts, step, steps),
      level: "info",
      type: "metrics",
      message: `Step ${step}/${steps}: training loss=${loss.toFixed(2)}`,
      data: { step, train_loss: loss },
    };
  });
}

function timeOfStep(facts: JobFacts, step: number, steps: number): number {
  const startsAtMs = facts.startsAtMs ?? 0;
  return startsAtMs + ((facts.endsAtMs ?? startsAtMs) - startsAtMs) * (step / steps);
}

/** Falls from about 2 to about 0.4, with a little noise: a curve to look at, no claim about training. */
function lossAt(step: number, steps: number, rng: Rng): number {
  return Number((0.4 + 1.6 * Math.exp((-3 * step) / steps) + 0.05 * rng.next()).toFixed(4));
}

function say(atMs: number, message: string): JobEvent {
  return { atMs, level: "info", type: "message", message, data: null };
}
