/**
 * What a close adds to the shares of a month. The total that the formula must hold on is a line of the statement: what one
 * clause gives one party of the sales of one seller, whatever the partners, agreements and splits of the calls.
 *
 * - A line is the sum of its rates times their gross, rounded to the nearest picodollar, half to even.
 * - What a capped clause gave stands: a cap counts call by call, and a picodollar added later could exceed it.
 * - The seller keeps the rest, of each partner's gross and in all, within a picodollar of exact. That comes first, should it
 *   leave no room to round every line to the nearest: those closest to a half then give way, within a picodollar too.
 */

import type { ClauseId, PartyId } from "../../domain/call.ts";
import { picoUsd, WHOLE_PPM } from "../../domain/units.ts";
import { isShareAccount, retainedAccount, shareAccount } from "../accounts.ts";
import type { PeriodBook } from "../period-book.ts";
import { legsOfSplit } from "../split-text.ts";
import type { PartSums, UseSums } from "../summary.ts";
import type { TrueUp } from "./trued-up.ts";

const WHOLE = BigInt(WHOLE_PPM);

/** Those of each seller sum to zero; some can be of zero. The order of the rows makes no difference but to their order. */
export function shareTrueUps({ summary, caps }: Pick<PeriodBook, "summary" | "caps">): readonly TrueUp[] {
  const capped = new Set(caps.map(({ clause }) => clause));
  const partsBySeller = Map.groupBy(summary.parts, ({ seller }) => seller);
  return [...Map.groupBy(summary.uses, ({ seller }) => seller)].flatMap(([seller, uses]) => {
    // Calls whose split was not kept (null) stay as they were posted.
    const parts = (partsBySeller.get(seller) ?? []).filter(({ split }) => split !== null);
    const given = sumByAccount(parts);
    return partsDue(exactParts(seller, { uses, parts, capped })).map(({ account, party, clause, amount }) => {
      const amountPicoUsd = picoUsd(amount - (given.get(account) ?? 0n));
      return { account, party, clause, payer: seller, amountPicoUsd };
    });
  });
}

/** What stands on an account by the formula. */
interface ExactPart {
  readonly account: string;
  readonly party: PartyId;
  readonly clause: ClauseId;
  /** In millionths of a picodollar. */
  readonly exact: bigint;
}

interface ExactParts {
  /** The lines without a cap, by party and then by clause. */
  readonly shares: readonly ExactPart[];
  /** What the seller keeps of each partner's gross, by partner. */
  readonly kept: readonly ExactPart[];
}

interface SellerSums {
  readonly uses: readonly UseSums[];
  readonly parts: readonly PartSums[];
  readonly capped: ReadonlySet<ClauseId>;
}

/** Together a whole number of picodollars: the gross, less what capped clauses gave. */
function exactParts(seller: PartyId, { uses, parts, capped }: SellerSums): ExactParts {
  const shares = new Map<string, ExactPart>();
  const kept = new Map<string, ExactPart>();
  const keep = (partner: string, exact: bigint): void =>
    addTo(kept, { account: retainedAccount(seller, partner), party: seller, clause: "none", exact });
  for (const { split, partner, grossPicoUsd } of uses) {
    if (split === null) continue;
    keep(partner, grossPicoUsd * WHOLE);
    for (const { clause, party, sharePpm } of legsOfSplit(split)) {
      if (party === seller || capped.has(clause)) continue;
      const exact = grossPicoUsd * BigInt(sharePpm);
      addTo(shares, { account: shareAccount(clause, party), party, clause, exact });
      keep(partner, -exact);
    }
  }
  for (const { account, partner, clause, amountPicoUsd } of parts) {
    if (isShareAccount(account) && capped.has(clause)) keep(partner, -amountPicoUsd * WHOLE);
  }
  return { shares: inOrder(shares), kept: inOrder(kept) };
}

function addTo(sums: Map<string, ExactPart>, part: ExactPart): void {
  sums.set(part.account, { ...part, exact: part.exact + (sums.get(part.account)?.exact ?? 0n) });
}

function inOrder(sums: ReadonlyMap<string, ExactPart>): readonly ExactPart[] {
  const key = ({ party, clause, account }: ExactPart): string => JSON.stringify([party, clause, account]);
  return [...sums.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function sumByAccount(parts: readonly PartSums[]): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { account, amountPicoUsd } of parts) {
    sums.set(account, (sums.get(account) ?? 0n) + amountPicoUsd);
  }
  return sums;
}

type WholePart = ExactPart & { readonly amount: bigint };

function partsDue({ shares, kept }: ExactParts): readonly WholePart[] {
  const own = floorOf({ exact: sumOf(kept, ({ exact }) => exact) });
  const total = sumOf([...shares, ...kept], ({ exact }) => exact) / WHOLE;
  const lines = shares.map(floorOf);
  // Rounding up `most` lines leaves the seller its part rounded down, one less leaves it rounded up.
  const most = total - own.floor - sumOf(lines, ({ floor }) => floor);
  const fewest = own.rest === 0n ? most : most - 1n;
  const nearest = BigInt(lines.filter(isNearerAbove).length);
  const due = roundUp(shares, nearest > most ? most : nearest < fewest ? fewest : nearest);
  const left = total - sumOf(due, ({ amount }) => amount);
  return [...due, ...roundUp(kept, left - sumOf(kept.map(floorOf), ({ floor }) => floor))];
}

/** All are rounded down but for `up` of them: those with the largest remainders, of equal ones the odd, then the first. */
function roundUp(parts: readonly ExactPart[], up: bigint): readonly WholePart[] {
  const whole = parts.map((part) => ({ ...part, ...floorOf(part) }));
  const raised = new Set(whole.toSorted(byRemainder).slice(0, Number(up)));
  return whole.map((part) => ({ ...part, amount: part.floor + (raised.has(part) ? 1n : 0n) }));
}

interface Floor {
  readonly floor: bigint;
  /** In millionths, not negative. */
  readonly rest: bigint;
}

/** Also of a negative amount: where rounding of a capped clause gave away more than a seller had left. */
function floorOf({ exact }: Pick<ExactPart, "exact">): Floor {
  const rest = ((exact % WHOLE) + WHOLE) % WHOLE;
  return { floor: (exact - rest) / WHOLE, rest };
}

function isNearerAbove({ floor, rest }: Floor): boolean {
  return rest * 2n > WHOLE || (rest * 2n === WHOLE && floor % 2n !== 0n);
}

function byRemainder(a: Floor, b: Floor): number {
  if (a.rest !== b.rest) return a.rest < b.rest ? 1 : -1;
  return Number(b.floor % 2n !== 0n) - Number(a.floor % 2n !== 0n);
}

function sumOf<T>(rows: readonly T[], read: (row: T) => bigint): bigint {
  return rows.reduce((sum, row) => sum + read(row), 0n);
}
