/** Divides an amount among the legs of a split so that nothing is lost: largest remainder, in picodollars. */

import type { ShareLeg } from "../domain/money.ts";
import { picoUsd, WHOLE_PPM, type PicoUsd } from "../domain/units.ts";
import { LedgerInvariantError } from "./invariant.ts";

const WHOLE = BigInt(WHOLE_PPM);

/**
 * The part of `total` (not negative) for each leg, legs by party and then by clause, alphabetically. Parts sum to the total,
 * each within one picodollar of the exact share: all are rounded down, then the picodollars left over go one each to the
 * largest remainders, equal ones in that order. Throws LedgerInvariantError when the legs do not sum to the whole or the
 * total is negative (a correction reverses recorded postings, it does not split anew).
 */
export function splitByLegs(
  total: PicoUsd,
  legs: readonly ShareLeg[],
): readonly { readonly leg: ShareLeg; readonly amount: PicoUsd }[] {
  if (total < 0n) throw new LedgerInvariantError(`cannot split a negative amount, \`${total}\``);
  assertWhole(legs);
  const parts = legs.toSorted(byPartyAndClause).map((leg) => {
    const scaled = total * BigInt(leg.sharePpm);
    return { leg, amount: scaled / WHOLE, remainder: scaled % WHOLE };
  });

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
  return parts.map(({ leg, amount }) => ({ leg, amount: picoUsd(amount) }));
}

function byPartyAndClause(a: ShareLeg, b: ShareLeg): number {
  if (a.party !== b.party) return a.party < b.party ? -1 : 1;
  return a.clause === b.clause ? 0 : a.clause < b.clause ? -1 : 1;
}

function assertWhole(legs: readonly ShareLeg[]): void {
  const sum = legs.reduce((all, { sharePpm }) => all + sharePpm, 0);
  if (sum !== WHOLE_PPM) throw new LedgerInvariantError(`shares sum to \`${sum}\` ppm, not to ${WHOLE_PPM}`);
}
