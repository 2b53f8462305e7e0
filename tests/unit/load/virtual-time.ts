/** A clock and waits that stand still until they are moved. */

import type { Clock } from "../../../src/domain/ports.ts";
import type { Wait } from "../../../src/load/pace.ts";

export interface VirtualTime {
  readonly clock: Clock;
  readonly wait: Wait;
  /** Moves on by `ms`; a wait that falls due fires then, `lateMs` after its time. */
  advance(ms: number, lateMs?: number): Promise<void>;
  readonly armed: () => number;
}

export function createVirtualTime(): VirtualTime {
  let nowMs = 1_000;
  const timers = new Map<() => void, number>();
  return {
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    wait(delayMs, wake) {
      const own = () => wake();
      timers.set(own, nowMs + delayMs);
      return () => void timers.delete(own);
    },
    async advance(ms, lateMs = 0) {
      const untilMs = nowMs + ms;
      while (true) {
        const [next] = [...timers].sort(([, a], [, b]) => a - b);
        if (next === undefined || next[1] + lateMs > untilMs) break;
        nowMs = Math.max(nowMs, next[1] + lateMs);
        timers.delete(next[0]);
        next[0]();
        await turn();
      }
      nowMs = untilMs;
      await turn();
    },
    armed: () => timers.size,
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
