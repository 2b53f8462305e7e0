/** One regime under one reading with its classification: what decides a call, from its evidence to its hosts. */

import { createHash } from "node:crypto";
import { compileAgreement, type CompiledAgreement } from "../agreement/compile.ts";
import type { Facts } from "../agreement/facts.ts";
import type { Agreement } from "../agreement/parse.ts";
import { choicesUnder, type Reading } from "../agreement/reading.ts";
import type { Interval } from "../agreement/schema.ts";
import { compileClassifier, type Classifier } from "../classification/compile.ts";
import type { PolicySources } from "./policy-sources.ts";

export interface Policy {
  readonly agreement: CompiledAgreement;
  readonly classifier: Classifier;
  readonly facts: Facts;
  /** SHA-256, 64 hex digits, over agreement, reading, classification and dated facts. */
  readonly digest: string;
}

/** Compiles a regime under a reading. Throws ConfigError as `compileAgreement` does. */
export function compilePolicy(
  { classification, facts }: Pick<PolicySources, "classification" | "facts">,
  agreement: Agreement,
  reading: Reading,
): Policy {
  const classifier = compileClassifier(classification, choicesUnder(reading, agreement.regime));
  return joinPolicy(compileAgreement(agreement, reading), classifier, facts);
}

/** The policy of an agreement and a classifier that were compiled under the same choices. */
export function joinPolicy(agreement: CompiledAgreement, classifier: Classifier, facts: Facts): Policy {
  const digest = createHash("sha256")
    .update(agreement.digest)
    .update(classifier.digest)
    .update(JSON.stringify([facts.facts, facts.head_start.days]))
    .digest("hex");
  return Object.freeze({ agreement, classifier, facts, digest });
}

/** The agreement in force on a date (`YYYY-MM-DD`), or null. */
export function agreementOn(
  { agreements }: Pick<PolicySources, "agreements">,
  date: string,
): Agreement | null {
  const found = agreements.find(({ effective: { from, to } }) => from <= date && (to === null || date < to));
  return found ?? null;
}

/** The date itself where the interval holds it; else the first day of the interval, when asking what another time would say. */
export function dayWithin({ from, to }: Interval, date: string): string {
  return from <= date && (to === null || date < to) ? date : from;
}
