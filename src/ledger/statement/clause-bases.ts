/** What each money clause takes from: the gross of the calls whose split gives a part under it. */

import type { ClauseId, PartyId } from "../../domain/call.ts";
import { picoUsd, WHOLE_PPM, type PicoUsd } from "../../domain/units.ts";
import { isShareAccount } from "../accounts.ts";
import { roundHalfEven } from "../round-half-even.ts";
import { legsOfSplit } from "../split-text.ts";
import type { LedgerSummary } from "../summary.ts";

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
  /** How much less the calls that a cap cut gave than their split says; rounded to the picodollar. */
  readonly withheldPicoUsd: PicoUsd;
}

/** In order of clause, payer, payee. What a seller keeps of its own sales is no share. */
export function clauseBases({ uses, parts }: LedgerSummary): readonly ClauseBase[] {
  const rows = uses.flatMap((use) => {
    const legs = use.split === null ? [] : legsOfSplit(use.split);
    return legs
      .filter(({ party, sharePpm }) => party !== use.seller && sharePpm > 0)
      .map((leg) => ({ ...leg, payer: use.seller, cut: use.cut, gross: use.grossPicoUsd }));
  });
  const byClause = Map.groupBy(rows, ({ clause, payer, party }) => JSON.stringify([clause, payer, party]));
  return [...byClause]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, own]) => {
      const [clause, payer, payee] = JSON.parse(key) as [ClauseId, PartyId, PartyId];
      const rates = [...Map.groupBy(own, ({ sharePpm }) => Number(sharePpm))].sort(([a], [b]) => a - b);
      const cut = own.filter((row) => row.cut);
      const asked = cut.reduce((sum, row) => sum + row.gross * BigInt(row.sharePpm), 0n);
      const given = parts
        .filter((part) => part.cut && isShareAccount(part.account))
        .filter((part) => part.clause === clause && part.seller === payer && part.party === payee)
        .reduce((sum, part) => sum + part.amountPicoUsd, 0n);
      return {
        clause,
        payer,
        payee,
        basePicoUsd: sumGross(own),
        rates: rates.map(([ratePpm, at]) => ({ ratePpm, basePicoUsd: sumGross(at) })),
        withheldPicoUsd: picoUsd(cut.length === 0 ? 0n : roundHalfEven(asked, BigInt(WHOLE_PPM)) - given),
      };
    });
}

function sumGross(rows: readonly { readonly gross: bigint }[]): PicoUsd {
  return picoUsd(rows.reduce((sum, { gross }) => sum + gross, 0n));
}
