/** State has one holder: which provider keeps the content behind an id, and for which partner. */

import type { PartnerId, ProviderId, StateKind } from "./call.ts";

export interface StateEntry {
  readonly id: string;
  readonly kind: StateKind;
  readonly partner: PartnerId;
  readonly provider: ProviderId;
  readonly region: string;
  /** Wall-clock ms since 1970 after which the id counts as unknown; null = kept until deleted. */
  readonly expiresAtMs: number | null;
}

/** What a settled call changes in the directory; written in the settling transaction. */
export type StateChange =
  | { readonly kind: "register"; readonly entry: StateEntry }
  | {
      readonly kind: "move";
      readonly id: string;
      readonly partner: PartnerId;
      readonly provider: ProviderId;
      readonly region: string;
    }
  | { readonly kind: "drop"; readonly id: string; readonly partner: PartnerId };
