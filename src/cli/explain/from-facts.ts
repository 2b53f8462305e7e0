/** A call that is given by its facts. */

import type { World } from "../../pipeline/world.ts";
import type { CallFacts } from "../../domain/call.ts";
import { factsOfDay, type Subject } from "../../policy/explain/subject.ts";
import type { FactsGiven } from "./report.ts";

/** What is not given is as usual: a dated fact as on the contract date, any other the default of its axis. */
export function callFromFacts(
  { agreement, worldFacts, facts: dated, contractDate }: World,
  given: CallFacts,
): { readonly call: FactsGiven; readonly subject: Subject } {
  const names = agreement.axes.map(({ name }) => name);
  const missing = names.filter((name) => given[name] === undefined);
  const ofDay = factsOfDay(dated, { date: contractDate });
  const defaults = Object.fromEntries(agreement.axes.map(({ name, defaultValue }) => [name, defaultValue]));
  return {
    call: {
      kind: "facts",
      given: names.filter((name) => given[name] !== undefined),
      byDefault: missing.filter((name) => worldFacts[name] === undefined),
      byDate: missing.filter((name) => worldFacts[name] !== undefined),
    },
    subject: {
      facts: { ...defaults, ...worldFacts, ...given },
      evidence: null,
      // What was given holds whatever the day.
      datedFacts: (terms) => ({ ...ofDay(terms), ...given }),
    },
  };
}
