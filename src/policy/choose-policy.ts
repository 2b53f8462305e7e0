/** The policy of a contract date: the regime in force then, under one reading, checked. */

import { isBlocking, type Finding } from "../decision-table/findings.ts";
import { didYouMean } from "../config/did-you-mean.ts";
import { checkOnePolicy } from "./check-policy.ts";
import { agreementOn, type Policy } from "./policy.ts";
import type { PolicySources } from "./policy-sources.ts";

export type Chosen =
  | {
      readonly kind: "chosen";
      readonly policy: Policy;
      /** Its errors: with any, it must not serve. */
      readonly findings: readonly Finding[];
    }
  /** No such reading, or no regime on that date; `message` says what there is. */
  | { readonly kind: "missing"; readonly message: string };

/** Throws ConfigError for a policy that does not compile. `date` is `YYYY-MM-DD`. */
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
  return { kind: "chosen", policy, findings: findings.filter(isBlocking) };
}
