/**
 * The classifier as it was before its rules became data (commit 707fb84, src/classification/classify.ts), kept as an
 * independent opinion: it shares no table, no rule and no word of evidence with what it is compared to.
 */

import type { Features } from "../../../src/classification/features.ts";
import type { Operation } from "../../../src/classification/operations.ts";
import type { WorkloadClass } from "../../../src/domain/call.ts";
import type { Call } from "./every-call.ts";

interface Opinion {
  readonly workload: WorkloadClass;
  readonly inference: boolean;
  readonly retained: boolean;
  readonly widening: string | null;
}

/** What the old code says under a choice of A1. */
export function classifyByCode(call: Call, reading: string): Opinion {
  switch (reading) {
    case "dependence":
      return byDependence(call);
    case "family":
      return byFamily(call);
    case "retention":
      return byRetention(call);
    case "invocation":
      return byInvocation(call);
    default:
      throw new RangeError(`unknown reading \`${reading}\` of A1`);
  }
}

function byDependence(call: Call): Opinion {
  const { operation, features } = call;
  if (!followsBody(operation)) return answer(call, baseClass(operation));
  if (refersTo(features, "state")) return answer(call, "stateful");
  const lifetime = lifetimeWords(features);
  if (lifetime.length > 0) return answer(call, "stateful", lifetime[0]);
  return answer(call, baseClass(operation));
}

function byFamily(call: Call): Opinion {
  const { operation } = call;
  if (/^(?:responses|conversations)\./.test(operation.id)) return answer(call, "stateful");
  return answer(call, baseClass(operation));
}

function byRetention(call: Call): Opinion {
  const { operation, features } = call;
  if (!followsBody(operation)) return answer(call, baseClass(operation));
  if (operation.id === "responses.input_tokens") return answer(call, "stateful");
  const kept = refersTo(features, "state") || refersTo(features, "content") || hasRemarks(call);
  if (kept) return answer(call, "stateful");
  const lifetime = lifetimeWords(features);
  if (lifetime.length > 0) return answer(call, "stateful", lifetime[0]);
  return answer(call, baseClass(operation));
}

function byInvocation(call: Call): Opinion {
  const { operation } = call;
  if (operation.inference) return answer(call, "stateless");
  return answer(call, baseClass(operation) === "stateful" ? "management" : baseClass(operation));
}

/** The class that the table of operations gave an operation. */
function baseClass({ id, inference }: Operation): WorkloadClass {
  if (inference) return "stateless";
  if (id === "responses.input_tokens") return "management";
  if (/^(?:chat|responses|conversations)\./.test(id)) return "stateful";
  if (id.startsWith("fine_tuning.")) return "training";
  return id.startsWith("batches.") ? "batch" : "management";
}

function followsBody(operation: Operation): boolean {
  return operation.inference || operation.id === "responses.input_tokens";
}

function lifetimeWords(features: Features): readonly string[] {
  if (features.background) return features.autoContainer ? ["background", "auto-container"] : ["background"];
  return features.autoContainer ? ["auto-container"] : [];
}

function hasRemarks({ operation, features }: Call): boolean {
  return isKeptByStore(operation, features) || features.promptId !== null || features.prewarm;
}

function refersTo(features: Features, effect: "state" | "content"): boolean {
  return features.references.filter((reference) => reference.effect === effect).length > 0;
}

function answer(
  { operation, features }: Call,
  workload: WorkloadClass,
  widening: string | null = null,
): Opinion {
  const { inference } = operation;
  return { workload, inference, retained: isRetained(operation, features), widening };
}

function isRetained(operation: Operation, features: Features): boolean {
  if (operation.retention === "always") return true;
  return isKeptByStore(operation, features) || features.background;
}

function isKeptByStore({ retention }: Operation, { store }: Features): boolean {
  if (retention === "opt-in") return store === true;
  return retention === "opt-out" && store !== false;
}
