/** The state directory of a ledger: who holds what an id names. */

import { hasLedger, ledgerName, openLedgerReader } from "../../app/open-ledger.ts";
import type { Settings } from "../../app/settings.ts";
import type { PartnerId } from "../../domain/call.ts";
import type { StateEntry } from "../../domain/state.ts";

export interface StateDirectory {
  /** The data folder, or what names a ledger in Postgres. */
  readonly place: string;
  /** Null for an id that is unknown, expired or another partner's. Rejects with LedgerError for what is no ledger. */
  readonly find: (partner: PartnerId, id: string) => Promise<StateEntry | null>;
}

/** Null where there is no ledger. It is opened for each look-up: a call names few ids, and most name none. */
export function openStateDirectory(settings: Settings): StateDirectory | null {
  if (!hasLedger(settings)) return null;
  return {
    place: settings.ledgerUrl === null ? settings.dataDir : ledgerName(settings),
    find: async (partner, id) => {
      const reader = await openLedgerReader(settings);
      try {
        return await reader.findState(partner, id, Date.now());
      } finally {
        await reader.close();
      }
    },
  };
}
