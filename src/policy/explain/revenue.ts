/** Who earns from the call, by which clauses, and whether it would matter where it ran. */

import type { CompiledAgreement } from "../../agreement/compile.ts";
import type { Ruling } from "../../agreement/verdict.ts";
import type { PartyId } from "../../domain/call.ts";
import type { Ppm } from "../../domain/units.ts";
import { citeClauses, type CitedClause } from "./cited.ts";

interface RevenuePart {
  readonly clause: CitedClause;
  /** Calls on each of the providers are split by this clause, so no choice of host gets around it. */
  readonly everywhere: boolean;
}

export interface Revenue {
  /** Sums to 1,000,000; a party that is absent gets nothing. */
  readonly sharePpm: Readonly<Record<PartyId, Ppm>>;
  /** At least one; all of them ask for the same split. */
  readonly by: readonly RevenuePart[];
}

/** Null where the call is denied: nothing is sold. */
export function findRevenue(agreement: CompiledAgreement, ruling: Ruling): Revenue | null {
  if (ruling.kind === "denied") return null;
  const by = citeClauses(agreement, ruling.moneyClauses).map((clause) => ({
    clause,
    everywhere: isEverywhere(agreement, clause.id),
  }));
  return { sharePpm: ruling.sharePpm, by };
}

function isEverywhere({ reduced, providers }: CompiledAgreement, clause: string): boolean {
  const hosts = new Set(
    reduced.outcomes.flatMap((outcome) =>
      outcome.kind === "allowed" && outcome.moneyClauses.includes(clause) ? outcome.providers : [],
    ),
  );
  return providers.every((provider) => hosts.has(provider));
}
