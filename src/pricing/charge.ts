/** What a call costs: disjoint token parts, each times one whole price. Nothing is divided, so nothing is rounded. */

import type { Charge, RatedLine } from "../domain/ledger.ts";
import { picoUsd, type PicoUsd } from "../domain/units.ts";
import type { Usage } from "../domain/usage.ts";
import { findImpossibleUsage } from "./check-usage.ts";
import type { PriceBook, PriceVersion } from "./price-book.ts";
import type { Rates, TierRates } from "./rates.ts";
import { versionAt } from "./validity.ts";

export interface ChargeRequest {
  /** The model's key in the price book. */
  readonly priceKey: string;
  readonly usage: Usage;
  /** The simulated date, `YYYY-MM-DD`. */
  readonly effectiveAt: string;
  /** Whether the call is a line of a batch. */
  readonly batch: boolean;
}

/** The largest charge a ledger row holds (int64): about 9.2 million USD for one call, so beyond belief. */
const MAX_CHARGE_PICO_USD = 2n ** 63n - 1n;

/**
 * Prices one call that ran a model. Never throws for what an upstream reports: what cannot be priced exactly comes back
 * `unpriced` with a reason of a fixed wording (no figures), and so is counted, never guessed and never zero.
 *
 * Where only totals are reported (`cachedInputTokens` null) the whole input is charged at the input price: a report names
 * the parts it discounts. Where trained tokens are known the call is a training job and they are all that is charged.
 */
export function chargeFor(book: PriceBook, request: ChargeRequest): Charge {
  const impossible = findImpossibleUsage(request.usage);
  if (impossible !== null) return unpriced(`disputed: ${impossible}`);
  if (request.usage.trainedTokens !== null) return chargeTraining(book, request, request.usage.trainedTokens);

  const { inputTokens, outputTokens } = request.usage;
  if (inputTokens === null || outputTokens === null) return unpriced("usage unknown");
  const version = versionAt(book.models.get(request.priceKey) ?? [], request.effectiveAt);
  if (!version) return unpriced(`no price for \`${request.priceKey}\` at ${request.effectiveAt}`);
  const rates = ratesFor(version, request, inputTokens);
  if (typeof rates === "string") return unpriced(rates);
  return chargeTokens(version, rates, request.usage, inputTokens, outputTokens);
}

function chargeTraining(
  book: PriceBook,
  { priceKey, effectiveAt }: ChargeRequest,
  trainedTokens: number,
): Charge {
  const version = versionAt(book.training.get(priceKey) ?? [], effectiveAt);
  if (!version) return unpriced(`no training price for \`${priceKey}\` at ${effectiveAt}`);
  return rated(version, [["training", trainedTokens, version.price]]);
}

/** The rates in force for the tier that served the call, or why there are none. */
function ratesFor(version: PriceVersion, request: ChargeRequest, inputTokens: number): Rates | string {
  const tier = tierFor(version, request);
  if (typeof tier === "string") return tier;
  const { longContextOver } = version.rates;
  if (longContextOver === null || inputTokens <= longContextOver) return tier.short;
  return tier.long ?? "long-context price of the tier unknown";
}

function tierFor({ rates }: PriceVersion, { usage, batch }: ChargeRequest): TierRates | string {
  // The tier served counts, not the one asked for; `auto` is a wish and no rate.
  const tier = usage.serviceTier ?? "default";
  if (batch) {
    if (tier !== "default") return "tier unknown in a batch";
    return rates.batch ?? "batch price unknown";
  }
  return rates.tiers.get(tier) ?? "price of the served tier unknown";
}

function chargeTokens(
  version: PriceVersion,
  rates: Rates,
  usage: Usage,
  inputTokens: number,
  outputTokens: number,
): Charge {
  const cached = usage.cachedInputTokens ?? 0;
  const written = usage.cacheWriteTokens ?? 0;
  if (cached > 0 && rates.cachedInput === null) return unpriced("cached input price unknown");
  if (written > 0 && rates.cacheWrite === null) return unpriced("cache write price unknown");
  return rated(version, [
    ["input", inputTokens - cached - written, rates.input],
    ["cached_input", cached, rates.cachedInput],
    ["cache_write", written, rates.cacheWrite],
    ["output", outputTokens, rates.output],
  ]);
}

type Part = readonly [unit: RatedLine["unit"], quantity: number, price: PicoUsd | null];

/** Lines with a quantity of zero are left out; the total is the sum of the rest. */
function rated(version: Pick<PriceVersion, "id" | "assumed">, parts: readonly Part[]): Charge {
  const lines: RatedLine[] = [];
  let total = 0n;
  for (const [unit, count, unitPricePicoUsd] of parts) {
    if (count === 0 || unitPricePicoUsd === null) continue;
    const quantity = BigInt(count);
    const amountPicoUsd = picoUsd(quantity * unitPricePicoUsd);
    total += amountPicoUsd;
    lines.push({ unit, quantity, unitPricePicoUsd, amountPicoUsd });
  }
  if (total > MAX_CHARGE_PICO_USD) return unpriced("disputed: a charge over 9.2 million USD for one call");
  return {
    kind: "rated",
    lines,
    totalPicoUsd: picoUsd(total),
    priceVersion: version.id,
    assumed: version.assumed,
  };
}

function unpriced(reason: string): Charge {
  return { kind: "unpriced", reason };
}
