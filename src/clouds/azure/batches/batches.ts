/** The Batch API of Azure. */

import { batchObject } from "../../../wire/openai/batches.ts";
import { CloudError, invalidValue, notFound } from "../../cloud-error.ts";
import type { CloudCall } from "../../http/call.ts";
import { readJson } from "../../http/read-body.ts";
import { replyJson } from "../../http/reply.ts";
import { createId } from "../../ids.ts";
import { cutPage, ITEM_PAGES } from "../../operations/pages.ts";
import type { Batch, BatchStore } from "./batch-store.ts";
import { readEndpoint } from "./check-input.ts";
import { runBatch } from "./run-batch.ts";

/** `POST /batches`. The file is read after the answer: an unsound file is a failed batch, not a refused call. */
export async function createBatch(call: CloudCall, batches: BatchStore): Promise<void> {
  const { json } = await readJson(call);
  const endpoint = readEndpoint(json["endpoint"]);
  if (endpoint === null) throw invalidValue("endpoint", "`endpoint` is not one that batches run");
  if (json["completion_window"] !== "24h") {
    throw invalidValue("completion_window", "`completion_window` must be `24h`");
  }
  const inputFileId = String(json["input_file_id"] ?? "");
  const file = call.service.files.find(call.project, inputFileId);
  if (!file || file.purpose !== "batch") {
    throw new CloudError(
      400,
      "invalid_input_file",
      `\`${inputFileId.slice(0, 128)}\` is not an uploaded file of purpose \`batch\``,
      "input_file_id",
    );
  }
  const batch: Batch = {
    project: call.project,
    caller: call.caller,
    cancel: new AbortController(),
    facts: {
      id: createId("batch_"),
      endpoint,
      model: call.deployment,
      inputFileId,
      outputFileId: null,
      errorFileId: null,
      status: "validating",
      createdAtMs: call.startedAtMs,
      stamps: {},
      counts: { total: 0, completed: 0, failed: 0 },
      usage: { inputTokens: 0, outputTokens: 0 },
      problems: [],
      metadata: json["metadata"] ?? null,
    },
  };
  batches.put(batch);
  replyJson(call, batchObject(batch.facts));
  void runBatch(call.service, batch, file);
}

/** `GET /batches`, newest first. */
export function listBatches(call: CloudCall, batches: BatchStore): void {
  const listed = batches.list(call.project).map(({ facts }) => batchObject(facts));
  replyJson(call, cutPage(listed.toReversed(), call.query, ITEM_PAGES));
}

/** `GET /batches/{id}`. */
export function getBatch(call: CloudCall, batches: BatchStore): void {
  replyJson(call, batchObject(findBatch(call, batches).facts));
}

/** `POST /batches/{id}/cancel`: lines that are done stay done. */
export function cancelBatch(call: CloudCall, batches: BatchStore): void {
  const batch = findBatch(call, batches);
  const { status } = batch.facts;
  if (status === "validating" || status === "in_progress" || status === "finalizing") {
    const stamps = { ...batch.facts.stamps, cancelling_at: call.service.clock.nowMs() };
    batch.facts = { ...batch.facts, status: "cancelling", stamps };
    batch.cancel.abort();
  } else if (status !== "cancelling") {
    throw new CloudError(409, "conflict", `batch \`${call.id}\` has already ended: it is ${status}`);
  }
  replyJson(call, batchObject(batch.facts));
}

function findBatch(call: CloudCall, batches: BatchStore): Batch {
  const batch = batches.find(call.project, call.id);
  if (!batch) throw notFound("batch", call.id);
  return batch;
}
