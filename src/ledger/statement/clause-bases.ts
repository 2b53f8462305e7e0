/** What each money clause takes from: the gross of the calls whose split gives a part under it. */

import type { ClauseId, PartyId } from "../../domain/call.ts";
import type { ShareLeg } from "../../domain/money.ts";
import { picoUsd, WHOLE_PPM, type PicoUsd } from "../../domain/units.ts";
import { isShareAccount } from "../accounts.ts";
import type { CloseRules } from "../closing/close-rules.ts";
import type { PeriodBook } from "../period-book.ts";
import { roundHalfEven } from "../round-half-even.ts";
import { legsOfSplit } from "../split-text.ts";
import type { LedgerSummary, UseSums } from "../summary.ts";

export interface RateBase {
  readonly ratePpm: number;
  /** Gross of the calls at this rate. */
  readonly basePicoUsd: PicoUsd;
}

export interface ClauseBase {
  readonly clause: ClauseId;
  /** Who sold the calls. */
  readonly payer: PartyId;
  readonly payee: PartyId;
  readonly basePicoUsd: PicoUsd;
  /** In order of rate, at least one. */
  readonly rates: readonly RateBase[];
}

/** In order of clause, payer, payee. What a seller keeps of its own sales is no share. */
export function clauseBases({ uses }: LedgerSummary): readonly ClauseBase[] {
  const byClause = Map.groupBy(uses.flatMap(takenFrom), ({ clause, payer, party }) =>
    JSON.stringify([clause, payer, party]),
  );
  return [...byClause]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, own]) => {
      const [clause, payer, payee] = JSON.parse(key) as [ClauseId, PartyId, PartyId];
      const rates = [...Map.groupBy(own, ({ sharePpm }) => Number(sharePpm))].sort(([a], [b]) => a - b);
      return {
        clause,
        payer,
        payee,
        basePicoUsd: sumGross(own),
        rates: rates.map(([ratePpm, at]) => ({ ratePpm, basePicoUsd: sumGross(at) })),
      };
    });
}

/**
 * How much less the calls that a cap cut gave under the clause than their split says, not negative; rounded to the picodollar.
 * Zero where the clause has no cap: what another one's cap cut gave its part of in full. By the rules `by-group` that part
 * shows too, off by what rounding each call took.
 */
export function withheldOf(
  { clause, payer, payee }: Pick<ClauseBase, "clause" | "payer" | "payee">,
  { summary: { uses, parts }, caps }: Pick<PeriodBook, "summary" | "caps">,
  rules: CloseRules,
): PicoUsd {
  const earlier = rules === "by-group";
  if (!earlier && !caps.some((cap) => cap.clause === clause)) return picoUsd(0n);
  const cut = uses.filter((use) => use.cut).flatMap(takenFrom);
  const own = cut.filter((row) => row.clause === clause && row.payer === payer && row.party === payee);
  const asked = own.reduce((sum, row) => sum + row.gross * BigInt(row.sharePpm), 0n);
  const given = parts
    .filter((part) => part.cut && isShareAccount(part.account))
    .filter((part) => part.clause === clause && part.seller === payer && part.party === payee)
    .reduce((sum, part) => sum + part.amountPicoUsd, 0n);
  const withheld = own.length === 0 ? 0n : roundHalfEven(asked, BigInt(WHOLE_PPM)) - given;
  return picoUsd(withheld < 0n && !earlier ? 0n : withheld);
}

/** What a row of use gives away, clause by clause. */
function takenFrom({ split, seller, grossPicoUsd }: UseSums): readonly TakenFrom[] {
  return (split === null ? [] : legsOfSplit(split))
    .filter(({ party, sharePpm }) => party !== seller && sharePpm > 0)
    .map((leg) => ({ ...leg, payer: seller, gross: grossPicoUsd }));
}

interface TakenFrom extends ShareLeg {
  readonly payer: PartyId;
  readonly gross: PicoUsd;
}

function sumGross(rows: readonly { readonly gross: bigint }[]): PicoUsd {
  return picoUsd(rows.reduce((sum, { gross }) => sum + gross, 0n));
}
