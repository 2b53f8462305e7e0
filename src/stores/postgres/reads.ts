/** Connections for reading a ledger: each look-up on any of them, once more when its connection turned out to be broken. */

import type { ClientBase, Pool } from "pg";
import { failureKindOf, unavailable } from "./postgres-error.ts";
import type { PostgresTarget } from "./target.ts";

export interface Reads {
  /** Rejects with LedgerError `LEDGER_UNAVAILABLE`. */
  run<T>(read: (client: ClientBase) => Promise<T>): Promise<T>;
  /** The same, with all statements of `read` at one instant. */
  atOnce<T>(read: (client: ClientBase) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Returns look-ups over the connections of `pool`. */
export function openReads(target: PostgresTarget, pool: Pool): Reads {
  const once = async <T>(read: (client: ClientBase) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    let failure: unknown = null;
    try {
      return await read(client);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      // One that failed is not used again, whatever state it is in.
      client.release(failure !== null);
    }
  };
  const run = async <T>(read: (client: ClientBase) => Promise<T>): Promise<T> => {
    try {
      return await once(read).catch((error: unknown) => {
        if (failureKindOf(error) !== "lost") throw error;
        return once(read);
      });
    } catch (error) {
      throw failureKindOf(error) === "own" ? error : unavailable(target, error);
    }
  };
  return {
    run,
    atOnce: (read) =>
      run(async (client) => {
        await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        const result = await read(client);
        await client.query("COMMIT");
        return result;
      }),
    close: () => pool.end(),
  };
}
