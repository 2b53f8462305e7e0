/** What a provider is paid for serving a call: a flow of its own, so that hosting and sharing are seen apart. */

import type { ProviderId } from "../domain/call.ts";
import type { Transaction } from "../domain/ledger.ts";
import type { HostingTerms } from "../domain/money.ts";
import { picoUsd, WHOLE_PPM, type PicoUsd } from "../domain/units.ts";
import { feeAccount, hostingAccount } from "./accounts.ts";
import { assertBalanced } from "./invariant.ts";
import { roundHalfEven } from "./round-half-even.ts";

/**
 * The balanced transaction of a hosting fee: the payer's cost against the claim of the provider's owner. `listPicoUsd` is
 * what the call costs at list price; the fee is that times `feePpm`, rounded to the nearest picodollar, half to even. It
 * does not depend on how the revenue is split.
 */
export function chargeHost(provider: ProviderId, listPicoUsd: PicoUsd, terms: HostingTerms): Transaction {
  const { payer, payee, feePpm } = terms;
  const fee = roundHalfEven(listPicoUsd * BigInt(feePpm), BigInt(WHOLE_PPM));
  const transaction: Transaction = {
    kind: "host",
    postings: [
      { account: hostingAccount(payer, provider), party: payer, amount: picoUsd(fee), clause: "none" },
      { account: feeAccount(provider, payee), party: payee, amount: picoUsd(-fee), clause: "none" },
    ],
  };
  assertBalanced(transaction);
  return transaction;
}
