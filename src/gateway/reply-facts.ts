/** What an upstream's JSON reply tells the ledger and the state directory. */

import type { Operation } from "../classification/operations.ts";
import { NOTHING_REPORTED, type UsageFault } from "../domain/buckets.ts";
import type { Deployment, PartnerId, StateKind } from "../domain/call.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../domain/json.ts";
import type { PendingJob } from "../domain/ledger.ts";
import type { StateChange } from "../domain/state.ts";
import type { Usage } from "../domain/usage.ts";
import { readUsage } from "../wire/openai/usage.ts";

export interface ReplyFacts {
  readonly usage: Usage;
  /** Why the report cannot be true; such a call is unpriced. */
  readonly usageFault: UsageFault | null;
  readonly modelServed: string | null;
  readonly stateChanges: readonly StateChange[];
  readonly pendingJob: PendingJob | null;
}

/** Who will hold what the reply names, and for whom. */
export interface HolderContext {
  readonly partner: PartnerId;
  readonly deployment: Deployment;
  readonly nowMs: number;
}

export interface ReplyContext extends HolderContext {
  readonly operation: Operation;
  readonly subjectId: string | null;
  readonly retained: boolean;
}

const DAY_MS = 86_400_000;
/** How long each kind is kept (OpenAI documentation, read November 2026: responses 30 days, idle containers 20 minutes). */
const LIFETIME_MS: Readonly<Partial<Record<StateKind, number>>> = {
  response: 30 * DAY_MS,
  item: 30 * DAY_MS,
  "chat.completion": 30 * DAY_MS,
  container: 20 * 60_000,
};

const NO_FACTS: ReplyFacts = {
  usage: NOTHING_REPORTED.usage,
  usageFault: NOTHING_REPORTED.fault,
  modelServed: null,
  stateChanges: [],
  pendingJob: null,
};

/** Reads usage, model and ids from a reply that the upstream sent with a success status. */
export function readReply(reply: JsonValue, context: ReplyContext): ReplyFacts {
  if (!isJsonObject(reply)) return NO_FACTS;
  const pendingJob = pendingJobOf(reply, context);
  const reports = context.operation.inference && pendingJob === null;
  const { usage, fault } = reports ? readUsage(reply) : NOTHING_REPORTED;
  return {
    usage,
    usageFault: fault,
    modelServed: typeof reply["model"] === "string" ? reply["model"] : null,
    stateChanges: stateChangesOf(reply, context),
    pendingJob,
  };
}

/** Work that goes on after this answer: its usage comes with its end. */
function pendingJobOf(reply: JsonObject, { operation }: ReplyContext): PendingJob | null {
  const id = reply["id"];
  if (typeof id !== "string") return null;
  if (operation.id === "fine_tuning.jobs.create") return { id, kind: "fine_tuning.job" };
  if (operation.id === "batches.create") return { id, kind: "batch" };
  const background = reply["status"] === "queued" || reply["status"] === "in_progress";
  return operation.id === "responses.create" && background ? { id, kind: "response" } : null;
}

function stateChangesOf(reply: JsonObject, context: ReplyContext): readonly StateChange[] {
  const { operation, partner, subjectId } = context;
  if (operation.id === "conversations.items.delete") return [];
  if (operation.method === "DELETE")
    return subjectId === null ? [] : [{ kind: "drop", id: subjectId, partner }];
  if (operation.id === "conversations.items.create") {
    return idsOf(reply["data"]).map((id) => register(id, "item", context));
  }
  return [...ownIds(reply, context), ...readOutputFiles(reply, context), ...containers(reply, context)];
}

/** A created object is held where it was created; a stored answer, and its items, only when the caller lets it be stored. */
function ownIds(reply: JsonObject, context: ReplyContext): readonly StateChange[] {
  const { operation } = context;
  const kind = operation.id.endsWith(".create") ? operation.stateKind : null;
  const id = reply["id"];
  if (kind === null || typeof id !== "string") return [];
  if ((kind === "response" || kind === "chat.completion") && !context.retained) return [];
  return [register(id, kind, context), ...itemIds(reply).map((item) => register(item, "item", context))];
}

/** Ids of the output items of a response, by which a later call can refer to them. */
export function itemIds(reply: JsonObject): readonly string[] {
  return idsOf(reply["output"]);
}

/** The ids of a list of objects; anything without one is passed over. */
export function idsOf(items: JsonValue | undefined): readonly string[] {
  return asList(items).flatMap((item) =>
    isJsonObject(item) && typeof item["id"] === "string" ? [item["id"]] : [],
  );
}

/** Directory changes for the files that a finished batch or job names: its provider made them. */
export function readOutputFiles(reply: JsonObject, context: HolderContext): readonly StateChange[] {
  const ids = [reply["output_file_id"], reply["error_file_id"], ...asList(reply["result_files"])];
  return ids.flatMap((id) => (typeof id === "string" && id !== "" ? [register(id, "file", context)] : []));
}

/** A sandbox that the provider opened for this answer can be named by a later call. */
function containers(reply: JsonObject, context: ReplyContext): readonly StateChange[] {
  const ids = asList(reply["output"]).flatMap((item) =>
    isJsonObject(item) && typeof item["container_id"] === "string" ? [item["container_id"]] : [],
  );
  return [...new Set(ids)].map((id) => register(id, "container", context));
}

function register(id: string, kind: StateKind, context: HolderContext): StateChange {
  const lifetimeMs = LIFETIME_MS[kind];
  const { provider, region } = context.deployment;
  return {
    kind: "register",
    entry: {
      id,
      kind,
      partner: context.partner,
      provider,
      region,
      expiresAtMs: lifetimeMs === undefined ? null : context.nowMs + lifetimeMs,
    },
  };
}

function asList(value: JsonValue | undefined): readonly JsonValue[] {
  return isJsonArray(value) ? value : [];
}
