import { expect, test } from "vitest";
import { importState, type ImportedResponse } from "../../../src/clouds/state/handover.ts";
import { extendHistory, itemsOfHistory } from "../../../src/clouds/state/history.ts";
import type { CountedItem } from "../../../src/clouds/state/items.ts";
import { createStateStore, type ResponseRecord } from "../../../src/clouds/state/state-store.ts";

const DAY_MS = 24 * 3_600_000;

function counted(id: string, tokens = 1): CountedItem {
  return { item: { id, type: "message" }, tokens };
}

function response(id: string, createdAtMs = 0): ResponseRecord {
  const items = [counted(`item-of-${id}`)];
  return {
    id,
    project: "p",
    createdAtMs,
    response: { id },
    inputItems: items,
    outputItems: [],
    history: extendHistory(null, items),
    run: null,
  };
}

function imported(id: string, previousResponseId: string | null): ImportedResponse {
  return {
    id,
    previousResponseId,
    response: { id },
    inputItems: [counted(`${id}-in`, 2)],
    outputItems: [counted(`${id}-out`, 3)],
  };
}

test("a response is kept for 30 days and for its own project", () => {
  const store = createStateStore();
  store.putResponse(response("r"));
  expect(store.findResponse("p", "r", 30 * DAY_MS - 1)?.id).toBe("r");
  expect(store.findResponse("p", "r", 30 * DAY_MS)).toBeNull();
  expect(store.findResponse("q", "r", 0)).toBeNull();
  expect(store.findResponse(null, "r", 0)).toBeNull();
  expect(store.findItem("q", "item-of-r", 0)).toBeNull();
});

test("beyond the bound the oldest goes, with its items, and is counted", () => {
  const store = createStateStore({ mostResponses: 2 });
  for (const id of ["a", "b", "c"]) store.putResponse(response(id));
  expect(store.findResponse("p", "a", 0)).toBeNull();
  expect(store.findItem("p", "item-of-a", 0)).toBeNull();
  expect(store.findItem("p", "item-of-c", 0)?.tokens).toBe(1);
  expect(store.dropped()).toBe(1);
});

function huge(id: string): ResponseRecord {
  return { ...response(id), inputItems: [counted(`in-${id}`, 5_000)] };
}

test("a few huge responses go as many small ones do, and the newest always stays", () => {
  const store = createStateStore({ mostBytes: 10_000 });
  store.putResponse(huge("a"));
  expect(store.findResponse("p", "a", 0)?.id).toBe("a");
  store.putResponse(huge("b"));
  expect(store.findResponse("p", "a", 0)).toBeNull();
  expect(store.findResponse("p", "b", 0)?.id).toBe("b");
  expect(store.dropped()).toBe(1);
});

test("a deleted response takes its items along and leaves its followers their memory", () => {
  const store = createStateStore();
  const first = response("a");
  store.putResponse(first);
  const follower = { ...response("b"), history: extendHistory(first.history, [counted("b-in", 5)]) };
  store.putResponse(follower);
  store.deleteResponse("a");
  expect(store.findItem("p", "item-of-a", 0)).toBeNull();
  const history = store.findResponse("p", "b", 0)?.history ?? null;
  expect(itemsOfHistory(history).map(({ id }) => id)).toEqual(["item-of-a", "b-in"]);
  expect(history?.tokens).toBe(6);
});

test("a hand-over in any order gives the same chain, and twice is as once", () => {
  const orders = [
    ["1", "2", "3"],
    ["3", "1", "2"],
    ["3", "2", "1"],
  ];
  const parents: Readonly<Record<string, string | null>> = { "1": null, "2": "1", "3": "2" };
  for (const order of orders) {
    const store = createStateStore();
    const responses = order.map((id) => imported(id, parents[id] ?? null));
    for (let times = 0; times < 2; times += 1) {
      expect(importState(store, { project: "p", responses, conversations: [] }, 0)).toBeNull();
    }
    const history = store.findResponse("p", "3", 0)?.history ?? null;
    expect(itemsOfHistory(history).map(({ id }) => id)).toEqual([
      "1-in",
      "1-out",
      "2-in",
      "2-out",
      "3-in",
      "3-out",
    ]);
    expect(history?.tokens).toBe(15);
  }
});

test("a hand-over of a circle ends, and one of another project's id stores nothing", () => {
  const store = createStateStore();
  const circle = [imported("x", "y"), imported("y", "x")];
  expect(importState(store, { project: "p", responses: circle, conversations: [] }, 0)).toBeNull();
  expect(store.findResponse("p", "x", 0)?.id).toBe("x");
  const foreign = [imported("new", null), imported("x", null)];
  expect(importState(store, { project: "q", responses: foreign, conversations: [] }, 0)).toBe("x");
  expect(store.holds("new")).toBe(false);
});

test("a hand-over continues a chain whose beginning is already here", () => {
  const store = createStateStore();
  importState(store, { project: "p", responses: [imported("1", null)], conversations: [] }, 0);
  importState(store, { project: "p", responses: [imported("2", "1")], conversations: [] }, 0);
  expect(store.findResponse("p", "2", 0)?.history.tokens).toBe(10);
});
