/** Why a call is decided as it is, and what would have to be different for another answer. */

import { decide } from "../../agreement/decide.ts";
import { sameOutcome } from "../../agreement/verify/same-outcome.ts";
import type { Ruling, Verdict } from "../../agreement/verdict.ts";
import type { CallFacts } from "../../domain/call.ts";
import type { Policy } from "../policy.ts";
import type { PolicySources } from "../policy-sources.ts";
import { speakingRules, unclassified } from "./answer-under.ts";
import { citeClauses, type CitedClause } from "./cited.ts";
import { explainClass, type ClassExplanation } from "./explain-class.ts";
import { findFlips, type Flips } from "./flips.ts";
import { findMatters, type Matters } from "./matters.ts";
import { findNearest, type Nearest } from "./nearest.ts";
import { findRejections, type Rejection } from "./rejected.ts";
import { findRevenue, type Revenue } from "./revenue.ts";
import { factsUnder, type Subject } from "./subject.ts";

export interface Explanation {
  /** What was decided on, a value for each axis of the agreement in canonical order. */
  readonly facts: CallFacts;
  readonly ruling: Ruling;
  /** The number of the cell in the table; null where the evidence has no class, so that no cell was looked up. */
  readonly cell: number | null;
  /** The deciding clauses, then what they rest on. */
  readonly because: readonly CitedClause[];
  /** Null where the call could not be classified. */
  readonly matters: Matters | null;
  readonly rejected: readonly Rejection[];
  readonly revenue: Revenue | null;
  readonly nearest: Nearest;
  readonly flips: Flips;
  /** Null where only the facts of the call are known. */
  readonly classification: ClassExplanation | null;
}

/**
 * Decides the call by the tables of the policy, as a server does, and gives the reasons. `date` (`YYYY-MM-DD`) says which of the
 * dated shares hold; the first day of the regime where it is not named.
 */
export function explain(
  policy: Policy,
  sources: PolicySources,
  subject: Subject,
  date: string = policy.agreement.effective.from,
): Explanation {
  const { agreement } = policy;
  const classification = subject.evidence === null ? null : explainClass(policy.classifier, subject.evidence);
  const classified = classification?.ruling ?? null;
  const workload = classified === null ? subject.facts["workload"] : workloadOf(classified);
  const known = factsUnder(subject, agreement, workload ?? "");
  const facts = Object.fromEntries(agreement.axes.map(({ name }) => [name, known[name] ?? ""]));
  const verdict = classified?.kind === "denied" ? null : decide(agreement, facts);
  const ruling = verdict ?? unclassified(classified?.kind === "denied" ? classified.message : "");
  const speaking = verdict === null ? [] : speakingRules(agreement.rules, agreement.axes, facts);
  return {
    facts,
    ruling: withoutCell(ruling),
    cell: verdict?.cell ?? null,
    because: citeClauses(agreement, ruling.clauses),
    matters: isKnown(ruling) ? findMatters(agreement.reduced, facts, sameOutcome) : null,
    rejected: findRejections(ruling, speaking, agreement.providers),
    revenue: findRevenue(agreement, ruling, { facts, date }),
    nearest: isKnown(ruling) ? findNearest(agreement, facts) : { neighbours: [], more: 0 },
    flips: findFlips(policy, sources, subject, { ruling, workload: workload ?? null }),
    classification,
  };
}

function workloadOf(ruling: ClassExplanation["ruling"]): string | undefined {
  return ruling.kind === "classified" ? ruling.workload : undefined;
}

/** Whether the facts name a cell that clauses can speak about. */
function isKnown(ruling: Ruling): boolean {
  return ruling.kind === "allowed" || ruling.reason !== "unclassifiable";
}

function withoutCell(ruling: Ruling | Verdict): Ruling {
  if (!("cell" in ruling)) return ruling;
  const { cell: _, ...rest } = ruling;
  return rest;
}
