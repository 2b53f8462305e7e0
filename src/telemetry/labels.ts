/** The closed label sets of one gateway, made into guards. */

import type { ClauseId, PartnerId, PartyId, ProviderId } from "../domain/call.ts";
import { OPERATION_FAMILIES, UPSTREAM_ERRORS } from "./call-finished.ts";
import { createLabelGuard } from "./label-guard.ts";
import type { LabelGuard } from "./label-guard.ts";
import type { MetricsRegistry } from "./registry.ts";

/** Every value a label may take, from the loaded configuration. Anything else is folded. */
export interface LabelSets {
  readonly clauses: readonly ClauseId[];
  readonly providers: readonly ProviderId[];
  readonly models: readonly string[];
  /** Deployment ids, `provider/region`. */
  readonly upstreams: readonly string[];
  readonly partners: readonly PartnerId[];
  readonly parties: readonly PartyId[];
  readonly widenings: readonly string[];
}

export interface LabelGuards {
  readonly clause: LabelGuard;
  readonly provider: LabelGuard;
  readonly model: LabelGuard;
  readonly upstream: LabelGuard;
  readonly partner: LabelGuard;
  readonly beneficiary: LabelGuard;
  readonly widening: LabelGuard;
  readonly operation: LabelGuard;
  readonly errorType: LabelGuard;
}

/** Makes one guard per label; what they fold is counted in `label_overflow_total`, which starts at 0 for each label. */
export function createLabelGuards(sets: LabelSets, registry: MetricsRegistry): LabelGuards {
  const guard = (label: string, known: readonly string[]): LabelGuard => {
    const overflow = registry.numberCell("label_overflow_total", { label });
    return createLabelGuard(known, () => {
      overflow.value += 1;
    });
  };
  return {
    clause: guard("clause", sets.clauses),
    provider: guard("provider", sets.providers),
    model: guard("model", sets.models),
    upstream: guard("upstream", sets.upstreams),
    partner: guard("partner", sets.partners),
    beneficiary: guard("beneficiary", sets.parties),
    widening: guard("widening", sets.widenings),
    operation: guard("operation", OPERATION_FAMILIES),
    errorType: guard("error_type", UPSTREAM_ERRORS),
  };
}
