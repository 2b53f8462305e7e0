/** Seeded randomness: same seed, same numbers, on every machine. */

import type { Rng } from "./ports.ts";

/** A generator (Mulberry32, public domain) for a 32-bit seed; its numbers are from 0 (inclusive) to 1 (exclusive). */
export function seededRng(seed: number): Rng {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}
