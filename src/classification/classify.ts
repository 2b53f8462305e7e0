/** The class of a call under a reading of the agreement: what the routing rules are about. */

import type { WorkloadClass } from "../domain/call.ts";
import type { Features } from "./features.ts";
import type { Operation } from "./operations.ts";

/** Fields by which a caller alone turns a fresh call into a stateful one; the reading accepts and counts them. */
type WideningId = "background" | "auto-container";

export interface Classification {
  readonly workload: WorkloadClass;
  readonly inference: boolean;
  /** Whether the result stays behind under an id after the reply. */
  readonly retained: boolean;
  /** Stable words, deciding ones first, never empty: `base`, a reading's name, `background`, `conversation`, ... */
  readonly reasons: readonly string[];
  readonly widening: WideningId | null;
}

/**
 * The rival readings of "stateless", knob A1 of a reading. `dependence`: stateful when the answer needs content the
 * server kept, or the execution outlives the exchange. `family`: by endpoint. `retention`: stateless only when nothing
 * is kept. `invocation`: every forward pass is stateless, whatever wraps it.
 */
const READINGS: ReadonlyMap<string, (call: Call) => Classification> = new Map([
  ["family", byFamily],
  ["retention", byRetention],
  ["invocation", byInvocation],
  ["dependence", byDependence],
]);

interface Call {
  readonly operation: Operation;
  readonly features: Features;
}

const BASE: readonly string[] = ["base"];
const FAMILY: readonly string[] = ["family"];
const RETENTION: readonly string[] = ["retention"];
const INVOCATION: readonly string[] = ["invocation"];
const NO_WORDS: readonly string[] = [];

/**
 * Classifies a call whose references were all resolved before: an id that names nothing is no evidence. Training, batch
 * and management keep the class of their operation, except counting tokens, which follows the body it counts. Of
 * `choices` only `A1` is read. Throws RangeError when it is missing or unknown; trial-run it at start.
 */
export function classify(
  operation: Operation,
  features: Features,
  choices: Readonly<Record<string, string>>,
): Classification {
  const reading = READINGS.get(choices["A1"] ?? "");
  if (reading === undefined) {
    const known = [...READINGS.keys()].map((name) => `\`${name}\``).join(", ");
    throw new RangeError(`unknown reading \`${choices["A1"]}\` of A1: choose one of ${known}`);
  }
  return reading({ operation, features });
}

function byDependence(call: Call): Classification {
  const { operation, features } = call;
  if (!followsBody(operation)) return answer(call, operation.baseClass, BASE);
  const state = stateWords(features);
  const lifetime = lifetimeWords(features);
  const remarks = remarkWords(call);
  if (state.length > 0) return answer(call, "stateful", [...state, ...lifetime, ...remarks]);
  if (lifetime.length > 0) return answer(call, "stateful", [...lifetime, ...remarks], lifetime[0]);
  return answer(call, operation.baseClass, remarks.length === 0 ? BASE : [...BASE, ...remarks]);
}

const STATEFUL_FAMILY = /^(?:responses|conversations)\./;

function byFamily(call: Call): Classification {
  const { operation } = call;
  if (STATEFUL_FAMILY.test(operation.id)) return answer(call, "stateful", FAMILY);
  return answer(call, operation.baseClass, followsBody(operation) ? FAMILY : BASE);
}

/** Counting tokens is read as the call it counts for, which would be kept. */
function byRetention(call: Call): Classification {
  const { operation, features } = call;
  if (!followsBody(operation)) return answer(call, operation.baseClass, BASE);
  if (operation.id === "responses.input_tokens") return answer(call, "stateful", RETENTION);
  const kept = [...stateWords(features), ...remarkWords(call)];
  const lifetime = lifetimeWords(features);
  if (kept.length > 0) return answer(call, "stateful", [...kept, ...lifetime]);
  if (lifetime.length > 0) return answer(call, "stateful", lifetime, lifetime[0]);
  return answer(call, operation.baseClass, RETENTION);
}

/** Reading stored content runs no model, so under this reading it is management. */
function byInvocation(call: Call): Classification {
  const { operation } = call;
  if (operation.inference) return answer(call, "stateless", INVOCATION);
  if (operation.baseClass === "stateful") return answer(call, "management", INVOCATION);
  return answer(call, operation.baseClass, BASE);
}

/** Inference calls, and counting the tokens of one; everything else is what its path says. */
function followsBody(operation: Operation): boolean {
  return operation.inference || operation.id === "responses.input_tokens";
}

/** Kinds of input dependence, each once, in body order. */
function stateWords(features: Features): readonly string[] {
  return referenceWords(features, "state");
}

/** Ways in which the execution outlives the exchange. */
function lifetimeWords(features: Features): readonly WideningId[] {
  if (features.background) return features.autoContainer ? ["background", "auto-container"] : ["background"];
  return features.autoContainer ? ["auto-container"] : [];
}

/** What is worth recording although it moves nothing by dependence; each of them is something kept. */
function remarkWords({ operation, features }: Call): readonly string[] {
  const words = [...referenceWords(features, "content")];
  if (isKeptByStore(operation, features)) words.push("store");
  if (features.promptId !== null) words.push("prompt");
  if (features.prewarm) words.push("prewarm");
  return words;
}

function referenceWords(features: Features, effect: "state" | "content"): readonly string[] {
  if (features.references.length === 0) return NO_WORDS;
  const matching = features.references.filter((reference) => reference.effect === effect);
  return [...new Set(matching.map((reference) => reference.via))];
}

function answer(
  { operation, features }: Call,
  workload: WorkloadClass,
  reasons: readonly string[],
  widening: WideningId | null = null,
): Classification {
  const { inference } = operation;
  return { workload, inference, retained: isRetained(operation, features), reasons, widening };
}

/** A background run is kept for polling (about ten minutes) even with `store: false`. */
function isRetained(operation: Operation, features: Features): boolean {
  if (operation.retention === "always") return true;
  return isKeptByStore(operation, features) || features.background;
}

function isKeptByStore({ retention }: Operation, { store }: Features): boolean {
  if (retention === "opt-in") return store === true;
  return retention === "opt-out" && store !== false;
}
