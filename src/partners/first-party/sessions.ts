/** Histories of conversations, kept by the product itself: the models behind it see each turn as a fresh call. */

import type { Clock } from "../../domain/ports.ts";

export interface Turn {
  readonly role: "user" | "assistant";
  readonly content: string;
}

export interface SessionLimits {
  readonly sessions: number;
  /** Of one session; a question and its answer are two. */
  readonly turns: number;
  /** UTF-8 bytes of one session's turns. */
  readonly bytes: number;
  /** UTF-8 bytes of all sessions; the longest idle ones give way. */
  readonly totalBytes: number;
  readonly idleMs: number;
}

export const SESSION_LIMITS: SessionLimits = {
  sessions: 10_000,
  turns: 200,
  bytes: 512 * 1_024,
  totalBytes: 32 * 1_048_576,
  idleMs: 3_600_000,
};

export type SessionOpening =
  | { readonly kind: "open"; readonly history: readonly Turn[] }
  /** Never seen, expired, or it gave way. */
  | { readonly kind: "unknown" }
  | { readonly kind: "busy" }
  | { readonly kind: "full" };

interface Session {
  turns: Turn[];
  bytes: number;
  lastUsedMs: number;
  busy: boolean;
}

/** All sessions, the longest idle first (a Map keeps the order in which they were last put in). */
export class SessionStore {
  readonly #sessions = new Map<string, Session>();
  readonly #clock: Clock;
  readonly #limits: SessionLimits;
  #totalBytes = 0;

  constructor(clock: Clock, limits: SessionLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Makes a session that is at work on its first turn; idle ones give way when there are too many. */
  create(id: string): void {
    this.#dropExpired();
    this.#put(id, { turns: [], bytes: 0, lastUsedMs: this.#clock.monotonicMs(), busy: true });
    this.#giveWay();
  }

  /** Takes up a session for one more turn of `bytes`; only one turn at a time. */
  open(id: string, bytes: number): SessionOpening {
    this.#dropExpired();
    const session = this.#sessions.get(id);
    if (!session) return { kind: "unknown" };
    if (session.busy) return { kind: "busy" };
    if (session.turns.length + 2 > this.#limits.turns || session.bytes + bytes > this.#limits.bytes) {
      return { kind: "full" };
    }
    session.busy = true;
    this.#touch(id, session);
    return { kind: "open", history: session.turns };
  }

  /** Ends a turn that went well: its question and answer join the history. */
  commit(id: string, question: string, answer: string): void {
    const session = this.#sessions.get(id);
    if (!session) return;
    const added = Buffer.byteLength(question) + Buffer.byteLength(answer);
    session.turns = [
      ...session.turns,
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ];
    session.bytes += added;
    this.#totalBytes += added;
    this.release(id);
    this.#giveWay();
  }

  /** Ends a turn that failed: the history stays as it was. */
  release(id: string): void {
    const session = this.#sessions.get(id);
    if (!session) return;
    session.busy = false;
    this.#touch(id, session);
  }

  /** Forgets a session, such as one whose first turn never began. */
  drop(id: string): void {
    this.#totalBytes -= this.#sessions.get(id)?.bytes ?? 0;
    this.#sessions.delete(id);
  }

  get size(): number {
    return this.#sessions.size;
  }

  #touch(id: string, session: Session): void {
    session.lastUsedMs = this.#clock.monotonicMs();
    this.#put(id, session);
  }

  #put(id: string, session: Session): void {
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
  }

  #dropExpired(): void {
    const oldest = this.#clock.monotonicMs() - this.#limits.idleMs;
    for (const [id, session] of this.#sessions) {
      if (session.lastUsedMs > oldest) return;
      if (!session.busy) this.drop(id);
    }
  }

  #giveWay(): void {
    for (const [id, session] of this.#sessions) {
      const fits =
        this.#sessions.size <= this.#limits.sessions && this.#totalBytes <= this.#limits.totalBytes;
      if (fits) return;
      if (!session.busy) this.drop(id);
    }
  }
}
