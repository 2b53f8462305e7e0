import { readFileSync } from "node:fs";
import { type Choices, KNOB_IDS, KNOBS } from "../../../src/agreement/knobs.ts";
import { extractFeatures, type Features } from "../../../src/classification/features.ts";
import { type Operation, type OperationId, OPERATIONS } from "../../../src/classification/operations.ts";
import { classify, type Classification } from "../../../src/classification/classify.ts";
import { type Classifier, compileClassifier } from "../../../src/classification/compile.ts";
import { parseClassification } from "../../../src/classification/parse.ts";
import type { JsonObject } from "../../../src/domain/json.ts";

export const FILE = "config/classification.yaml";
export const SHIPPED = readFileSync(new URL(`../../../${FILE}`, import.meta.url), "utf8");
export const shippedDocument = parseClassification(SHIPPED, FILE);

/** The first choice of every knob is the suggested one. */
export function choicesWith(changes: Partial<Choices>): Choices {
  const suggested = KNOB_IDS.map((id) => [id, KNOBS[id].simulated[0]]);
  return { ...(Object.fromEntries(suggested) as Choices), ...changes };
}

/** Every combination of the choices that the rules ask about. */
export const EVERY_READING: readonly Choices[] = KNOBS.A1.simulated.flatMap((A1) =>
  KNOBS.A2.simulated.flatMap((A2) => KNOBS.A6.simulated.map((A6) => choicesWith({ A1, A2, A6 }))),
);

export function shippedUnder(changes: Partial<Choices>): Classifier {
  return compileClassifier(shippedDocument, choicesWith(changes));
}

const BY_READING = new Map(KNOBS.A1.simulated.map((A1): [string, Classifier] => [A1, shippedUnder({ A1 })]));

export function operationOf(id: OperationId): Operation {
  const found = OPERATIONS.find((operation) => operation.id === id);
  if (found === undefined) throw new Error(`no operation ${id}`);
  return found;
}

export function read(id: OperationId, body: JsonObject | null, pathId: string | null = null): Features {
  return extractFeatures(operationOf(id), pathId, body);
}

/** The class of a call under one choice of A1, the other knobs as suggested. */
export function classOf(id: OperationId, body: JsonObject | null, reading = "dependence"): Classification {
  const classifier = BY_READING.get(reading);
  if (classifier === undefined) throw new Error(`no reading ${reading} of A1`);
  return classified(classifier, operationOf(id), read(id, body));
}

export function classified(classifier: Classifier, operation: Operation, features: Features): Classification {
  const result = classify(classifier, operation, features);
  if (result.kind === "refusal") throw new Error(`refused: ${result.message}`);
  return result;
}

export const CHAT: JsonObject = { model: "gpt-5.4", messages: [{ role: "user", content: "hi" }] };
export const RESPONSE: JsonObject = { model: "gpt-5.4", input: "hi" };
