/** What the calls of a group change in the state directory, put together so that each id is touched once. */

import type { StateChange, StateEntry } from "../../domain/state.ts";

type Move = Extract<StateChange, { readonly kind: "move" }>;
type Drop = Extract<StateChange, { readonly kind: "drop" }>;

export interface FoldedChanges {
  readonly registers: readonly StateEntry[];
  readonly moves: readonly Move[];
  readonly drops: readonly Drop[];
}

/** The changes that have the effect of `changes` one after the other: at most one for each id of a partner, in order of id. */
export function foldChanges(changes: Iterable<StateChange>): FoldedChanges {
  const last = new Map<string, StateChange>();
  for (const change of changes) {
    const { partner, id } = change.kind === "register" ? change.entry : change;
    const key = JSON.stringify([partner, id]);
    last.set(key, after(last.get(key), change));
  }
  const folded = [...last].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change);
  return {
    registers: folded.filter((change) => change.kind === "register").map(({ entry }) => entry),
    moves: folded.filter((change) => change.kind === "move"),
    drops: folded.filter((change) => change.kind === "drop"),
  };
}

/** A move changes what is there; of what was dropped nothing is. */
function after(before: StateChange | undefined, change: StateChange): StateChange {
  if (change.kind !== "move" || before === undefined || before.kind === "move") return change;
  if (before.kind === "drop") return before;
  const { provider, region } = change;
  return { kind: "register", entry: { ...before.entry, provider, region } };
}
