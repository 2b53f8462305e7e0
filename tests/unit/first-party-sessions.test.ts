import { expect, test } from "vitest";
import { SESSION_LIMITS, SessionStore, type SessionLimits } from "../../src/partners/first-party/sessions.ts";

function storeWith(limits: Partial<SessionLimits>): { store: SessionStore; pass: (ms: number) => void } {
  let nowMs = 0;
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  return {
    store: new SessionStore(clock, { ...SESSION_LIMITS, ...limits }),
    pass(ms) {
      nowMs += ms;
    },
  };
}

function fill(store: SessionStore, id: string, question = "q", answer = "a"): void {
  store.create(id);
  store.commit(id, question, answer);
}

test("keeps turns in order", () => {
  const { store } = storeWith({});
  fill(store, "s", "q1", "a1");
  expect(store.open("s", 1)).toEqual({
    kind: "open",
    history: [
      { role: "user", content: "q1" },
      { role: "assistant", content: "a1" },
    ],
  });
});

test("a failed turn leaves the history as it was and the session open", () => {
  const { store } = storeWith({});
  fill(store, "s");
  store.open("s", 1);
  store.release("s");
  expect(store.open("s", 1)).toMatchObject({ kind: "open", history: { length: 2 } });
});

test("takes one turn at a time", () => {
  const { store } = storeWith({});
  store.create("s");
  expect(store.open("s", 1)).toEqual({ kind: "busy" });
});

test("refuses what would go over a session's turns or bytes", () => {
  const { store } = storeWith({ turns: 2, bytes: 10 });
  fill(store, "long");
  expect(store.open("long", 1)).toEqual({ kind: "full" });
  store.create("large");
  store.release("large");
  expect(store.open("large", 11)).toEqual({ kind: "full" });
});

test("forgets idle sessions, but none at work", () => {
  const { store, pass } = storeWith({ idleMs: 100 });
  fill(store, "idle");
  store.create("busy");
  pass(100);
  expect(store.open("idle", 1)).toEqual({ kind: "unknown" });
  expect(store.open("busy", 1)).toEqual({ kind: "busy" });
});

test("the longest idle give way when there are too many sessions or bytes", () => {
  const many = storeWith({ sessions: 2 }).store;
  for (const id of ["a", "b", "c"]) fill(many, id);
  expect(many.size).toBe(2);
  expect(many.open("a", 1)).toEqual({ kind: "unknown" });

  const heavy = storeWith({ totalBytes: 10 }).store;
  for (const id of ["a", "b", "c"]) fill(heavy, id, "1234", "");
  expect(heavy.open("a", 1)).toEqual({ kind: "unknown" });
  expect(heavy.open("b", 1)).toMatchObject({ kind: "open" });
});
