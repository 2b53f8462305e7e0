/** Opens a ledger file and makes sure that it is one; whatever it finds wrong comes as a LedgerError that says what to do. */

import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LedgerError } from "../ledger-error.ts";
import { migrate } from "./migrate.ts";
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from "./schema.ts";
import { isSafeSqlite } from "./sqlite-version.ts";

/** Files up to this size are checked page by page at the start; it takes about a second per 500 MiB. */
const FULL_CHECK_MAX_BYTES = 256 * 1024 * 1024;
const BUSY_TIMEOUT_MS = 5_000;
const ROOM_BYTES = 512 * 1024;

/**
 * Opens the ledger for its one writer, making tables where there are none and bringing old ones up to date. Lock its folder
 * first. `maxPages` bounds the file, as a full disk would; null: not at all.
 */
export function openForWriting(file: string, maxPages: number | null = null): DatabaseSync {
  return guarded(file, () => {
    const database = open(file, false);
    try {
      checkIdentity(database, file);
      database.exec(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864",
      );
      if (maxPages !== null) database.exec(`PRAGMA max_page_count = ${maxPages}`);
      if (pragma(database, "user_version") === 0n) createTables(database);
      checkPages(database, file);
      migrate(database, Number(pragma(database, "user_version")));
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/**
 * Opens a ledger whose writer was lost, once it can be written again: throws while it cannot, or when it is not there any more.
 * What it then holds is on the disk, whatever a failed sync left of it in the system's memory alone.
 */
export function reopenForWriting(file: string, maxPages: number | null): DatabaseSync {
  // An empty one would be made a ledger, and what was acknowledged would be missing in it.
  if (!existsSync(file) || statSync(file).size === 0) {
    throw new LedgerError("LEDGER_MISSING", `\`${file}\` is gone: put it back, or restart the gateway`);
  }
  const database = openForWriting(file, maxPages);
  try {
    return guarded(file, () => {
      writeAnew(database);
      proveRoom(database);
      return database;
    });
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens an existing ledger read-only, also while another process writes it. */
export function openForReading(file: string): DatabaseSync {
  if (!existsSync(file)) {
    throw new LedgerError(
      "LEDGER_MISSING",
      `there is no ledger at \`${file}\`: start the gateway first, or name its data folder`,
    );
  }
  return guarded(file, () => {
    const database = open(file, true);
    try {
      checkIdentity(database, file);
      const version = pragma(database, "user_version");
      if (version === 0n) {
        throw new LedgerError(
          "LEDGER_MISSING",
          `the ledger at \`${file}\` is still empty: start the gateway first`,
        );
      }
      if (version < BigInt(SCHEMA_VERSION)) {
        throw new LedgerError(
          "LEDGER_OLDER_SCHEMA",
          `the ledger \`${file}\` has schema ${version}, this program reads ${SCHEMA_VERSION}: start the gateway on it once, which brings it up to date`,
        );
      }
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Makes the data folder; throws LEDGER_UNWRITABLE where that, or writing into it, is not possible. */
export function prepareFolder(file: string): void {
  const folder = dirname(file);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw unwritable(file, error);
  }
}

/** SQLite's primary result code of an error, or null for any other error. */
export function sqliteCodeOf(error: unknown): number | null {
  const code: unknown = error instanceof Error ? Reflect.get(error, "errcode") : undefined;
  return typeof code === "number" ? code & 0xff : null;
}

/** Whether the database said that its file makes no sense. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCodeOf(error);
  return code === SQLITE.CORRUPT || code === SQLITE.NOTADB;
}

export const SQLITE = {
  BUSY: 5,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  TOOBIG: 18,
  CONSTRAINT: 19,
  MISMATCH: 20,
  NOTADB: 26,
} as const;

function open(file: string, readOnly: boolean): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly, readBigInts: true, timeout: BUSY_TIMEOUT_MS });
  const row = database.prepare("SELECT sqlite_version() AS version").get();
  if (isSafeSqlite(String(row?.["version"]))) return database;
  database.close();
  throw new LedgerError(
    "LEDGER_UNSUPPORTED_SQLITE",
    `SQLite \`${String(row?.["version"])}\` can lose commits (WAL-reset race): use a Node release with SQLite 3.51.3 or newer`,
  );
}

function checkIdentity(database: DatabaseSync, file: string): void {
  const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"];
  const isOurs = pragma(database, "application_id") === BigInt(APPLICATION_ID);
  if (!isOurs && tables !== 0n) {
    throw new LedgerError(
      "LEDGER_FOREIGN",
      `\`${file}\` is the database of another program: name another data folder`,
    );
  }
  const version = pragma(database, "user_version");
  if (isOurs && version > BigInt(SCHEMA_VERSION)) {
    throw new LedgerError(
      "LEDGER_NEWER_SCHEMA",
      `the ledger \`${file}\` has schema ${version}, this program knows up to ${SCHEMA_VERSION}: update it, or name another data folder`,
    );
  }
}

function createTables(database: DatabaseSync): void {
  database.exec(
    `BEGIN IMMEDIATE; ${SCHEMA} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`,
  );
}

/**
 * Copies the whole log into the file and syncs it. After a sync that failed, the system takes pages for written that may not be;
 * commits that came after such pages in the log would be lost with them when the power goes.
 */
function writeAnew(database: DatabaseSync): void {
  const busy = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"];
  if (busy !== 0n) throw new LedgerError("LEDGER_UNAVAILABLE", "it is being read: it is tried again");
}

/** Writes and syncs as much as some thousand calls take; the file keeps the room, for calls to come. */
function proveRoom(database: DatabaseSync): void {
  database.exec(`DROP TABLE IF EXISTS room; CREATE TABLE room (bytes BLOB) STRICT`);
  database.prepare("INSERT INTO room VALUES (zeroblob(?))").run(ROOM_BYTES);
  database.exec("DROP TABLE room");
}

function checkPages(database: DatabaseSync, file: string): void {
  if (statSync(file).size > FULL_CHECK_MAX_BYTES) return;
  const found = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (found !== "ok") throw corrupt(file, new Error(String(found)));
}

function pragma(database: DatabaseSync, name: "application_id" | "user_version"): bigint {
  const value = database.prepare(`PRAGMA ${name}`).get()?.[name];
  return typeof value === "bigint" ? value : 0n;
}

/** Words SQLite's own errors of opening. */
function guarded<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    switch (sqliteCodeOf(error)) {
      case SQLITE.CORRUPT:
      case SQLITE.NOTADB:
        throw corrupt(file, error);
      case SQLITE.CANTOPEN:
      case SQLITE.READONLY:
      case SQLITE.IOERR:
        throw unwritable(file, error);
      case SQLITE.FULL:
        throw new LedgerError(
          "LEDGER_UNWRITABLE",
          `there is no room for the ledger \`${file}\`: free some, or name another data folder`,
          { cause: error },
        );
      default:
        throw error;
    }
  }
}

function corrupt(file: string, cause: unknown): LedgerError {
  return new LedgerError(
    "LEDGER_CORRUPT",
    `\`${file}\` is damaged or no ledger: restore it from a backup, or name another data folder`,
    { cause },
  );
}

function unwritable(file: string, cause: unknown): LedgerError {
  return new LedgerError(
    "LEDGER_UNWRITABLE",
    `cannot write the ledger \`${file}\`: make its folder writable, or name another data folder`,
    { cause },
  );
}
