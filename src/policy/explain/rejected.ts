/** Why each provider outside the allowed set is outside of it. */

import type { BoundClause, Rule } from "../../agreement/bind.ts";
import { hostingTerms } from "../../agreement/rule.ts";
import type { Ruling } from "../../agreement/verdict.ts";
import type { ClauseId, ProviderId } from "../../domain/call.ts";

interface Blocker {
  readonly clause: ClauseId;
  readonly modality: "obligation" | "prohibition" | "impossibility";
  /** Permissions that widen it, though not to this provider. */
  readonly widenedBy: readonly ClauseId[];
}

export interface Rejection {
  readonly provider: ProviderId;
  /** Each of them alone keeps the provider out; empty where nothing limits the call and no clause permits this provider. */
  readonly by: readonly Blocker[];
  /** The permissions that speak and do not name the provider, where `by` is empty. */
  readonly permissions: readonly ClauseId[];
}

/** One entry for each provider that may not serve the call, in the order given; `speaking` are the rules on its cell. */
export function findRejections(
  ruling: Ruling,
  speaking: readonly Rule[],
  providers: readonly ProviderId[],
): readonly Rejection[] {
  const impossible = speaking.find((rule) => rule.kind === "infeasible");
  if (impossible !== undefined) {
    const by: readonly Blocker[] = [{ clause: impossible.id, modality: "impossibility", widenedBy: [] }];
    return providers.map((provider) => ({ provider, by, permissions: [] }));
  }
  const allowed = ruling.kind === "allowed" ? ruling.providers : [];
  const { limits, bans, permissions } = hostingTerms(speaking.filter((rule) => rule.kind === "clause"));
  return providers
    .filter((provider) => !allowed.includes(provider))
    .map((provider): Rejection => {
      const by = [
        ...limits.flatMap(({ clause, within, by: deciding }) =>
          within.has(provider) ? [] : [blocker("obligation", clause, deciding)],
        ),
        ...bans.flatMap(({ clause, lifted, by: deciding }) =>
          clause.providers.has(provider) && !lifted.has(provider)
            ? [blocker("prohibition", clause, deciding)]
            : [],
        ),
      ];
      return { provider, by, permissions: by.length > 0 ? [] : permissions.map(({ id }) => id) };
    });
}

function blocker(
  modality: Blocker["modality"],
  clause: BoundClause,
  deciding: readonly BoundClause[],
): Blocker {
  const widenedBy = deciding.filter((each) => each !== clause).map(({ id }) => id);
  return { clause: clause.id, modality, widenedBy };
}
