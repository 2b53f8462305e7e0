/** The closed label sets of one gateway, made into guards. What a reload configures is added to them; callers add nothing. */

import type { ClauseId, PartnerId, PartyId, ProviderId } from "../domain/call.ts";
import { OPERATION_FAMILIES, UPSTREAM_ERRORS } from "./call-finished.ts";
import { createLabelGuard } from "./label-guard.ts";
import type { LabelGuard } from "./label-guard.ts";
import type { MetricsRegistry } from "./registry.ts";

/** Every value a label may take, from the loaded configuration. Anything else is folded. */
export interface LabelSets {
  /** Regimes of the agreements. */
  readonly agreements: readonly string[];
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
  readonly agreement: LabelGuard;
  readonly clause: LabelGuard;
  readonly provider: LabelGuard;
  readonly model: LabelGuard;
  readonly upstream: LabelGuard;
  readonly partner: LabelGuard;
  readonly beneficiary: LabelGuard;
  readonly widening: LabelGuard;
  readonly operation: LabelGuard;
  readonly errorType: LabelGuard;
  /** Adds what another configuration names; what was known stays, since calls under the old one may still end. */
  admit(sets: Partial<LabelSets>): void;
}

/** Far above what configurations name; past it, a process that is reloaded for months counts new names as `other`. */
const MOST_VALUES = 256;

/** Makes one guard per label; what they fold is counted in `label_overflow_total`, which starts at 0 for each label. */
export function createLabelGuards(sets: LabelSets, registry: MetricsRegistry): LabelGuards {
  const known = mapSets(() => new Set<string>());
  const admit = (more: Partial<LabelSets>): void => {
    for (const name of SET_NAMES) {
      for (const value of more[name] ?? []) if (known[name].size < MOST_VALUES) known[name].add(value);
    }
  };
  const guard = (label: string, values: ReadonlySet<string>): LabelGuard => {
    const overflow = registry.numberCell("label_overflow_total", { label });
    return createLabelGuard(values, () => {
      overflow.value += 1;
    });
  };
  admit(sets);
  return {
    agreement: guard("agreement", known.agreements),
    clause: guard("clause", known.clauses),
    provider: guard("provider", known.providers),
    model: guard("model", known.models),
    upstream: guard("upstream", known.upstreams),
    partner: guard("partner", known.partners),
    beneficiary: guard("beneficiary", known.parties),
    widening: guard("widening", known.widenings),
    operation: guard("operation", new Set(OPERATION_FAMILIES)),
    errorType: guard("error_type", new Set(UPSTREAM_ERRORS)),
    admit,
  };
}

type SetName = keyof LabelSets;

const SET_NAMES = [
  "agreements",
  "clauses",
  "providers",
  "models",
  "upstreams",
  "partners",
  "parties",
  "widenings",
] as const satisfies readonly SetName[];

function mapSets<T>(make: () => T): Readonly<Record<SetName, T>> {
  return Object.fromEntries(SET_NAMES.map((name) => [name, make()])) as Record<SetName, T>;
}
