/** What a call costs: disjoint token parts, each times one whole price. Nothing is divided, so nothing is rounded. */

import type { BatchRequests } from "../domain/batch-requests.ts";
import { bucketsOf, type UsageFault } from "../domain/buckets.ts";
import type { Zone } from "../domain/catalogue.ts";
import type { Charge, RatedLine } from "../domain/ledger.ts";
import { picoUsd, type PicoUsd } from "../domain/units.ts";
import type { Usage } from "../domain/usage.ts";
import { divideBatch, type DividedTokens, type TokenParts } from "./divide-batch.ts";
import { priceAt } from "./price-history.ts";
import type { PriceBook, PriceVersion, TrainingVersion } from "./price-book.ts";
import type { Rates, TierRates } from "./rates.ts";
import { unpriced, type Unpriced, type UnpricedKind } from "./unpriced.ts";

export interface ChargeRequest {
  /** The model's key in the price book; null for a model that is not known. */
  readonly priceKey: string | null;
  /** What a model without a key was called; null or absent where nobody named one. */
  readonly modelName?: string | null;
  readonly usage: Usage;
  /** What reading the report found wrong with it; null or absent: nothing. */
  readonly usageFault?: UsageFault | null;
  /** The simulated date, `YYYY-MM-DD`. */
  readonly effectiveAt: string;
  /** Only what was recorded by the end of this day is known; absent: all that the book holds. */
  readonly asOf?: string;
  /** Whether `usage` is that of a batch, all its requests together. */
  readonly batch: boolean;
  /** What each request of the batch used; absent where nobody looked. Only a batch that may hold long context needs it. */
  readonly requests?: BatchRequests;
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
  const { usage, usageFault, priceKey, effectiveAt, asOf, requests } = request;
  if (typeof usageFault === "string") return unpriced("usage_disputed", `: ${usageFault}`);
  const tokens = tokensOf(usage);
  if (isUnpriced(tokens)) return tokens;
  if (usage.trainedTokens !== null) return chargeTraining(book, request, usage);
  if (tokens.used === null) return unpriced("usage_unknown");
  if (priceKey === null) return unknownModel(request);
  const version = priceAt(book.models.get(priceKey), effectiveAt, asOf ?? null);
  if (!version) return unpriced("no_price", ` \`${priceKey}\` at ${effectiveAt}`);
  return chargeUsed(version, tokens, {
    ...request,
    divided: (used, isLong) =>
      requests === undefined ? unpriced("batch_requests_unknown") : divideBatch(used, requests, isLong),
  });
}

export interface VersionRequest extends Pick<ChargeRequest, "usage" | "batch" | "zone"> {
  /** Divides what a batch used that may hold long context; asked for no other. */
  readonly divided: (used: TokenParts, isLong: (inputTokens: number) => boolean) => DividedTokens | Unpriced;
}

/** Prices the tokens of a call that ran a model by one version of its price, whatever the date; unpriced as `chargeFor` is. */
export function chargeByVersion(version: PriceVersion, request: VersionRequest): Charge {
  const tokens = tokensOf(request.usage);
  if (isUnpriced(tokens)) return tokens;
  return tokens.used === null ? unpriced("usage_unknown") : chargeUsed(version, tokens, request);
}

/** The same of what a training job trained on. */
export function chargeByTrainingVersion(version: TrainingVersion, usage: Usage): Charge {
  const tokens = tokensOf(usage);
  if (isUnpriced(tokens)) return tokens;
  if (usage.trainedTokens === null) return unpriced("usage_unknown");
  return rated(version, [["training", usage.trainedTokens, version.price]]);
}

interface KnownTokens {
  readonly used: TokenParts;
  readonly inputTokens: number;
}

/** What a report comes to; `used` is null where it does not tell. */
function tokensOf(usage: Usage): KnownTokens | { readonly used: null } | Unpriced {
  const buckets = bucketsOf(usage);
  if (typeof buckets === "string") return unpriced("usage_disputed", `: ${buckets}`);
  const { freshInput, cachedInput, cacheWrite, output } = buckets;
  if (usage.inputTokens === null || freshInput === null || output === null) return { used: null };
  return {
    used: { freshInput, cachedInput: cachedInput ?? 0, cacheWrite: cacheWrite ?? 0, output },
    inputTokens: usage.inputTokens,
  };
}

/** Named as it was asked for or served, where that is known. */
function unknownModel({ modelName = null }: ChargeRequest): Charge {
  return unpriced("model_unknown", modelName === null ? ": none is named" : `: \`${modelName}\``);
}

function chargeTraining(book: PriceBook, request: ChargeRequest, usage: Usage): Charge {
  const { priceKey, effectiveAt, asOf } = request;
  if (priceKey === null) return unknownModel(request);
  const version = priceAt(book.training.get(priceKey), effectiveAt, asOf ?? null);
  if (!version) return unpriced("no_training_price", ` \`${priceKey}\` at ${effectiveAt}`);
  return chargeByTrainingVersion(version, usage);
}

function chargeUsed(
  version: PriceVersion,
  { used, inputTokens }: KnownTokens,
  request: VersionRequest,
): Charge {
  const found = ratesFor(version, request);
  if (found.kind === "missing") return unpriced(found.why, found.detail);
  const groups = groupsOf(used, inputTokens, version.rates, request);
  return isUnpriced(groups) ? groups : chargeGroups(version, found.rates, groups);
}

interface Missing {
  readonly kind: "missing";
  readonly why: UnpricedKind;
  readonly detail?: string;
}

/** The rates in force for the zone and the tier that served the call, or why there are none. */
function ratesFor(
  { rates }: PriceVersion,
  request: VersionRequest,
): { readonly kind: "found"; readonly rates: TierRates } | Missing {
  const zone = request.zone === "data-zone" ? rates.dataZone : rates;
  if (zone === null) return { kind: "missing", why: "data_zone_price_unknown" };
  const tier = servedTier(request.usage);
  if (tier === null)
    return { kind: "missing", why: "tier_unknown", detail: ": another one than `default` was asked for" };
  if (request.batch && tier !== "default")
    return { kind: "missing", why: "tier_unknown", detail: " in a batch" };
  const tierRates: TierRates | null | undefined = request.batch ? zone.batch : zone.tiers.get(tier);
  return tierRates
    ? { kind: "found", rates: tierRates }
    : { kind: "missing", why: request.batch ? "batch_price_unknown" : "tier_price_unknown" };
}

/**
 * The tier served counts, not the one asked for: priority can be downgraded, and `auto` is a wish and no rate. Where no
 * tier is reported the call was served by default, unless it asked for another: what became of that is not known.
 */
function servedTier({ serviceTier, requestedTier }: Usage): string | null {
  if (serviceTier !== null) return serviceTier;
  return requestedTier === null || requestedTier === "auto" || requestedTier === "default" ? "default" : null;
}

/** Tokens that are priced alike. */
interface Group {
  readonly tokens: TokenParts;
  readonly length: keyof TierRates;
  /** What tells the units of long requests of a batch from those of its short ones. */
  readonly suffix: "" | ":long";
}

/**
 * A request is long context as a whole, by its own input. So a batch is short where all its input together is, and beyond that
 * it depends on its requests.
 */
function groupsOf(
  tokens: TokenParts,
  inputTokens: number,
  { longContextOver }: PriceVersion["rates"],
  { batch, divided: divide }: VersionRequest,
): readonly Group[] | Unpriced {
  const isLong = (count: number): boolean => longContextOver !== null && count > longContextOver;
  if (!isLong(inputTokens)) return [{ tokens, length: "short", suffix: "" }];
  if (!batch) return [{ tokens, length: "long", suffix: "" }];
  const divided = divide(tokens, isLong);
  if (isUnpriced(divided)) return divided;
  return [
    { tokens: divided.short, length: "short", suffix: "" },
    { tokens: divided.long, length: "long", suffix: ":long" },
  ];
}

function isUnpriced(value: object): value is Unpriced {
  return "kind" in value && value.kind === "unpriced";
}

function chargeGroups(version: PriceVersion, rates: TierRates, groups: readonly Group[]): Charge {
  const parts: Part[] = [];
  for (const group of groups) {
    const priced = partsOf(group, rates[group.length]);
    if (typeof priced === "string") return unpriced(priced);
    parts.push(...priced);
  }
  return rated(version, parts);
}

/** A price that is not known hurts only where there is something to be priced by it. */
function partsOf({ tokens, suffix }: Group, rates: Rates | null): readonly Part[] | UnpricedKind {
  const { freshInput, cachedInput, cacheWrite, output } = tokens;
  if (freshInput + cachedInput + cacheWrite + output === 0) return [];
  if (rates === null) return "long_context_price_unknown";
  const parts: Part[] = [[`input${suffix}`, freshInput, rates.input]];
  if (cachedInput > 0) {
    if (rates.cachedInput === null) return "cached_input_price_unknown";
    parts.push([`cached_input${suffix}`, cachedInput, rates.cachedInput]);
  }
  if (cacheWrite > 0) {
    if (rates.cacheWrite === null) return "cache_write_price_unknown";
    parts.push([`cache_write${suffix}`, cacheWrite, rates.cacheWrite]);
  }
  return [...parts, [`output${suffix}`, output, rates.output]];
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
