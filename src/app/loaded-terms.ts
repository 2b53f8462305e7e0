/** A configuration as metrics tell of it. */

import type { LoadedTerms } from "../telemetry/telemetry.ts";
import { countOverdue } from "../pricing/price-lines.ts";
import type { Configuration } from "./load-world.ts";

/** The agreement's identity and every value that a label may take under it; `loadedAtMs` is wall-clock ms since 1970. */
export function loadedTerms({ world, partners }: Configuration, loadedAtMs: number): LoadedTerms {
  const { agreement, digest } = world;
  return {
    agreement: { id: agreement.regime, version: String(agreement.version), digest },
    labels: {
      agreements: [agreement.regime],
      clauses: agreement.clauseIds,
      providers: [...world.providers.keys()],
      models: [...world.models.keys()],
      upstreams: world.deployments.map(({ id }) => id),
      partners: partners.map(({ id }) => id),
      parties: agreement.source.vocabulary.value.parties,
      widenings: agreement.acceptedWidenings.map(({ id }) => id),
    },
    overdueReviews: countOverdue(world.prices, new Date(loadedAtMs).toISOString().slice(0, 10)),
    loadedAtMs,
  };
}
