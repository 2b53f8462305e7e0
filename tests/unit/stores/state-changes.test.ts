/** Changes of a group put together have the effect that they have one after the other. */

import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { StateChange, StateEntry } from "../../../src/domain/state.ts";
import { foldChanges } from "../../../src/stores/postgres/state-changes.ts";
import { stateEntry } from "../../support/settled-call.ts";

const id = fc.constantFrom("resp_1", "resp_2");
const partner = fc.constantFrom("amazon", "direct");
const provider = fc.constantFrom("azure", "aws", "stargate");
const change: fc.Arbitrary<StateChange> = fc.oneof(
  fc
    .record({ id, partner, provider })
    .map(({ id, ...fields }) => ({ kind: "register" as const, entry: stateEntry(id, fields) })),
  fc.record({
    kind: fc.constant("move" as const),
    id,
    partner,
    provider,
    region: fc.constantFrom("r1", "r2"),
  }),
  fc.record({ kind: fc.constant("drop" as const), id, partner }),
);

type Directory = ReadonlyMap<string, StateEntry>;

function apply(before: Directory, changes: readonly StateChange[]): Directory {
  const entries = new Map(before);
  for (const each of changes) {
    if (each.kind === "register") {
      entries.set(keyOf(each.entry), each.entry);
      continue;
    }
    const known = entries.get(keyOf(each));
    if (known === undefined) continue;
    if (each.kind === "drop") entries.delete(keyOf(each));
    else entries.set(keyOf(each), { ...known, provider: each.provider, region: each.region });
  }
  return entries;
}

function keyOf({ partner, id }: Pick<StateEntry, "partner" | "id">): string {
  return `${partner} ${id}`;
}

it("has the effect of the changes in their order, whatever the directory held, and touches no id twice", () => {
  fc.assert(
    fc.property(fc.array(change), fc.array(change, { maxLength: 8 }), (earlier, changes) => {
      const before = apply(new Map(), earlier);
      const { registers, moves, drops } = foldChanges(changes);
      const folded: StateChange[] = [
        ...drops,
        ...moves,
        ...registers.map((entry) => ({ kind: "register" as const, entry })),
      ];
      expect(sorted(apply(before, folded))).toEqual(sorted(apply(before, changes)));
      const keys = folded.map((each) => keyOf(each.kind === "register" ? each.entry : each));
      expect(new Set(keys).size).toBe(keys.length);
    }),
  );
});

function sorted(directory: Directory): readonly (readonly [string, StateEntry])[] {
  return [...directory].sort(([a], [b]) => (a < b ? -1 : 1));
}
