/** The policy that a system runs: the regime of its contract date under one reading, checked before it may decide anything. */

import { isBlocking } from "../decision-table/findings.ts";
import { didYouMean } from "../config/did-you-mean.ts";
import { checkOnePolicy } from "./check-policy.ts";
import { FindingsError } from "./findings-error.ts";
import { agreementOn, type Policy } from "./policy.ts";
import type { PolicySources } from "./policy-sources.ts";

export type Chosen =
  | { readonly kind: "chosen"; readonly policy: Policy }
  /** No such reading, or no regime on that date; `message` says what there is. */
  | { readonly kind: "missing"; readonly message: string };

/** Throws FindingsError for errors in the policy, ConfigError for one that does not compile. `date` is `YYYY-MM-DD`. */
export function choosePolicy(
  sources: PolicySources,
  { date, reading }: { readonly date: string; readonly reading: string },
): Chosen {
  const agreement = agreementOn(sources, date);
  if (agreement === null) {
    const covered = sources.agreements.map(({ effective: { from, to } }) => `${from} to ${to ?? "open"}`);
    const message = `no agreement is in force on ${date}; there is ${covered.join(", ")}: choose another --date`;
    return { kind: "missing", message };
  }
  const ids = sources.readings.map(({ id }) => id);
  if (!ids.includes(reading)) {
    return { kind: "missing", message: `unknown reading \`${reading}\`${didYouMean(reading, ids)}` };
  }
  const { policy, findings } = checkOnePolicy(sources, { regime: agreement.regime, reading });
  const blocking = findings.filter(isBlocking);
  if (blocking.length > 0) throw new FindingsError(blocking);
  return { kind: "chosen", policy };
}
