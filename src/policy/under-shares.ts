/** Every regime with its money clauses swapped for those of a share preset: the policy that `--shares` asks for. */

import { withShares } from "../agreement/share-preset.ts";
import { hostingProperties } from "../agreement/verify/hosting-properties.ts";
import { didYouMean } from "../config/did-you-mean.ts";
import type { PolicySources } from "./policy-sources.ts";

export type UnderShares =
  | { readonly kind: "swapped"; readonly sources: PolicySources }
  /** No such preset; `message` says what there is. */
  | { readonly kind: "missing"; readonly message: string };

/** What is promised of hosts stays promised; the promises about money were about the clauses that are gone. */
export function underShares(sources: PolicySources, id: string): UnderShares {
  const preset = sources.presets.find((each) => each.id === id);
  if (preset === undefined) {
    const ids = sources.presets.map((each) => each.id);
    return {
      kind: "missing",
      message: `unknown share preset \`${id}\`${didYouMean(id, ids) || "; there are none"}`,
    };
  }
  const swapped = {
    ...sources,
    agreements: sources.agreements.map((agreement) => withShares(agreement, preset)),
    properties: hostingProperties(sources.properties),
  };
  return { kind: "swapped", sources: Object.freeze(swapped) };
}
