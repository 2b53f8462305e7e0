/**
 * Notes of calls under way, for the ledger: a crash then leaves them as orphans, to be found. Most calls end before long and would
 * have their note written only to be taken away, so a note is handed on when its call has been under way for a while.
 */

import type { OpenedCall } from "../ledger/booked-call.ts";
import type { LedgerStore } from "../stores/store.ts";

export interface OpenedNotes {
  opened(call: OpenedCall): void;
  /** The call is about to be settled: it needs no note, unless that fails. */
  ended(requestId: string): void;
}

/** A note is handed on after one to two of these. */
const ROUND_MS = 25;

/** Returns an empty list of calls under way, which hands notes to `store`. */
export function createOpenedNotes(store: Pick<LedgerStore, "open">): OpenedNotes {
  let fresh = new Map<string, OpenedCall>();
  let aging = new Map<string, OpenedCall>();
  let ticking = false;
  const tick = (): void => {
    for (const call of aging.values()) store.open(call);
    aging = fresh;
    fresh = new Map();
    ticking = aging.size > 0;
    if (ticking) setTimeout(tick, ROUND_MS).unref();
  };
  return {
    opened: (call) => {
      fresh.set(call.requestId, call);
      if (ticking) return;
      ticking = true;
      setTimeout(tick, ROUND_MS).unref();
    },
    ended: (requestId) => {
      fresh.delete(requestId);
      aging.delete(requestId);
    },
  };
}
