/** Waiting for moments, with one timer for all of them: many streams are often due in the same tick. */

import type { Clock } from "../domain/ports.ts";

export interface Scheduler {
  /**
   * Runs `work` once the monotonic clock has reached `dueMs`; Infinity never runs. Returns a function that calls it off.
   * Nothing runs after `stop`.
   */
  at(dueMs: number, work: () => void): () => void;
  /** Resolves true at `dueMs`, at once when that has passed; false as soon as `signal` is aborted. */
  until(dueMs: number, signal: AbortSignal): Promise<boolean>;
  /** Drops everything that waits and every later request. */
  stop(): void;
}

interface Entry {
  readonly dueMs: number;
  readonly sequence: number;
  work: (() => void) | null;
}

/** Longest sleep before the clock is read again; Node's timers overflow at 2^31 ms. */
const LONGEST_SLEEP_MS = 60_000;

/** Deadlines are absolute, so a late timer delays one wake-up and never shifts the ones after it. */
export function createScheduler(clock: Clock): Scheduler {
  const heap: Entry[] = [];
  let sequence = 0;
  let timer: NodeJS.Timeout | null = null;
  let armedFor = Infinity;
  let stopped = false;

  const wake = (): void => {
    timer = null;
    armedFor = Infinity;
    const now = clock.monotonicMs();
    for (let first = heap[0]; first && first.dueMs <= now; first = heap[0]) {
      removeFirst(heap);
      first.work?.();
    }
    arm();
  };
  const arm = (): void => {
    while (heap[0] && heap[0].work === null) removeFirst(heap);
    const dueMs = heap[0]?.dueMs ?? Infinity;
    if (stopped || dueMs >= armedFor) return;
    if (timer) clearTimeout(timer);
    armedFor = dueMs;
    timer = setTimeout(wake, Math.min(LONGEST_SLEEP_MS, Math.max(1, Math.ceil(dueMs - clock.monotonicMs()))));
  };

  const at = (dueMs: number, work: () => void): (() => void) => {
    if (stopped || dueMs === Infinity) return () => undefined;
    const entry: Entry = { dueMs, sequence: (sequence += 1), work };
    insert(heap, entry);
    arm();
    return () => {
      entry.work = null;
    };
  };

  return {
    at,
    until(dueMs, signal) {
      if (signal.aborted) return Promise.resolve(false);
      if (dueMs <= clock.monotonicMs()) return Promise.resolve(true);
      return new Promise((resolve) => {
        const callOff = at(dueMs, () => {
          signal.removeEventListener("abort", leave);
          resolve(true);
        });
        const leave = (): void => {
          callOff();
          resolve(false);
        };
        signal.addEventListener("abort", leave, { once: true });
      });
    },
    stop() {
      stopped = true;
      heap.length = 0;
      if (timer) clearTimeout(timer);
      timer = null;
    },
  };
}

function comesBefore(one: Entry, other: Entry): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.sequence < other.sequence);
}

function insert(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const parentAt = (at - 1) >> 1;
    const parent = heap[parentAt];
    if (!parent || comesBefore(parent, entry)) break;
    heap[at] = parent;
    at = parentAt;
  }
  heap[at] = entry;
}

function removeFirst(heap: Entry[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const leftAt = 2 * at + 1;
    const left = heap[leftAt];
    if (!left) break;
    const right = heap[leftAt + 1];
    const childAt = right && comesBefore(right, left) ? leftAt + 1 : leftAt;
    const child = heap[childAt];
    if (!child || comesBefore(last, child)) break;
    heap[at] = child;
    at = childAt;
  }
  heap[at] = last;
}
