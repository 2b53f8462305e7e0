/** What a close adds to an account, so that the formula holds on totals. */

import type { ClauseId, PartyId } from "../../domain/call.ts";
import type { PicoUsd } from "../../domain/units.ts";

/** What is added to an account: postings of a party under a clause, at most one each, none of zero. */
export interface TrueUp {
  readonly account: string;
  readonly party: PartyId;
  readonly clause: ClauseId;
  /** Who pays it: the seller of the calls, or the payer of the hosting. */
  readonly payer: PartyId;
  /** What the account is credited with; negative: debited. They sum to zero. */
  readonly amountPicoUsd: PicoUsd;
}
