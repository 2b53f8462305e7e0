/** Open-loop sending: each call goes out at its own time on an absolute schedule, whatever became of the calls before. */

import type { Clock } from "../domain/ports.ts";

/** Runs `wake` after `delayMs`; returns how to call that off. Real time or a test's. */
export type Wait = (delayMs: number, wake: () => void) => () => void;

/** Waits by Node's timers: up to a millisecond late, which catching up keeps from adding up. */
export const waitByTimer: Wait = (delayMs, wake) => {
  const timer = setTimeout(wake, delayMs);
  return () => clearTimeout(timer);
};

export interface Due {
  /** Milliseconds after the start. */
  readonly atMs: number;
}

export interface PaceOptions<T extends Due> {
  /** The calls in the order of `atMs`, which must not fall; may be endless. */
  readonly calls: Iterator<T>;
  /** Sends one call; must not throw or reject. `scheduledAtMs` is when it was due, on the monotonic clock. */
  send(call: T, scheduledAtMs: number): Promise<void>;
  readonly maxInFlight: number;
  /** What happens to a call that is due while `maxInFlight` are open: it waits its turn, or is not sent at all. Both count. */
  readonly whenFull: "wait" | "drop";
  readonly clock: Clock;
  readonly wait: Wait;
  readonly signal?: AbortSignal;
}

export interface PaceCounts {
  readonly sent: number;
  /** Calls that were due while `maxInFlight` were open, and waited. */
  readonly waited: number;
  /** Calls that were due and never sent: in `drop` mode for want of room, or waiting when the run was called off. */
  readonly dropped: number;
  readonly mostInFlight: number;
}

/**
 * Sends every call at its time and resolves when the last one has ended. One timer runs at a time, armed for the next due call;
 * after a late wake all calls that are due go out at once, so lateness never shifts the schedule.
 */
export function pace<T extends Due>(options: PaceOptions<T>): Promise<PaceCounts> {
  const { calls, clock, maxInFlight, signal } = options;
  const startedAtMs = clock.monotonicMs();
  const counts = { sent: 0, waited: 0, dropped: 0, mostInFlight: 0 };
  const waiting: T[] = [];
  let waitingFrom = 0;
  let inFlight = 0;
  let next = calls.next();
  let cancelTimer: (() => void) | null = null;

  return new Promise((resolve) => {
    const endIfDone = () => {
      if (next.done === true && inFlight === 0 && waitingFrom === waiting.length) {
        signal?.removeEventListener("abort", callOff);
        resolve(counts);
      }
    };
    const start = (call: T) => {
      inFlight++;
      counts.sent++;
      counts.mostInFlight = Math.max(counts.mostInFlight, inFlight);
      void options.send(call, startedAtMs + call.atMs).finally(onEnded);
    };
    const onEnded = () => {
      inFlight--;
      const call = waiting[waitingFrom];
      if (call !== undefined) {
        waitingFrom++;
        if (waitingFrom === waiting.length) waitingFrom = waiting.length = 0;
        start(call);
      }
      endIfDone();
    };
    const onDue = (call: T) => {
      if (inFlight < maxInFlight) start(call);
      else if (options.whenFull === "drop") counts.dropped++;
      else {
        counts.waited++;
        waiting.push(call);
      }
    };
    const wake = () => {
      cancelTimer = null;
      const elapsedMs = clock.monotonicMs() - startedAtMs;
      while (next.done !== true && next.value.atMs <= elapsedMs) {
        onDue(next.value);
        next = calls.next();
      }
      if (next.done === true) endIfDone();
      else cancelTimer = options.wait(Math.min(next.value.atMs - elapsedMs, LONGEST_WAIT_MS), wake);
    };
    const callOff = () => {
      cancelTimer?.();
      next = { done: true, value: undefined };
      counts.dropped += waiting.length - waitingFrom;
      waitingFrom = waiting.length = 0;
      endIfDone();
    };
    signal?.addEventListener("abort", callOff, { once: true });
    if (signal?.aborted) callOff();
    else wake();
  });
}

/** Node's timers overflow beyond 2^31 ms; waking once a minute costs nothing. */
const LONGEST_WAIT_MS = 60_000;
