/** Where a call of the ledger was allowed to run: decided anew by the policy that it was decided under, told by its digest. */

import { decide } from "../../agreement/decide.ts";
import { policiesOf } from "../../app/policies-of-regime.ts";
import type { AllowedFor } from "../../ledger/reconcile/reconcile.ts";
import type { Policy } from "../../policy/policy.ts";

/**
 * Looks among the loaded policy, then among every reading of the call's regime, with the money clauses of the regime and of each
 * preset. Policies are compiled when a digest asks for them, and kept: each once, and a digest that none has costs no more.
 */
export function createAllowedFor(configDir: string, loaded: Policy): AllowedFor {
  const found = new Map<string, Policy>([[loaded.digest, loaded]]);
  /** Those of a regime that are not compiled yet. */
  const remaining = new Map<string, Generator<Policy>>();
  const search = (regime: string, digest: string): Policy | undefined => {
    let policies = remaining.get(regime);
    if (policies === undefined) remaining.set(regime, (policies = policiesOf(configDir, regime)));
    for (let next = policies.next(); !next.done; next = policies.next()) {
      found.set(next.value.digest, next.value);
      if (next.value.digest === digest) return next.value;
    }
    return undefined;
  };
  return ({ agreement, digest, facts }) => {
    if (Object.keys(facts).length === 0) return "recorded before facts were kept";
    const policy = found.get(digest) ?? search(agreement, digest);
    if (policy === undefined) return `no policy of this configuration has digest ${digest.slice(0, 12)}`;
    const verdict = decide(policy.agreement, facts);
    return verdict.kind === "allowed" ? verdict.providers : [];
  };
}
