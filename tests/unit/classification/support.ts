import { extractFeatures, type Features } from "../../../src/classification/features.ts";
import { type Operation, type OperationId, OPERATIONS } from "../../../src/classification/operations.ts";
import { classify, type Classification } from "../../../src/classification/classify.ts";
import type { JsonObject } from "../../../src/domain/json.ts";

export function operationOf(id: OperationId): Operation {
  const found = OPERATIONS.find((operation) => operation.id === id);
  if (found === undefined) throw new Error(`no operation ${id}`);
  return found;
}

export function read(id: OperationId, body: JsonObject | null, pathId: string | null = null): Features {
  return extractFeatures(operationOf(id), pathId, body);
}

export function classOf(id: OperationId, body: JsonObject | null, reading = "dependence"): Classification {
  return classify(operationOf(id), read(id, body), { A1: reading });
}

export const CHAT: JsonObject = { model: "gpt-5.4", messages: [{ role: "user", content: "hi" }] };
export const RESPONSE: JsonObject = { model: "gpt-5.4", input: "hi" };
