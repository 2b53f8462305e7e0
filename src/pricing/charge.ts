/** What a call costs: disjoint token parts, each times one whole price. Nothing is divided, so nothing is rounded. */

import { bucketsOf, type Buckets, type UsageFault } from "../domain/buckets.ts";
import type { Zone } from "../domain/catalogue.ts";
import type { Charge, RatedLine } from "../domain/ledger.ts";
import { picoUsd, type PicoUsd } from "../domain/units.ts";
import type { Usage } from "../domain/usage.ts";
import { priceAt } from "./price-history.ts";
import type { PriceBook, PriceVersion } from "./price-book.ts";
import type { Rates, TierRates } from "./rates.ts";
import { unpriced, type UnpricedKind } from "./unpriced.ts";

export interface ChargeRequest {
  /** The model's key in the price book. */
  readonly priceKey: string;
  readonly usage: Usage;
  /** What reading the report found wrong with it; null or absent: nothing. */
  readonly usageFault?: UsageFault | null;
  /** The simulated date, `YYYY-MM-DD`. */
  readonly effectiveAt: string;
  /** Only what was recorded by the end of this day is known; absent: all that the book holds. */
  readonly asOf?: string;
  /** Whether the call is a line of a batch. */
  readonly batch: boolean;
  /** Where the deployment that served may process calls; absent: `global`. */
  readonly zone?: Zone;
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
  const { usage, usageFault, priceKey, effectiveAt, asOf } = request;
  if (typeof usageFault === "string") return unpriced("usage_disputed", `: ${usageFault}`);
  const buckets = bucketsOf(usage);
  if (typeof buckets === "string") return unpriced("usage_disputed", `: ${buckets}`);
  if (usage.trainedTokens !== null) return chargeTraining(book, request, usage.trainedTokens);

  const { freshInput, output } = buckets;
  if (usage.inputTokens === null || freshInput === null || output === null) return unpriced("usage_unknown");
  const version = priceAt(book.models.get(priceKey), effectiveAt, asOf ?? null);
  if (!version) return unpriced("no_price", ` \`${priceKey}\` at ${effectiveAt}`);
  const rates = ratesFor(version, request, usage.inputTokens);
  if (rates.kind === "missing") return unpriced(rates.why, rates.detail);
  return chargeTokens(version, rates.rates, { ...buckets, freshInput, output });
}

function chargeTraining(
  book: PriceBook,
  { priceKey, effectiveAt, asOf }: ChargeRequest,
  trainedTokens: number,
): Charge {
  const version = priceAt(book.training.get(priceKey), effectiveAt, asOf ?? null);
  if (!version) return unpriced("no_training_price", ` \`${priceKey}\` at ${effectiveAt}`);
  return rated(version, [["training", trainedTokens, version.price]]);
}

interface Missing {
  readonly kind: "missing";
  readonly why: UnpricedKind;
  readonly detail?: string;
}

/** The rates in force for the zone and the tier that served the call, or why there are none. */
function ratesFor(
  { rates }: PriceVersion,
  request: ChargeRequest,
  inputTokens: number,
): { readonly kind: "found"; readonly rates: Rates } | Missing {
  const zone = request.zone === "data-zone" ? rates.dataZone : rates;
  if (zone === null) return { kind: "missing", why: "data_zone_price_unknown" };
  const tier = servedTier(request.usage);
  if (tier === null)
    return { kind: "missing", why: "tier_unknown", detail: ": another one than `default` was asked for" };
  if (request.batch && tier !== "default")
    return { kind: "missing", why: "tier_unknown", detail: " in a batch" };
  const tierRates: TierRates | null | undefined = request.batch ? zone.batch : zone.tiers.get(tier);
  if (!tierRates)
    return { kind: "missing", why: request.batch ? "batch_price_unknown" : "tier_price_unknown" };
  const { longContextOver } = rates;
  const long = longContextOver !== null && inputTokens > longContextOver;
  const found = long ? tierRates.long : tierRates.short;
  return found === null
    ? { kind: "missing", why: "long_context_price_unknown" }
    : { kind: "found", rates: found };
}

/**
 * The tier served counts, not the one asked for: priority can be downgraded, and `auto` is a wish and no rate. Where no
 * tier is reported the call was served by default, unless it asked for another: what became of that is not known.
 */
function servedTier({ serviceTier, requestedTier }: Usage): string | null {
  if (serviceTier !== null) return serviceTier;
  return requestedTier === null || requestedTier === "auto" || requestedTier === "default" ? "default" : null;
}

interface KnownBuckets extends Buckets {
  readonly freshInput: number;
  readonly output: number;
}

function chargeTokens(
  version: PriceVersion,
  rates: Rates,
  { freshInput, cachedInput, cacheWrite, output }: KnownBuckets,
): Charge {
  const parts: Part[] = [["input", freshInput, rates.input]];
  if (cachedInput !== null && cachedInput > 0) {
    if (rates.cachedInput === null) return unpriced("cached_input_price_unknown");
    parts.push(["cached_input", cachedInput, rates.cachedInput]);
  }
  if (cacheWrite !== null && cacheWrite > 0) {
    if (rates.cacheWrite === null) return unpriced("cache_write_price_unknown");
    parts.push(["cache_write", cacheWrite, rates.cacheWrite]);
  }
  return rated(version, [...parts, ["output", output, rates.output]]);
}

type Part = readonly [unit: RatedLine["unit"], quantity: number, price: PicoUsd];

/** Lines with a quantity of zero are left out; the total is the sum of the rest. */
function rated(version: Pick<PriceVersion, "id" | "assumed">, parts: readonly Part[]): Charge {
  const lines: RatedLine[] = [];
  let total = 0n;
  for (const [unit, count, unitPricePicoUsd] of parts) {
    if (count === 0) continue;
    const quantity = BigInt(count);
    const amountPicoUsd = picoUsd(quantity * unitPricePicoUsd);
    total += amountPicoUsd;
    lines.push({ unit, quantity, unitPricePicoUsd, amountPicoUsd });
  }
  if (total > MAX_CHARGE_PICO_USD) {
    return unpriced("usage_disputed", ": a charge over 9.2 million USD for one call");
  }
  return {
    kind: "rated",
    lines,
    totalPicoUsd: picoUsd(total),
    priceVersion: version.id,
    assumed: version.assumed,
  };
}
