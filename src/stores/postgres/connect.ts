/** Connections to a Postgres ledger, with bounds on everything that could wait. */

import { Client, Pool, type ClientConfig } from "pg";
import type { PostgresTarget } from "./target.ts";

const CONNECT_TIMEOUT_MS = 3_000;
/** On the server: a writer that stopped in the middle of a group lets go of the ledger after so long. */
const IDLE_IN_TRANSACTION_MS = 5_000;
const LOCK_TIMEOUT_MS = 8_000;
const STATEMENT_TIMEOUT_MS = 20_000;
/** On this side, where the server no longer answers at all. */
const ANSWER_TIMEOUT_MS = 25_000;

/** A connection of its own; rejects with the driver's error. `onLost` is told of it when it breaks while nobody uses it. */
export async function connect(target: PostgresTarget, onLost: (client: Client) => void): Promise<Client> {
  const client = new Client(configOf(target));
  // Without a listener the loss of an idle connection would end the process.
  client.on("error", () => onLost(client));
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** Connections for reading, made when they are needed; a broken one is replaced at the next use. */
export function openPool(target: PostgresTarget, max: number): Pool {
  const pool = new Pool({ ...configOf(target), max, idleTimeoutMillis: 30_000, allowExitOnIdle: true });
  pool.on("error", () => undefined);
  return pool;
}

function configOf({ connectionString }: PostgresTarget): ClientConfig {
  return {
    connectionString,
    application_name: "clauseway",
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
  };
}
