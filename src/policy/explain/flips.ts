/** Which other readings, single choices and regimes would give the call another answer. */

import { KNOB_IDS, KNOBS, type KnobId } from "../../agreement/knobs.ts";
import type { Agreement } from "../../agreement/parse.ts";
import { choicesUnder, withChoice, type Reading } from "../../agreement/reading.ts";
import { sameOutcome, sameSplit } from "../../agreement/verify/same-outcome.ts";
import type { Ruling } from "../../agreement/verdict.ts";
import type { ClauseId } from "../../domain/call.ts";
import type { Policy } from "../policy.ts";
import type { PolicySources } from "../policy-sources.ts";
import { answerUnder } from "./answer-under.ts";
import { decidingClauses } from "./cited.ts";
import { sameHosts } from "./same-hosts.ts";
import type { Subject } from "./subject.ts";

export type Alternative =
  | { readonly kind: "reading"; readonly reading: string }
  /** The reading in force with one knob set otherwise. */
  | { readonly kind: "choice"; readonly knob: KnobId; readonly choice: string; readonly question: string }
  /** The reading in force, applied to another regime. */
  | { readonly kind: "regime"; readonly regime: string };

export interface Flip {
  readonly under: Alternative;
  /** The class under it, where that is another one; null where it is the same, or the evidence has none. */
  readonly workload: string | null;
  readonly ruling: Ruling;
  /** The clauses that decide then, those of its own regime. */
  readonly by: readonly ClauseId[];
  readonly hostsChange: boolean;
  readonly splitChanges: boolean;
}

export interface Flips {
  /** Those with other hosts or another split: readings, then choices, then regimes. */
  readonly flips: readonly Flip[];
  /** How many were asked. */
  readonly asked: { readonly readings: number; readonly choices: number; readonly regimes: number };
}

/** Decides the call anew under each alternative; `ruling` and `workload` are what it comes to under the policy. */
export function findFlips(
  { agreement }: Policy,
  sources: Pick<PolicySources, "agreements" | "readings" | "classification">,
  subject: Subject,
  now: { readonly ruling: Ruling; readonly workload: string | null },
): Flips {
  const { source: own, reading } = agreement;
  const asked: readonly Asked[] = [
    ...otherReadings(sources.readings, own, reading),
    ...otherChoices(own, reading),
    ...otherRegimes(sources.agreements, own, reading),
  ];
  const flips = asked.flatMap(({ under, ...terms }): readonly Flip[] => {
    const { workload, ruling } = answerUnder(sources.classification, terms, subject);
    if (sameOutcome(now.ruling, ruling)) return [];
    return [
      {
        under,
        workload: workload === now.workload ? null : workload,
        ruling,
        by: decidingClauses(terms.agreement, ruling),
        hostsChange: !sameHosts(now.ruling, ruling),
        splitChanges:
          now.ruling.kind === "allowed" && ruling.kind === "allowed" && !sameSplit(now.ruling, ruling),
      },
    ];
  });
  const count = (kind: Alternative["kind"]): number =>
    asked.filter(({ under }) => under.kind === kind).length;
  return { flips, asked: { readings: count("reading"), choices: count("choice"), regimes: count("regime") } };
}

interface Asked {
  readonly under: Alternative;
  readonly agreement: Agreement;
  readonly reading: Reading;
}

function otherReadings(readings: readonly Reading[], agreement: Agreement, own: Reading): readonly Asked[] {
  return readings
    .filter(({ id }) => id !== own.id)
    .map((reading) => ({ under: { kind: "reading", reading: reading.id }, agreement, reading }));
}

function otherChoices(agreement: Agreement, own: Reading): readonly Asked[] {
  const choices = choicesUnder(own, agreement.regime);
  return KNOB_IDS.flatMap((knob) => {
    const { question, simulated }: { question: string; simulated: readonly string[] } = KNOBS[knob];
    return simulated
      .filter((choice) => choice !== choices[knob])
      .map((choice): Asked => {
        return {
          under: { kind: "choice", knob, choice, question },
          agreement,
          reading: withChoice(own, knob, choice),
        };
      });
  });
}

function otherRegimes(agreements: readonly Agreement[], own: Agreement, reading: Reading): readonly Asked[] {
  return agreements
    .filter(({ regime }) => regime !== own.regime)
    .map((agreement) => ({ under: { kind: "regime", regime: agreement.regime }, agreement, reading }));
}
