/** The connection that the ledger is written through: one, made anew when it breaks, a bounded number of times. */

import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { connect } from "./connect.ts";
import { failureKindOf, unavailable } from "./postgres-error.ts";
import type { PostgresTarget } from "./target.ts";

export interface Session {
  /**
   * Runs `work` on the connection, and once more from its start after the connection was lost or another transaction was in
   * the way; so it has to find out by itself what an earlier run came to. Rejects with LedgerError `LEDGER_UNAVAILABLE` when
   * that does not help, with the server's error when it refused a value, and with the program's own. One at a time.
   */
  run<T>(work: (client: Client) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Before each further attempt. A server that restarts after a crash takes connections within seconds, or not soon. */
const BACKOFF_MS = [100, 400, 1_000, 2_000];

/** Connects, and looks with `check` at what it is connected to. Rejects with the error of either. */
export async function openSession(
  target: PostgresTarget,
  check: (client: Client) => Promise<void>,
): Promise<Session> {
  let client: Client | null = null;
  /** Whether the last work failed: then the next one tries once, so that callers hear soon. */
  let down = false;
  /** A connection that broke may say so once more when the next one is in use already. */
  const forget = (lost: Client): void => {
    if (client === lost) client = null;
    lost.end().catch(() => undefined);
  };
  const first = await connect(target, forget);
  try {
    await check(first);
  } catch (error) {
    forget(first);
    throw error;
  }
  client = first;

  return {
    run: async (work) => {
      const waits = down ? [] : BACKOFF_MS;
      for (let number = 0; ; number++) {
        try {
          client ??= await connect(target, forget);
          const result = await work(client);
          down = false;
          return result;
        } catch (error) {
          const kind = failureKindOf(error);
          if (kind === "refused" || kind === "own") throw error;
          if (kind !== "contended" && client !== null) forget(client);
          const waitMs = waits[number];
          if (kind === "unable" || waitMs === undefined) {
            down = true;
            throw unavailable(target, error);
          }
          await delay(waitMs);
        }
      }
    },
    close: async () => {
      const last = client;
      client = null;
      await last?.end();
    },
  };
}
