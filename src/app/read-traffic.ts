/** Reads traffic to weigh rules by: a ledger's, or what a trace, a scenario or a workload would send. */

import type { Finding } from "../decision-table/findings.ts";
import { seededRng } from "../domain/rng.ts";
import { offeredByArrivals, offeredByScenario, type OfferedCall } from "../load/offered-calls.ts";
import { readInputFile } from "../load/read-input-file.ts";
import { readScenario } from "../load/scenario.ts";
import { readTrace } from "../load/trace.ts";
import { drawArrivals, parseWorkload, takeArrivals } from "../load/workload.ts";
import type { PolicySources } from "../policy/policy-sources.ts";
import { NO_WEIGHT, sumWeights, type Weight, type WeightedCall } from "../policy/traffic.ts";
import { buildConfiguration, type Configuration } from "./load-world.ts";
import { ledgerName, openLedgerReader } from "./open-ledger.ts";
import type { Settings } from "./settings.ts";
import { weighOffered } from "./weigh-offered.ts";

/** At most one of them is asked for. */
export type TrafficSource =
  | { readonly kind: "ledger" }
  | { readonly kind: "trace"; readonly file: string }
  | { readonly kind: "scenario"; readonly file: string }
  | { readonly kind: "workload"; readonly file: string; readonly calls: number };

export interface Traffic {
  /** Such as `scenario mixed`. */
  readonly title: string;
  readonly calls: readonly WeightedCall[];
  /** Calls that no policy can decide again, because a ledger of an earlier version kept neither facts nor evidence. */
  readonly unreadable: Weight;
  /** Calls that ran a model and have no price, so that their dollars are missing. */
  readonly unpriced: number;
  /** What one has to know of how it was counted, or null. */
  readonly note: string | null;
  /** Errors of the policy that the calls were read with. */
  readonly findings: readonly Finding[];
}

/**
 * Reads and weighs. Calls that are not in a ledger are priced at the contract date. Throws LedgerError for a ledger,
 * LoadInputError and ConfigError for a file, UsageError for a configuration that lacks what the calls need.
 */
export async function readTraffic(
  source: TrafficSource,
  settings: Settings,
  sources: PolicySources,
): Promise<Traffic> {
  const configuration = buildConfiguration({ ...settings, reading: "default" }, sources);
  switch (source.kind) {
    case "ledger":
      return readLedger(settings, configuration);
    case "trace": {
      const arrivals = await readTrace(source.file);
      const offered = offeredByArrivals(arrivals, seededRng(settings.seed));
      return synthetic(`trace ${source.file}`, offered, configuration);
    }
    case "scenario": {
      const scenario = await readScenario(source.file);
      const offered = offeredByScenario(scenario);
      const note = "a closed loop has no rate: the weight of a request is taken as its calls a second";
      return { ...synthetic(`scenario ${scenario.name}`, offered, configuration), note };
    }
    case "workload": {
      const mend = "give a YAML file like config/workloads/azure-conv-2023.yaml";
      const workload = parseWorkload(await readInputFile(source.file, "workload", mend), source.file);
      const drawn = takeArrivals(drawArrivals(workload, seededRng(settings.seed)), source.calls);
      const offered = offeredByArrivals(drawn, seededRng(settings.seed));
      return synthetic(`workload ${workload.name}`, offered, configuration);
    }
  }
}

async function readLedger(settings: Settings, { world, findings }: Configuration): Promise<Traffic> {
  const reader = await openLedgerReader(settings);
  try {
    const rows = await reader.traffic();
    const weighed = rows.map((row): WeightedCall => {
      const { effectiveAt, facts, evidence, calls, inputTokens, outputTokens, grossPicoUsd } = row;
      const launched = row.model === null ? null : (world.models.get(row.model)?.launched ?? null);
      const tokens = inputTokens + outputTokens;
      return { evidence, facts, date: effectiveAt, launched, calls, tokens, grossPicoUsd };
    });
    return {
      title: `ledger ${ledgerName(settings)}`,
      calls: weighed.filter(isReadable),
      unreadable: sumWeights(weighed.filter((call) => !isReadable(call))),
      unpriced: (await reader.totals()).unpriced,
      note: null,
      findings,
    };
  } finally {
    await reader.close();
  }
}

/** Whether the ledger kept what a decision needs. */
function isReadable({ facts, evidence }: WeightedCall): boolean {
  return Object.keys(facts).length > 0 && Object.keys(evidence).length > 0;
}

function synthetic(title: string, offered: readonly OfferedCall[], configuration: Configuration): Traffic {
  const { findings } = configuration;
  return { title, ...weighOffered(offered, configuration), unreadable: NO_WEIGHT, note: null, findings };
}
