/** Divides an amount among parties so that nothing is lost: largest remainder, in picodollars. */

import type { PartyId } from "../domain/call.ts";
import { picoUsd, WHOLE_PPM, type PicoUsd, type Ppm } from "../domain/units.ts";
import { LedgerInvariantError } from "./invariant.ts";

const WHOLE = BigInt(WHOLE_PPM);

/**
 * Each party's part of `total` (not negative), parties in alphabetical order. Parts sum to the total, each within one
 * picodollar of the exact share: all are rounded down, then the picodollars left over go one each to the largest
 * remainders, equal ones in alphabetical order of party. Throws LedgerInvariantError when the shares do not sum to the
 * whole or the total is negative (a correction reverses recorded postings, it does not split anew).
 */
export function splitByShare(
  total: PicoUsd,
  sharePpm: Readonly<Record<PartyId, Ppm>>,
): readonly { readonly party: PartyId; readonly amount: PicoUsd }[] {
  if (total < 0n) throw new LedgerInvariantError(`cannot split a negative amount, \`${total}\``);
  const parts = Object.keys(sharePpm)
    .sort()
    .map((party) => {
      const scaled = total * BigInt(sharePpm[party] ?? 0);
      return { party, amount: scaled / WHOLE, remainder: scaled % WHOLE };
    });
  assertWhole(sharePpm);

  let left: bigint = total;
  for (const { amount } of parts) left -= amount;
  // Sorting is stable, so equal remainders stay in alphabetical order.
  const byRemainder = parts.toSorted((a, b) =>
    a.remainder === b.remainder ? 0 : a.remainder < b.remainder ? 1 : -1,
  );
  for (const part of byRemainder) {
    if (left === 0n) break;
    part.amount += 1n;
    left -= 1n;
  }
  return parts.map(({ party, amount }) => ({ party, amount: picoUsd(amount) }));
}

function assertWhole(sharePpm: Readonly<Record<PartyId, Ppm>>): void {
  const sum = Object.values(sharePpm).reduce<number>((all, each) => all + each, 0);
  if (sum !== WHOLE_PPM) throw new LedgerInvariantError(`shares sum to \`${sum}\` ppm, not to ${WHOLE_PPM}`);
}
