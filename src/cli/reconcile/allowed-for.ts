/** Where a call of the ledger was allowed to run: decided anew by the policy that it was decided under, told by its digest. */

import { decide } from "../../agreement/decide.ts";
import { readPolicy } from "../../app/configuration-files.ts";
import type { AllowedFor } from "../../ledger/reconcile/reconcile.ts";
import { compilePolicy, type Policy } from "../../policy/policy.ts";
import type { PolicySources } from "../../policy/policy-sources.ts";
import { underShares } from "../../policy/under-shares.ts";

/**
 * Looks among the loaded policy, then among every reading of the call's regime, with the money clauses of the regime and of each
 * preset. Policies are compiled when a digest asks for them, and kept.
 */
export function createAllowedFor(configDir: string, loaded: Policy): AllowedFor {
  const found = new Map<string, Policy>([[loaded.digest, loaded]]);
  const searched = new Set<string>();
  const search = (regime: string, digest: string): Policy | undefined => {
    for (const policy of policiesOf(configDir, regime, searched)) {
      found.set(policy.digest, policy);
      if (policy.digest === digest) return policy;
    }
    return found.get(digest);
  };
  return ({ agreement, digest, facts }) => {
    if (Object.keys(facts).length === 0) return "recorded before facts were kept";
    const policy = found.get(digest) ?? search(agreement, digest);
    if (policy === undefined) return `no policy of this configuration has digest ${digest.slice(0, 12)}`;
    const verdict = decide(policy.agreement, facts);
    return verdict.kind === "allowed" ? verdict.providers : [];
  };
}

/** Each policy once, whoever asks: `searched` remembers which were given. */
function* policiesOf(configDir: string, regime: string, searched: Set<string>): Generator<Policy> {
  for (const { sources, shares } of variantsOf(configDir)) {
    const agreement = sources.agreements.find((each) => each.regime === regime);
    if (agreement === undefined) continue;
    for (const reading of sources.readings) {
      const name = JSON.stringify([regime, reading.id, shares]);
      if (searched.has(name)) continue;
      searched.add(name);
      yield compilePolicy(sources, agreement, reading);
    }
  }
}

/** The configuration as it is, then with each preset of money clauses. */
function* variantsOf(
  configDir: string,
): Generator<{ readonly sources: PolicySources; readonly shares: string | null }> {
  const sources = readPolicy(configDir);
  yield { sources, shares: null };
  for (const { id } of sources.presets) {
    const under = underShares(sources, id);
    if (under.kind === "swapped") yield { sources: under.sources, shares: id };
  }
}
