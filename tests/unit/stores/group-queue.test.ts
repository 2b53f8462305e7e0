/** Groups of calls on their way to a ledger that several gateways share. */

import { describe, expect, it } from "vitest";
import type { OpenedCall } from "../../../src/ledger/booked-call.ts";
import { createEncoder } from "../../../src/stores/postgres/encode.ts";
import { createGroupQueue, type GroupReport } from "../../../src/stores/postgres/group-queue.ts";
import type { CallOutcome, Group } from "../../../src/stores/postgres/write-group.ts";
import { settledCall } from "../../support/settled-call.ts";

const encode = createEncoder();
const call = (id: string) => encode(settledCall(id));
const note = (requestId: string): OpenedCall => ({
  requestId,
  openedAtMs: 1,
  partner: "amazon",
  operation: "files.create",
  provider: "azure",
  digest: "d".repeat(64),
});

/** A queue whose groups are written at once and kept; `ledger.away`: none is taken. */
function makeQueue(outcomeOf: (id: string) => CallOutcome | Error = () => "written") {
  const groups: { readonly calls: readonly string[]; readonly notes: readonly string[] }[] = [];
  const ledger = { away: false, notesLost: 0 };
  const write = async ({ calls, notes }: Group): Promise<GroupReport> => {
    const ids = calls.map((each) => each.call.requestId);
    groups.push({ calls: ids, notes: notes.map(({ requestId }) => requestId) });
    await Promise.resolve();
    if (ledger.away) return { outcomes: ids.map(() => new Error("away")), notesLeft: notes };
    return { outcomes: ids.map(outcomeOf), notesLeft: [] };
  };
  const onNotesLost = (notes: number): void => void (ledger.notesLost += notes);
  return { groups, ledger, queue: createGroupQueue({ write, lingerMs: 0, maxGroup: 3, onNotesLost }) };
}

describe("a queue of groups", () => {
  it("writes what comes in one turn together, in order, up to the largest group", async () => {
    const { queue, groups } = makeQueue();
    await Promise.all(["a", "b", "c", "d"].map((id) => queue.settle(call(id))));
    expect(groups.map(({ calls }) => calls)).toEqual([["a", "b", "c"], ["d"]]);
  });

  it("forgets nothing that is handed in just as it runs dry", async () => {
    const { queue, groups } = makeQueue();
    let ran = 0;
    for (let at = 0; at < 20; at++) {
      await queue.exclusively(async () => (ran += 1));
      // From the moment of the answer on, at each of the next turns of the microtask queue.
      for (let turn = 0; turn < at; turn++) await Promise.resolve();
      await queue.settle(call(`call-${at}`));
    }
    expect(ran).toBe(20);
    expect(groups.flatMap(({ calls }) => calls)).toHaveLength(20);
  });

  it("runs a job after all that came before it and before all that comes after", async () => {
    const { queue, groups } = makeQueue();
    const seen: string[][] = [];
    const before = ["a", "b"].map((id) => queue.settle(call(id)));
    const job = queue.exclusively(async () => seen.push(groups.flatMap(({ calls }) => calls)));
    const after = queue.settle(call("c"));
    await Promise.all([...before, job, after]);
    expect(seen).toEqual([["a", "b"]]);
    expect(groups.map(({ calls }) => calls)).toEqual([["a", "b"], ["c"]]);
  });

  it("goes on after a job that failed", async () => {
    const { queue } = makeQueue();
    await expect(queue.exclusively(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await queue.settle(call("a"));
  });

  it("tells each call what became of it", async () => {
    const lost = new Error("lost");
    const { queue } = makeQueue((id) => ({ a: "same", b: "conflict", c: lost })[id] as CallOutcome | Error);
    const outcomes = await Promise.allSettled(["a", "b", "c"].map((id) => queue.settle(call(id))));
    expect(outcomes).toMatchObject([
      { status: "fulfilled" },
      { status: "rejected", reason: { code: "LEDGER_CONFLICT" } },
      { status: "rejected", reason: lost },
    ]);
  });

  it("takes notes along with the calls beside them, and writes them alone when none come", async () => {
    const { queue, groups } = makeQueue();
    queue.note(note("a"));
    await queue.settle(call("b"));
    queue.note(note("c"));
    await queue.drained();
    expect(groups).toEqual([
      { calls: ["b"], notes: ["a"] },
      { calls: [], notes: ["c"] },
    ]);
  });

  it("keeps the notes of a group that could not be written, for the next one that is", async () => {
    const { queue, groups, ledger } = makeQueue();
    ledger.away = true;
    queue.note(note("a"));
    await expect(queue.settle(call("b"))).rejects.toThrow("away");
    queue.note(note("c"));
    ledger.away = false;
    await queue.settle(call("d"));
    queue.note(note("e"));
    await queue.drained();
    expect(groups).toEqual([
      { calls: ["b"], notes: ["a"] },
      { calls: ["d"], notes: ["a", "c"] },
      { calls: [], notes: ["e"] },
    ]);
    expect(ledger.notesLost).toBe(0);
  });

  it("tries notes that wait alone again by itself, and tells of those that the end finds unwritten", async () => {
    const { queue, groups, ledger } = makeQueue();
    ledger.away = true;
    queue.note(note("a"));
    await expect.poll(() => groups.length, { timeout: 10_000 }).toBeGreaterThan(1);
    queue.note(note("b"));
    await queue.drained();
    expect(groups.at(-1)).toEqual({ calls: [], notes: ["a", "b"] });
    expect(ledger.notesLost).toBe(2);
  });
});
