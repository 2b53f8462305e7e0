/** Notes that wait until the ledger takes them. */

import { expect, test } from "vitest";
import type { OpenedCall } from "../../../src/ledger/booked-call.ts";
import { createKeptNotes } from "../../../src/stores/kept-notes.ts";

const note = (requestId: string, openedAtMs = 1): OpenedCall => ({
  requestId,
  openedAtMs,
  partner: "amazon",
  operation: "chat.completions.create",
  provider: "azure",
  digest: "d".repeat(64),
});

test("kept notes are given once, the first of each call, in order", () => {
  const notes = createKeptNotes();
  notes.keep([note("a"), note("b")]);
  notes.keep([note("a", 2)]);
  expect(notes.takeAll()).toEqual([note("a"), note("b")]);
  expect(notes.takeAll()).toEqual([]);
});

test("notes beyond the bound are let go, and every one that is let go is told", () => {
  const told: number[] = [];
  const notes = createKeptNotes((lost) => told.push(lost), 2);
  notes.keep([note("a"), note("b"), note("c"), note("d")]);
  expect(notes.takeAll()).toEqual([note("a"), note("b")]);
  notes.keep([note("e")]);
  notes.letGo();
  notes.letGo();
  expect(told).toEqual([2, 1]);
});
