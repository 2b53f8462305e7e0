/** What is posted for a call: revenue and hosting, each a transaction of its own, since neither depends on the other. */

import type { SettledCall, Transaction } from "../domain/ledger.ts";
import { accrue } from "./accrue.ts";
import { chargeHost } from "./charge-host.ts";

/**
 * The transactions that the terms of a call ask for, before any cap; none where no money moves. Throws LedgerInvariantError when
 * the legs do not sum to the whole.
 */
export function postCall({
  money,
  charge,
  seller,
  partner,
  provider,
}: Pick<SettledCall, "money" | "charge" | "seller" | "partner" | "provider">): readonly Transaction[] {
  if (money === null || charge.kind !== "rated") return [];
  const { totalPicoUsd } = charge;
  const earned = accrue({ totalPicoUsd, legs: money.legs, seller, partner });
  return money.hosting === null ? [earned] : [earned, chargeHost(provider, totalPicoUsd, money.hosting)];
}
