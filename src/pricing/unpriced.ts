/** Why a call cannot be priced: a closed list, so that it can be counted by kind as well as read. */

import type { Charge } from "../domain/ledger.ts";

/** What a reason starts with, by kind. None is the start of another. */
const OPENINGS = {
  usage_unknown: "usage unknown",
  usage_disputed: "disputed",
  batch_requests_unknown: "requests of the batch unknown",
  model_unknown: "model unknown",
  no_price: "no price for",
  no_training_price: "no training price for",
  tier_unknown: "tier unknown",
  tier_price_unknown: "price of the served tier unknown",
  batch_price_unknown: "batch price unknown",
  long_context_price_unknown: "long-context price of the tier unknown",
  data_zone_price_unknown: "data-zone price unknown",
  cached_input_price_unknown: "cached input price unknown",
  cache_write_price_unknown: "cache write price unknown",
} as const;

export type UnpricedKind = keyof typeof OPENINGS;

export const UNPRICED_KINDS = Object.keys(OPENINGS) as readonly UnpricedKind[];

export type Unpriced = Extract<Charge, { kind: "unpriced" }>;

/** The charge of a call that stands in suspense; `detail` goes on from the opening words, such as ` \`gpt-7\``. */
export function unpriced(kind: UnpricedKind, detail = ""): Unpriced {
  return { kind: "unpriced", reason: `${OPENINGS[kind]}${detail}` };
}

/** Whether a charge is in suspense because what was reported of the call cannot be true. */
export function isDisputed(charge: Charge): boolean {
  return charge.kind === "unpriced" && unpricedKindOf(charge.reason) === "usage_disputed";
}

/** The kind of a reason; null for wording that is not ours, such as that of an older ledger. */
export function unpricedKindOf(reason: string): UnpricedKind | null {
  return UNPRICED_KINDS.find((kind) => reason.startsWith(OPENINGS[kind])) ?? null;
}
