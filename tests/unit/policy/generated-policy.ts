/** Policies of generated agreements, whose calls all have the shipped classification. */

import { compileAgreement } from "../../../src/agreement/compile.ts";
import { choicesUnder } from "../../../src/agreement/reading.ts";
import { compileClassifier } from "../../../src/classification/compile.ts";
import { joinPolicy, type Policy } from "../../../src/policy/policy.ts";
import { shipped } from "../agreement/shipped.ts";
import { anyReading, parseWhole, type WholeDocument } from "../agreement/small-agreement.ts";

const classifier = compileClassifier(shipped.classification, choicesUnder(anyReading, "test"));

export function policyOf(document: WholeDocument): Policy {
  return joinPolicy(compileAgreement(parseWhole(document), anyReading), classifier, shipped.facts);
}
