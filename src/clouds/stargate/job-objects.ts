/** Fine-tuning jobs, events and checkpoints as the API shows them. */

import type { Job } from "./job-store.ts";
import {
  isFinal,
  statusAt,
  trainedTokens,
  tunedModelName,
  type JobCheckpoint,
  type JobEvent,
} from "./model.ts";

interface Listed {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** The job at a moment: `trained_tokens` and `fine_tuned_model` only once it has succeeded. */
export function jobObject(job: Job, nowMs: number): Listed {
  const { facts, request } = job;
  const { plan, validation } = facts;
  const status = statusAt(facts, nowMs);
  const succeeded = status === "succeeded" && validation?.kind === "sound";
  const hyperparameters = {
    n_epochs: plan.epochs,
    batch_size: plan.batchSize,
    learning_rate_multiplier: "auto",
  };
  return {
    id: job.id,
    object: "fine_tuning.job",
    created_at: seconds(facts.createdAtMs),
    finished_at: isFinal(status) ? seconds(finishedAtMs(job)) : null,
    model: plan.model,
    fine_tuned_model: succeeded ? tunedModelName(plan) : null,
    organization_id: "org-clauseway",
    result_files: [],
    seed: request["seed"] ?? 0,
    status,
    trained_tokens: succeeded ? trainedTokens(plan, validation.tokens) : null,
    training_file: job.trainingFile,
    validation_file: request["validation_file"] ?? null,
    error:
      status === "failed" && validation?.kind === "bad"
        ? { code: "invalid_training_file", message: validation.message, param: "training_file" }
        : null,
    hyperparameters,
    method: { type: "supervised", supervised: { hyperparameters } },
    integrations: [],
    metadata: request["metadata"] ?? {},
    estimated_finish: facts.endsAtMs === null ? null : seconds(facts.endsAtMs),
  };
}

/** An event; its id follows from the job's and its place, so that every reading gives the same. */
export function eventObject(jobId: string, event: JobEvent, index: number): Listed {
  return {
    id: `ftevent-${jobId.slice(6)}-${index}`,
    object: "fine_tuning.job.event",
    created_at: seconds(event.atMs),
    level: event.level,
    type: event.type,
    message: event.message,
    ...(event.data === null ? {} : { data: event.data }),
  };
}

/** A checkpoint. */
export function checkpointObject(job: Job, checkpoint: JobCheckpoint): Listed {
  return {
    id: `ftckpt-${job.id.slice(6)}-${checkpoint.step}`,
    object: "fine_tuning.job.checkpoint",
    created_at: seconds(checkpoint.atMs),
    fine_tuning_job_id: job.id,
    fine_tuned_model_checkpoint: `${tunedModelName(job.facts.plan)}:ckpt-step-${checkpoint.step}`,
    step_number: checkpoint.step,
    metrics: { step: checkpoint.step, train_loss: checkpoint.trainLoss },
  };
}

function finishedAtMs({ facts }: Job): number {
  return facts.cancelledAtMs ?? facts.endsAtMs ?? facts.validatedAtMs ?? facts.createdAtMs;
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
