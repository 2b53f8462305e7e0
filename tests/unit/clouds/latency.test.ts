import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  drawTimeline,
  generatedTokens,
  LATENCY_PRESETS,
  releasedTokens,
  releaseMs,
  totalMs,
} from "../../../src/clouds/latency.ts";
import { seededRng } from "../../../src/domain/rng.ts";
import { createScheduler } from "../../../src/clouds/scheduler.ts";

const presets = fc.constantFrom(...Object.keys(LATENCY_PRESETS));

describe("timelines", () => {
  test("tokens only ever grow, from none to all, and are released no sooner than they exist", () => {
    fc.assert(
      fc.property(
        presets,
        fc.integer({ min: 1, max: 2_000 }),
        fc.boolean(),
        fc.nat(),
        (preset, outputTokens, filtered, seed) => {
          const timeline = drawTimeline(
            { preset, promptTokens: 500, outputTokens, filtered },
            seededRng(seed),
          );
          let before = 0;
          for (let step = 0; step <= 20; step += 1) {
            const now = (totalMs(timeline) * step) / 20;
            const generated = generatedTokens(timeline, now);
            const released = releasedTokens(timeline, now);
            expect(generated).toBeGreaterThanOrEqual(before);
            expect(released).toBeLessThanOrEqual(generated);
            before = generated;
          }
          expect(generatedTokens(timeline, 0)).toBe(0);
          expect(releasedTokens(timeline, totalMs(timeline) + 0.001)).toBe(outputTokens);
        },
      ),
    );
  });

  test("a content filter releases chunks of 20 to 40 tokens, 20 to 60 ms later", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { chunkTokens, filterMs } = drawTimeline(
          { preset: "gpt-5", promptTokens: 10, outputTokens: 100, filtered: true },
          seededRng(seed),
        );
        expect(chunkTokens).toBeGreaterThanOrEqual(20);
        expect(chunkTokens).toBeLessThanOrEqual(40);
        expect(filterMs).toBeGreaterThanOrEqual(20);
        expect(filterMs).toBeLessThanOrEqual(60);
      }),
    );
  });

  test("the median speed of each chat preset meets the token rate it is anchored at", () => {
    const anchors = { "gpt-4o": 25, "gpt-4.1": 80, "gpt-4.1-mini": 90, "gpt-4.1-nano": 100, "gpt-5": 50 };
    for (const [preset, tokensPerSecond] of Object.entries(anchors)) {
      const steps = Array.from({ length: 201 }, (_, seed) => {
        const timeline = drawTimeline(
          { preset, promptTokens: 1_000, outputTokens: 48, filtered: false },
          seededRng(seed),
        );
        return (releaseMs(timeline, 48) - releaseMs(timeline, 1)) / 47;
      }).sort((one, other) => one - other);
      expect(1_000 / (steps[100] ?? Infinity)).toBeGreaterThan(tokensPerSecond);
    }
  });
});

/** A thousand times as fast as the wall's. */
function steppedClock() {
  const start = performance.now();
  return { nowMs: () => 0, monotonicMs: () => (performance.now() - start) * 1_000 };
}

describe("scheduler", () => {
  test("runs work in order of its deadline, ties in order of asking", async () => {
    // Stands still while work is asked for, however slow the machine, and then is past every deadline.
    let nowMs = 0;
    const scheduler = createScheduler({ nowMs: () => 0, monotonicMs: () => nowMs });
    const order: number[] = [];
    const never = new AbortController().signal;
    const dues = [5, 1, 3, 1, 9, 2];
    const waits = dues.map((due, index) => {
      scheduler.at(due, () => order.push(index));
      return scheduler.until(due, never);
    });
    nowMs = 10;
    expect(await Promise.all(waits)).toEqual(dues.map(() => true));
    expect(order).toEqual([1, 3, 5, 2, 0, 4]);
  });

  test("a wait ends at once, and false, when its signal is aborted; nothing runs after it is called off or stopped", async () => {
    const scheduler = createScheduler(steppedClock());
    const controller = new AbortController();
    const wait = scheduler.until(1e12, controller.signal);
    controller.abort();
    expect(await wait).toBe(false);
    const ran: string[] = [];
    scheduler.at(50, () => ran.push("called off"))();
    await scheduler.until(100, new AbortController().signal);
    scheduler.at(200, () => ran.push("stopped"));
    scheduler.stop();
    scheduler.at(0, () => ran.push("too late"));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(ran).toEqual([]);
  });
});
