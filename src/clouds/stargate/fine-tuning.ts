/** The fine-tuning API: jobs that run by the clock and are metered when they end. */

import { CloudError, invalidValue, notFound } from "../cloud-error.ts";
import type { CloudCall } from "../http/call.ts";
import { isObject, readJson, type JsonBody } from "../http/read-body.ts";
import { replyJson } from "../http/reply.ts";
import { createId } from "../ids.ts";
import { readInteger } from "../operations/generation.ts";
import { cutPage, ITEM_PAGES } from "../operations/pages.ts";
import { seededRng } from "../../domain/rng.ts";
import { deriveSeed } from "../rng.ts";
import { findModel, type CloudService } from "../service.ts";
import { checkpointObject, eventObject, jobObject } from "./job-objects.ts";
import type { Job, JobStore } from "./job-store.ts";
import {
  checkpointsUntil,
  eventsUntil,
  isFinal,
  planStages,
  statusAt,
  trainedTokens,
  USUAL_EPOCHS,
} from "./model.ts";
import { validateTrainingFile } from "./validate-training-file.ts";

const MOST_EPOCHS = 50;
const MOST_BATCH_SIZE = 256;

/** `POST /fine_tuning/jobs`. The file is read after the answer: a bad file is a failed job, not a refused call. */
export async function createJob(call: CloudCall, jobs: JobStore): Promise<void> {
  const { service } = call;
  const { json } = await readJson(call);
  const model = findModel(service, json["model"], "chat");
  const trainingFile = String(json["training_file"] ?? "");
  const file = service.files.find(call.project, trainingFile);
  if (!file || file.purpose !== "fine-tune") {
    throw new CloudError(
      400,
      "invalid_training_file",
      `\`${trainingFile.slice(0, 128)}\` is not an uploaded file of purpose \`fine-tune\``,
      "training_file",
    );
  }
  const settings = readSettings(json);
  const id = createId("ftjob-");
  const job: Job = {
    id,
    project: call.project,
    caller: call.caller,
    request: json,
    trainingFile,
    facts: {
      plan: {
        id,
        model: model.name,
        suffix: settings.suffix,
        epochs: settings.epochs,
        batchSize: settings.batchSize,
      },
      createdAtMs: call.startedAtMs,
      validation: null,
      validatedAtMs: null,
      startsAtMs: null,
      endsAtMs: null,
      cancelledAtMs: null,
    },
  };
  jobs.put(job);
  replyJson(call, jobObject(job, call.startedAtMs), { model: model.name });
  const validation = await validateTrainingFile(service.files, file);
  const current = jobs.get(id);
  if (!current || current.facts.cancelledAtMs !== null) return;
  const planned = {
    ...current,
    facts: planStages(current.facts, validation, service.clock.nowMs(), service.speed),
  };
  jobs.put(planned);
  scheduleEnd(service, jobs, planned);
}

/** `GET /fine_tuning/jobs`, newest first. */
export function listJobs(call: CloudCall, jobs: JobStore): void {
  const nowMs = call.service.clock.nowMs();
  const listed = jobs.list(call.project).map((job) => jobObject(job, nowMs));
  replyJson(call, cutPage(listed.toReversed(), call.query, ITEM_PAGES));
}

/** `GET /fine_tuning/jobs/{id}`. */
export function getJob(call: CloudCall, jobs: JobStore): void {
  replyJson(call, jobObject(findJob(call, jobs), call.service.clock.nowMs()));
}

/** `POST /fine_tuning/jobs/{id}/cancel`: before the job has ended. */
export function cancelJob(call: CloudCall, jobs: JobStore): void {
  const nowMs = call.service.clock.nowMs();
  const job = findJob(call, jobs);
  const status = statusAt(job.facts, nowMs);
  if (isFinal(status)) throw invalidValue("id", `job \`${job.id}\` has already ended: it is ${status}`);
  const cancelled = { ...job, facts: { ...job.facts, cancelledAtMs: nowMs } };
  jobs.put(cancelled);
  replyJson(call, jobObject(cancelled, nowMs));
}

/** `GET /fine_tuning/jobs/{id}/events`, newest first. */
export function listEvents(call: CloudCall, jobs: JobStore): void {
  const job = findJob(call, jobs);
  const events = eventsUntil(job.facts, call.service.clock.nowMs(), rngOf(call.service, job));
  const listed = events.map((event, index) => eventObject(job.id, event, index)).toReversed();
  replyJson(call, cutPage(listed, call.query, ITEM_PAGES));
}

/** `GET /fine_tuning/jobs/{id}/checkpoints`, newest first. */
export function listCheckpoints(call: CloudCall, jobs: JobStore): void {
  const job = findJob(call, jobs);
  const checkpoints = checkpointsUntil(job.facts, call.service.clock.nowMs(), rngOf(call.service, job));
  const listed = checkpoints.map((checkpoint) => checkpointObject(job, checkpoint)).toReversed();
  replyJson(call, cutPage(listed, call.query, ITEM_PAGES));
}

/** A job that ended well is metered under its own id, whether or not anyone asks for it. */
function scheduleEnd(service: CloudService, jobs: JobStore, job: Job): void {
  const { validation, endsAtMs, plan } = job.facts;
  if (validation?.kind !== "sound" || endsAtMs === null) return;
  const { clock } = service;
  service.scheduler.at(clock.monotonicMs() + Math.max(0, endsAtMs - clock.nowMs()), () => {
    if (jobs.get(job.id)?.facts.cancelledAtMs !== null) return;
    service.meter.record({
      requestId: job.id,
      caller: job.caller,
      project: job.project,
      region: service.region,
      operation: "fine_tuning.jobs.completed",
      model: plan.model,
      status: 200,
      inputTokens: null,
      cachedInputTokens: null,
      outputTokens: null,
      trainedTokens: trainedTokens(plan, validation.tokens),
      streamed: false,
      startedAtMs: job.facts.createdAtMs,
      latencyMs: clock.nowMs() - job.facts.createdAtMs,
    });
  });
}

function findJob(call: CloudCall, jobs: JobStore): Job {
  const job = jobs.get(call.id);
  if (!job || job.project !== call.project) throw notFound("fine-tuning job", call.id);
  return job;
}

function rngOf(service: CloudService, job: Job): ReturnType<typeof seededRng> {
  return seededRng(deriveSeed(service.seed, job.id));
}

function readSettings(json: JsonBody): { epochs: number; batchSize: number; suffix: string | null } {
  const method = isObject(json["method"]) ? json["method"]["supervised"] : null;
  const given = (isObject(method) ? method["hyperparameters"] : null) ?? json["hyperparameters"];
  const hyperparameters = isObject(given) ? given : {};
  const suffix = json["suffix"] ?? null;
  if (suffix !== null && (typeof suffix !== "string" || !/^[A-Za-z0-9-]{1,64}$/.test(suffix))) {
    throw invalidValue("suffix", "`suffix` is 1 to 64 letters, digits and hyphens");
  }
  return {
    epochs: readAuto(hyperparameters["n_epochs"], "n_epochs", USUAL_EPOCHS, MOST_EPOCHS),
    batchSize: readAuto(hyperparameters["batch_size"], "batch_size", 1, MOST_BATCH_SIZE),
    suffix,
  };
}

function readAuto(value: unknown, name: string, usual: number, most: number): number {
  if (value === undefined || value === null || value === "auto") return usual;
  return readInteger(value, `hyperparameters.${name}`, 1, most);
}
