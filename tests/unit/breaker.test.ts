import * as fc from "fast-check";
import { expect, test } from "vitest";
import { admits, CLOSED, onFailure, onStart, onSuccess, type Breaker } from "../../src/routing/breaker.ts";

test("two failures in a row are borne, the third opens it for two seconds", () => {
  const one = onFailure(CLOSED, 0);
  const two = onFailure(one, 10);
  const three = onFailure(two, 20);
  expect([one, two].every((breaker) => admits(breaker, 20))).toBe(true);
  expect(three).toEqual({ state: "open", untilMs: 2_020 });
  expect(admits(three, 2_019)).toBe(false);
  expect(admits(three, 2_020)).toBe(true);
});

test("an answer between failures starts the count anew", () => {
  let breaker = CLOSED;
  for (let round = 0; round < 10; round += 1) {
    breaker = onFailure(onFailure(breaker, round), round);
    breaker = onSuccess();
  }
  expect(breaker).toEqual(CLOSED);
});

test("an expired open breaker lets one probe through, and no second until it is answered", () => {
  const open: Breaker = { state: "open", untilMs: 100 };
  const probing = onStart(open);
  expect(admits(probing, 10_000)).toBe(false);
  expect(admits(onSuccess(), 10_000)).toBe(true);
  expect(onFailure(probing, 200)).toEqual({ state: "open", untilMs: 2_200 });
});

test("starting a call changes a closed breaker in nothing", () => {
  const failing = onFailure(CLOSED, 0);
  expect(onStart(failing)).toBe(failing);
});

test("however calls come and end, of an upstream that never answers few are let through", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 300 }), (gapsMs) => {
      let breaker = CLOSED;
      let nowMs = 0;
      let admitted = 0;
      for (const gapMs of gapsMs) {
        nowMs += gapMs;
        if (!admits(breaker, nowMs)) continue;
        admitted += 1;
        breaker = onFailure(onStart(breaker), nowMs);
      }
      expect(admitted).toBeLessThanOrEqual(3 + Math.floor(nowMs / 2_000));
    }),
  );
});
