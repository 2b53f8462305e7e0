/**
 * What becomes of one call under any regime and reading, without their tables: binds the rules that count and weighs those that
 * speak about the call. The same answer as the full tables give, at a thousandth of the work.
 */

import { bindRules, type Rule } from "../../agreement/bind.ts";
import type { Choices } from "../../agreement/knobs.ts";
import type { Agreement } from "../../agreement/parse.ts";
import { choicesUnder, type Reading } from "../../agreement/reading.ts";
import { ruleOn, unclassifiable } from "../../agreement/rule.ts";
import type { Ruling } from "../../agreement/verdict.ts";
import { bindRules as bindClassRules } from "../../classification/bind.ts";
import type { ClassificationDocument } from "../../classification/parse.ts";
import {
  ruleOn as classRuleOn,
  unclassifiable as unclassifiableEvidence,
  type ClassRuling,
} from "../../classification/rule.ts";
import { layOutAxes, type Axis } from "../../decision-table/axes.ts";
import { inScope } from "../../decision-table/scope.ts";
import type { CallFacts } from "../../domain/call.ts";
import { factsUnder, type Subject } from "./subject.ts";

export interface Answer {
  /** What the evidence was classified as; null where there is none. */
  readonly classified: ClassRuling | null;
  /** The class that was decided on, or null where the evidence has none. */
  readonly workload: string | null;
  readonly ruling: Ruling;
}

/** Classifies and decides the call. What cannot be classified is denied as `unclassifiable`, as a server does. */
export function answerUnder(
  classification: ClassificationDocument,
  { agreement, reading }: { readonly agreement: Agreement; readonly reading: Reading },
  subject: Subject,
): Answer {
  const choices = choicesUnder(reading, agreement.regime);
  const classified = subject.evidence === null ? null : classify(classification, choices, subject.evidence);
  if (classified?.kind === "denied") {
    return { classified, workload: null, ruling: unclassified(classified.message) };
  }
  const workload = classified?.workload ?? subject.facts["workload"] ?? "";
  const facts = factsUnder(subject, { choices, effective: agreement.effective }, workload);
  return { classified, workload, ruling: rule(agreement, choices, facts) };
}

/** The ruling on a call whose evidence has no class. */
export function unclassified(message: string): Ruling {
  return { kind: "denied", reason: "unclassifiable", clauses: [], axis: "workload", message, remedy: null };
}

/** The rules that speak about a call with these facts, out of those that count; in the order of their ids. */
export function speakingRules(
  rules: readonly Rule[],
  axes: readonly Axis[],
  facts: CallFacts,
): readonly Rule[] {
  return rules.filter(({ scope }) => inScope(scope, axes, facts));
}

function classify({ value }: ClassificationDocument, choices: Choices, evidence: CallFacts): ClassRuling {
  const axes = layOutAxes(value.axes);
  const unknown = firstUnknown(axes, evidence);
  if (unknown !== null) return unclassifiableEvidence(unknown);
  const rules = bindClassRules(value, choices, axes);
  return classRuleOn(rules.filter(({ scope }) => inScope(scope, axes, evidence)));
}

function rule({ value, vocabulary }: Agreement, choices: Choices, facts: CallFacts): Ruling {
  const axes = layOutAxes(vocabulary.value.axes);
  const unknown = firstUnknown(axes, facts);
  if (unknown !== null) return unclassifiable(unknown);
  const rules = bindRules(value, { choices, axes, providers: vocabulary.value.providers });
  return ruleOn(speakingRules(rules, axes, facts));
}

/** The tables name the first axis too. */
function firstUnknown(axes: readonly Axis[], values: CallFacts): Axis | null {
  return axes.find((axis) => !axis.values.includes(values[axis.name] ?? "")) ?? null;
}
