/** Prices what a meter counted by the price book that calls are charged by. */

import type { Model } from "../../domain/catalogue.ts";
import { picoUsd } from "../../domain/units.ts";
import { NO_USAGE, type Usage } from "../../domain/usage.ts";
import type { PriceOf } from "../../ledger/reconcile/compare-call.ts";
import { usedTokens, type MeterRow } from "../../ledger/reconcile/meter-row.ts";
import type { ReconCall } from "../../ledger/reconcile/recon-call.ts";
import type { World } from "../../pipeline/world.ts";
import { chargeFor } from "../../pricing/charge.ts";

/**
 * A call of the ledger lends the count what a meter does not know: its date, its model, its tier. What is not in the ledger is
 * priced as a plain call on the contract date.
 */
export function createPriceOf(
  world: Pick<World, "prices" | "models" | "providers" | "contractDate">,
): PriceOf {
  return (row, call) => {
    if (!usedTokens(row)) return picoUsd(0n);
    const model = modelOf(row, call, world.models);
    if (model === null) return null;
    const charge = chargeFor(world.prices, {
      priceKey: model.priceKey,
      usage: usageOf(row, call),
      effectiveAt: call?.effectiveAt ?? world.contractDate,
      batch: call === null ? isRequest(row) : call.workload === "batch",
      ...requestsOf(row),
      zone: zoneOf(row, call, world.providers),
    });
    return charge.kind === "rated" ? charge.totalPicoUsd : charge.kind === "free" ? picoUsd(0n) : null;
  };
}

function modelOf(row: MeterRow, call: ReconCall | null, models: World["models"]): Model | null {
  const named = call === null || call.model === null ? undefined : models.get(call.model);
  if (named !== undefined) return named;
  const deployed = [...models.values()].find(({ deployments }) => deployments[row.provider] === row.model);
  return deployed ?? (row.model === null ? null : (models.get(row.model) ?? null));
}

function isRequest({ operation }: MeterRow): boolean {
  return operation === "batches.line";
}

/** What a meter counted line by line is priced so; of a batch that it counted as a whole the requests are not known. */
function requestsOf(row: MeterRow): { readonly requests?: readonly Usage[] } {
  const pieces = row.pieces ?? [row];
  return pieces.every(isRequest) ? { requests: pieces.map((piece) => usageOf(piece, null)) } : {};
}

/** A count that the meter leaves out of what it does count is none: it counted the call. */
function usageOf(row: MeterRow, call: ReconCall | null): Usage {
  const { inputTokens, outputTokens, trainedTokens, cachedInputTokens } = row;
  const known = call?.usage ?? NO_USAGE;
  return {
    ...known,
    inputTokens: inputTokens ?? 0,
    cachedInputTokens: partOf(cachedInputTokens ?? known.cachedInputTokens, inputTokens),
    cacheWriteTokens: partOf(known.cacheWriteTokens, inputTokens),
    outputTokens: outputTokens ?? 0,
    reasoningTokens: null,
    trainedTokens,
    source: "reported",
  };
}

/** A part that is larger than what the meter counted as the whole is not of this count. */
function partOf(part: number | null, whole: number | null): number | null {
  return part !== null && part > (whole ?? 0) ? null : part;
}

/** Where the ledger says that it ran: a price in dispute is not to hide in a place in dispute. */
function zoneOf(
  row: MeterRow,
  call: ReconCall | null,
  providers: World["providers"],
): "global" | "data-zone" {
  const { provider, region } = call ?? row;
  return providers.get(provider)?.regions.find((each) => each.region === region)?.zone ?? "global";
}
