/** How shares were trued up by the rules `by-group`. Never edited: months that were closed by them are out there. */

import type { PartyId } from "../../domain/call.ts";
import type { ShareLeg } from "../../domain/money.ts";
import { picoUsd, type PicoUsd } from "../../domain/units.ts";
import { retainedAccount, shareAccount } from "../accounts.ts";
import type { PeriodBook } from "../period-book.ts";
import { legsOfSplit } from "../split-text.ts";
import { splitByLegs } from "../split.ts";
import type { PartSums, UseSums } from "../summary.ts";
import type { TrueUp } from "./trued-up.ts";

/**
 * Calls with the same agreement, seller, partner and split are split anew as one sum, except where a clause is capped. Rows
 * of one account and payer are to be summed.
 */
export function groupTrueUps({
  summary: { uses, parts },
  caps,
}: Pick<PeriodBook, "summary" | "caps">): readonly TrueUp[] {
  const capped = new Set(caps.map(({ clause }) => clause));
  const given = Map.groupBy(parts, groupOf);
  return [...Map.groupBy(uses, groupOf)].flatMap(([group, own]) => {
    const { split, cut, seller, partner } = own[0] as UseSums;
    const legs = split === null || cut ? [] : legsOfSplit(split);
    if (legs.length === 0 || legs.some(({ clause }) => capped.has(clause))) return [];
    const gross = own.reduce((sum, { grossPicoUsd }) => sum + grossPicoUsd, 0n);
    return [
      ...partsDue(picoUsd(gross), legs, { seller, partner }).map((part) => ({ ...part, payer: seller })),
      ...(given.get(group) ?? []).map(({ account, party, clause, amountPicoUsd }) => ({
        account,
        party,
        clause,
        payer: seller,
        amountPicoUsd: picoUsd(-amountPicoUsd),
      })),
    ];
  });
}

type Group = Pick<PartSums, "agreement" | "seller" | "partner" | "split" | "cut">;

function groupOf({ agreement, seller, partner, split, cut }: Group): string {
  return JSON.stringify([agreement, seller, partner, split, cut]);
}

/** The same accounts as a call's own postings, see `accrue`. */
function partsDue(
  gross: PicoUsd,
  legs: readonly ShareLeg[],
  { seller, partner }: { readonly seller: PartyId; readonly partner: string },
): readonly Omit<TrueUp, "payer">[] {
  return splitByLegs(gross, legs).map(({ leg: { clause, party }, amount }) =>
    party === seller
      ? { account: retainedAccount(seller, partner), party, clause: "none", amountPicoUsd: amount }
      : { account: shareAccount(clause, party), party, clause, amountPicoUsd: amount },
  );
}
