/** Makes sure that a schema is a ledger of this project, and makes its tables where there is nothing yet. */

import type { ClientBase } from "pg";
import { LedgerError } from "../ledger-error.ts";
import { APPLICATION, SCHEMA, SCHEMA_VERSION } from "./schema.ts";
import type { PostgresTarget } from "./target.ts";

const OLDEST_SERVER = 130_000;

/**
 * Checks the ledger, or makes it, in one transaction; gateways that start at once wait for each other. Throws LedgerError
 * LEDGER_FOREIGN, LEDGER_NEWER_SCHEMA or LEDGER_UNSUPPORTED_POSTGRES, or the driver's error.
 */
export async function prepareSchema(client: ClientBase, target: PostgresTarget): Promise<void> {
  await checkServer(client, target);
  await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
  try {
    await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`clauseway ${target.schema}`]);
    if (!(await checkLedger(client, target))) {
      // Asking for one that is there needs no right to make schemas.
      const { rows } = await client.query("SELECT to_regnamespace($1) IS NULL AS missing", [target.schema]);
      if (rows[0]?.["missing"] === true) await client.query(`CREATE SCHEMA "${target.schema}"`);
      await client.query(SCHEMA);
    }
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/** Whether the schema holds a ledger that this program can read; false: it holds nothing. Throws as above. */
export async function checkLedger(
  client: Pick<ClientBase, "query">,
  target: PostgresTarget,
): Promise<boolean> {
  const { rows: tables } = await client.query<{ readonly name: string }>(
    `SELECT relname AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE nspname = $1 AND relkind IN ('r', 'p', 'v', 'm', 'f')`,
    [target.schema],
  );
  if (tables.length === 0) return false;
  const meta = tables.some(({ name }) => name === "ledger_meta") ? await readMeta(client) : null;
  if (meta?.get("application") !== APPLICATION) {
    throw new LedgerError(
      "LEDGER_FOREIGN",
      `${target.shown} holds the tables of another program: name another schema with ?schema=`,
    );
  }
  const version = Number(meta.get("schema_version"));
  if (version !== SCHEMA_VERSION) {
    throw new LedgerError(
      "LEDGER_NEWER_SCHEMA",
      `the ledger at ${target.shown} has schema version ${meta.get("schema_version") ?? "unknown"}, this program knows ${SCHEMA_VERSION}: update it, or name another schema with ?schema=`,
    );
  }
  return true;
}

/** Null for a table of that name that is not ours. */
async function readMeta(client: Pick<ClientBase, "query">): Promise<ReadonlyMap<string, string> | null> {
  const { rows: columns } = await client.query(
    `SELECT count(*) AS found FROM pg_attribute
     WHERE attrelid = 'ledger_meta'::regclass AND attname IN ('key', 'value') AND NOT attisdropped`,
  );
  if (columns[0]?.["found"] !== "2") return null;
  const { rows } = await client.query<{ readonly key: unknown; readonly value: unknown }>(
    "SELECT key, value FROM ledger_meta",
  );
  return new Map(rows.map(({ key, value }) => [String(key), String(value)]));
}

/** A server that does not write to disk what it says it wrote cannot keep a ledger. */
async function checkServer(client: ClientBase, { shown }: PostgresTarget): Promise<void> {
  const { rows } = await client.query<{ readonly version: number; readonly fsync: string }>(
    "SELECT current_setting('server_version_num')::int AS version, current_setting('fsync') AS fsync",
  );
  const [server] = rows;
  if (server !== undefined && server.version < OLDEST_SERVER) {
    throw new LedgerError(
      "LEDGER_UNSUPPORTED_POSTGRES",
      `${shown} is Postgres \`${Math.floor(server.version / 10_000)}\`: use 13 or newer`,
    );
  }
  if (server?.fsync === "off") {
    throw new LedgerError(
      "LEDGER_UNSUPPORTED_POSTGRES",
      `Postgres at ${shown} runs with fsync = off, so that a crash of the machine can lose acknowledged calls: set it to on`,
    );
  }
}
