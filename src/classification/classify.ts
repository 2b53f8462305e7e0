/** The class of a call under a reading of the agreement: one look-up in a table that was checked cell by cell. */

import { refusal, type Refusal } from "../domain/refusal.ts";
import type { Classification } from "./classification.ts";
import type { Classifier, SeenCell } from "./compile.ts";
import { evidenceOf, isKeptByStore } from "./evidence.ts";
import type { Features } from "./features.ts";
import type { Operation } from "./operations.ts";

export type { Classification };

/**
 * Classifies a call whose references were all resolved before: an id that names nothing is no evidence. The same frozen
 * object for calls that show the same. Refuses as `unclassifiable` what the rules do not know or leave open.
 */
export function classify(
  classifier: Classifier,
  operation: Operation,
  features: Features,
): Classification | Refusal {
  const cell = classifier.locate(operation, features);
  const seen = classifier.seen.get(cell) ?? look(classifier, cell, operation, features);
  if (seen.ruling.kind === "denied") return refusal("unclassifiable", seen.ruling.message);
  const { inference } = operation;
  const retained = isRetained(operation, features);
  const variant = (inference ? 2 : 0) + (retained ? 1 : 0);
  return (seen.classifications[variant] ??= Object.freeze({
    ...seen.ruling,
    inference,
    retained,
    evidence: seen.evidence,
  }));
}

function look(classifier: Classifier, cell: number, operation: Operation, features: Features): SeenCell {
  const ruling = classifier.outcomes[classifier.cells[cell] ?? -1];
  if (ruling === undefined) throw new RangeError(`the table has no cell ${cell}`);
  const seen: SeenCell = { ruling, evidence: evidenceOf(operation, features), classifications: [] };
  classifier.seen.set(cell, seen);
  return seen;
}

/** A background run is kept for polling (about ten minutes) even with `store: false`. */
function isRetained(operation: Operation, features: Features): boolean {
  return operation.retention === "always" || features.background || isKeptByStore(operation, features);
}
