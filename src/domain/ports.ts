/** What the shell provides to those who must not reach for it themselves. */

/** Time, passed in: wall-clock stamps for records, a monotonic count for durations. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Milliseconds on a clock that never goes back; only differences mean anything. */
  monotonicMs(): number;
}

/** Randomness, passed in: numbers from 0 (inclusive) to 1 (exclusive). */
export interface Rng {
  next(): number;
}
