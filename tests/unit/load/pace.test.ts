import { expect, test } from "vitest";
import { pace } from "../../../src/load/pace.ts";
import { createVirtualTime } from "./virtual-time.ts";

const every10Ms = (calls: number) => Array.from({ length: calls }, (_, index) => ({ atMs: index * 10 }));

test("late timers do not add up: every call keeps its scheduled time and goes out as soon as it can", async () => {
  const time = createVirtualTime();
  const sent: { scheduledMs: number; sentMs: number }[] = [];
  const done = pace({
    calls: every10Ms(100).values(),
    send: async (_call, scheduledAtMs) => {
      sent.push({ scheduledMs: scheduledAtMs - 1_000, sentMs: time.clock.monotonicMs() - 1_000 });
    },
    maxInFlight: 10,
    whenFull: "wait",
    ...time,
  });
  await time.advance(2_000, 3);
  expect(await done).toMatchObject({ sent: 100, waited: 0, dropped: 0 });
  expect(sent.map(({ scheduledMs }) => scheduledMs)).toEqual(every10Ms(100).map(({ atMs }) => atMs));
  for (const { scheduledMs, sentMs } of sent) expect(sentMs - scheduledMs).toBeLessThanOrEqual(3);
});

test("after a stall all calls that are due go out at once, with one timer armed at any time", async () => {
  const time = createVirtualTime();
  let sent = 0;
  const done = pace({
    calls: every10Ms(50).values(),
    send: async () => void sent++,
    maxInFlight: 100,
    whenFull: "wait",
    ...time,
  });
  expect(sent).toBe(1);
  expect(time.armed()).toBe(1);
  await time.advance(300, 290);
  expect(sent).toBe(31);
  expect(time.armed()).toBe(1);
  await time.advance(1_000);
  expect(await done).toMatchObject({ sent: 50 });
  expect(time.armed()).toBe(0);
});

test("a call that finds no room waits its turn in order and is counted", async () => {
  const time = createVirtualTime();
  const ends: (() => void)[] = [];
  const order: number[] = [];
  const done = pace({
    calls: every10Ms(6).values(),
    send: ({ atMs }) => {
      order.push(atMs);
      return new Promise<void>((resolve) => ends.push(resolve));
    },
    maxInFlight: 2,
    whenFull: "wait",
    ...time,
  });
  await time.advance(100);
  expect(order).toEqual([0, 10]);
  for (let ended = 0; ended < 6; ended++) {
    ends[ended]?.();
    await time.advance(0);
  }
  expect(await done).toEqual({ sent: 6, waited: 4, dropped: 0, mostInFlight: 2 });
  expect(order).toEqual([0, 10, 20, 30, 40, 50]);
});

test("in drop mode a call that finds no room is never sent and is counted", async () => {
  const time = createVirtualTime();
  const ends: (() => void)[] = [];
  const done = pace({
    calls: every10Ms(5).values(),
    send: () => new Promise<void>((resolve) => ends.push(resolve)),
    maxInFlight: 2,
    whenFull: "drop",
    ...time,
  });
  await time.advance(100);
  for (const end of ends) end();
  expect(await done).toEqual({ sent: 2, waited: 0, dropped: 3, mostInFlight: 2 });
});

test("calling off sends nothing more, awaits what is open, and counts what waited as dropped", async () => {
  const time = createVirtualTime();
  const controller = new AbortController();
  const ends: (() => void)[] = [];
  let resolved = false;
  const done = pace({
    calls: every10Ms(1_000).values(),
    send: () => new Promise<void>((resolve) => ends.push(resolve)),
    maxInFlight: 1,
    whenFull: "wait",
    signal: controller.signal,
    ...time,
  }).then((counts) => {
    resolved = true;
    return counts;
  });
  await time.advance(25);
  controller.abort();
  await time.advance(100);
  expect(resolved).toBe(false);
  ends[0]?.();
  expect(await done).toMatchObject({ sent: 1, waited: 2, dropped: 2 });
});

test("nothing to send is done at once", async () => {
  const time = createVirtualTime();
  const none: { atMs: number }[] = [];
  await expect(
    pace({ calls: none.values(), send: async () => {}, maxInFlight: 1, whenFull: "wait", ...time }),
  ).resolves.toMatchObject({ sent: 0 });
});
