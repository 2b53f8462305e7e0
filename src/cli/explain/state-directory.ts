/** The state directory of a ledger on disk: who holds what an id names. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PartnerId } from "../../domain/call.ts";
import type { StateEntry } from "../../domain/state.ts";
import { openSqliteReader } from "../../stores/sqlite/sqlite-reader.ts";

export interface StateDirectory {
  /** The data folder. */
  readonly folder: string;
  /** Null for an id that is unknown, expired or another partner's. Throws LedgerError for a file that is no ledger. */
  readonly find: (partner: PartnerId, id: string) => StateEntry | null;
}

/** Null where the folder has no ledger. The file is opened for each look-up: a call names few ids, and most name none. */
export function openStateDirectory(folder: string): StateDirectory | null {
  const file = join(folder, "ledger.sqlite");
  if (!existsSync(file)) return null;
  return {
    folder,
    find: (partner, id) => {
      const reader = openSqliteReader({ file });
      try {
        return reader.findState(partner, id, Date.now());
      } finally {
        reader.close();
      }
    },
  };
}
