/** Every policy that a configuration has for one regime: what a recorded digest is looked for among. */

import { compilePolicy, type Policy } from "../policy/policy.ts";
import type { PolicySources } from "../policy/policy-sources.ts";
import { underShares } from "../policy/under-shares.ts";
import { readPolicy } from "./configuration-files.ts";

/**
 * The regime under every reading, the default first: with its own money clauses, then with those of each preset. The
 * configuration is read when the first is asked for, and each is compiled when it is.
 */
export function* policiesOf(configDir: string, regime: string): Generator<Policy> {
  for (const sources of variantsOf(configDir)) {
    const agreement = sources.agreements.find((each) => each.regime === regime);
    if (agreement === undefined) continue;
    for (const reading of sources.readings) yield compilePolicy(sources, agreement, reading);
  }
}

/** The configuration as it is, then with each preset of money clauses. */
function* variantsOf(configDir: string): Generator<PolicySources> {
  const sources = readPolicy(configDir);
  yield sources;
  for (const { id } of sources.presets) {
    const under = underShares(sources, id);
    if (under.kind === "swapped") yield under.sources;
  }
}
