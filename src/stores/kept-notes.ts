/** Notes of calls under way that wait to be written, also while the ledger cannot be: as many as the memory may hold. */

import type { OpenedCall } from "../ledger/booked-call.ts";

export interface KeptNotes {
  count(): number;
  /** Takes them in, the first of each call; those that find no room are let go, which is told. */
  keep(notes: readonly OpenedCall[]): void;
  /** Gives all that are kept, in the order in which they came, and keeps none of them any more. */
  takeAll(): readonly OpenedCall[];
  /** Lets all go, which is told: nobody will come to write them. */
  letGo(): void;
}

/** Told how many notes were let go: so many calls may have run at a provider and be found nowhere. */
export type OnNotesLost = (notes: number) => void;

/** Some 5 MB: a ledger that is away for long must not fill the memory. */
const MAX_KEPT_NOTES = 10_000;

/** Returns a keeper of at most `maxNotes` notes, with none in it; `onLost` is told how many had to go. */
export function createKeptNotes(onLost: OnNotesLost = () => undefined, maxNotes = MAX_KEPT_NOTES): KeptNotes {
  let kept = new Map<string, OpenedCall>();
  const takeAll = (): readonly OpenedCall[] => {
    const taken = [...kept.values()];
    kept = new Map();
    return taken;
  };
  const tell = (lost: number): void => {
    if (lost > 0) onLost(lost);
  };
  return {
    count: () => kept.size,
    keep: (notes) => {
      let lost = 0;
      for (const note of notes) {
        if (kept.has(note.requestId)) continue;
        if (kept.size < maxNotes) kept.set(note.requestId, note);
        else lost += 1;
      }
      tell(lost);
    },
    takeAll,
    letGo: () => tell(takeAll().length),
  };
}
