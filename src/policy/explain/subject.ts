/** The call that is explained: what is known of it whatever the reading, and what follows under one. */

import { factsAt, headStartAt, type Facts } from "../../agreement/facts.ts";
import type { Choices } from "../../agreement/knobs.ts";
import type { Interval } from "../../agreement/schema.ts";
import type { CallFacts } from "../../domain/call.ts";
import { dayWithin } from "../policy.ts";

export interface Subject {
  /** A value for each axis of the agreement; `workload` holds only where there is no evidence, and `datedFacts` go before it. */
  readonly facts: CallFacts;
  /** What was seen in the request, one value for each axis of the classification; null where only the facts are known. */
  readonly evidence: CallFacts | null;
  /** The facts that follow from the day, in a regime of that time; those that were given by themselves are not among them. */
  readonly datedFacts: (terms: Terms) => CallFacts;
}

/** What dated facts depend on besides the day. */
interface Terms {
  readonly choices: Choices;
  readonly effective: Interval;
}

/** The facts under a regime, by the choices of a reading that classifies the call as `workload`. */
export function factsUnder({ facts, datedFacts }: Subject, terms: Terms, workload: string): CallFacts {
  return { ...facts, ...datedFacts(terms), workload };
}

/**
 * What follows from the day of a call (`YYYY-MM-DD`): switches such as "AGI verified" and, where it is known since when its model
 * is on any cloud (null: no known day), its head start. A regime of another time is asked as of its own first day.
 */
export function factsOfDay(
  facts: Facts,
  call: { readonly date: string; readonly launched?: string | null },
): Subject["datedFacts"] {
  const { launched } = call;
  return ({ choices, effective }) => {
    const date = dayWithin(effective, call.date);
    const switches = factsAt(facts, date);
    if (launched === undefined) return switches;
    return { ...switches, "head-start": headStartAt(facts, { launched, date, choice: choices.A22 }) };
  };
}
