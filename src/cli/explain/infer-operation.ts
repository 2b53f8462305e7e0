/** Which operation a bare body is meant for, told by the field that only that operation has. */

import { isJsonObject, type JsonObject } from "../../domain/json.ts";
import type { Model } from "../../domain/catalogue.ts";
import type { OperationId } from "../../classification/operations.ts";

export interface Inference {
  readonly operation: OperationId;
  /** The field that told it. */
  readonly field: string;
}

/** Null where no field tells it. */
export function inferOperation(body: JsonObject, models: ReadonlyMap<string, Model>): Inference | null {
  const has = (field: string): boolean => body[field] !== undefined;
  if (has("messages")) return { operation: "chat.completions.create", field: "messages" };
  if (has("training_file")) return { operation: "fine_tuning.jobs.create", field: "training_file" };
  if (has("input_file_id")) return { operation: "batches.create", field: "input_file_id" };
  if (has("input") && isEmbedding(body["model"], models)) {
    return { operation: "embeddings.create", field: "input" };
  }
  for (const field of ["input", "previous_response_id", "conversation"]) {
    if (has(field)) return { operation: "responses.create", field };
  }
  // A response's prompt is a stored template, a legacy completion's is text.
  if (isJsonObject(body["prompt"])) return { operation: "responses.create", field: "prompt" };
  return has("prompt") ? { operation: "completions.create", field: "prompt" } : null;
}

function isEmbedding(model: JsonObject[string] | undefined, models: ReadonlyMap<string, Model>): boolean {
  return typeof model === "string" && models.get(model)?.kind === "embedding";
}
