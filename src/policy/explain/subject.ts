/** The call that is explained: what is known of it whatever the reading, and what follows under one. */

import type { Choices } from "../../agreement/knobs.ts";
import type { Interval } from "../../agreement/schema.ts";
import type { CallFacts } from "../../domain/call.ts";

export interface Subject {
  /** A value for each axis of the agreement; `workload` holds only where there is no evidence. */
  readonly facts: CallFacts;
  /** What was seen in the request, one value for each axis of the classification; null where only the facts are known. */
  readonly evidence: CallFacts | null;
  /** The value of `head-start` by the choice of A22, in a regime of that time; null where that fact was given by itself. */
  readonly headStartBy: ((choice: string, effective: Interval) => string) | null;
}

/** The facts under a regime, by the choices of a reading that classifies the call as `workload`. */
export function factsUnder(
  { facts, headStartBy }: Subject,
  { choices, effective }: { readonly choices: Choices; readonly effective: Interval },
  workload: string,
): CallFacts {
  const headStart = headStartBy === null ? {} : { "head-start": headStartBy(choices.A22, effective) };
  return { ...facts, ...headStart, workload };
}
