/** One writer per data folder, by a lock that the operating system releases when its holder dies, however it dies. */

import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LedgerError } from "../ledger-error.ts";
import { SQLITE, sqliteCodeOf } from "./open-database.ts";

/**
 * Locks the folder of `file`; the result releases it. Throws LEDGER_LOCKED when another writer holds it.
 * The lock is SQLite's own on an empty file beside the ledger, so that readers of the ledger are not shut out. No other
 * code may open that file: closing any descriptor of it would drop the lock of the whole process.
 */
export function lockFolder(file: string): () => void {
  const lockFile = join(dirname(file), "writer.lock");
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(lockFile, { timeout: 0 });
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    lock?.close();
    throw wordLockError(error, lockFile, dirname(file));
  }
  const held = lock;
  return () => held.close();
}

function wordLockError(error: unknown, lockFile: string, folder: string): LedgerError {
  switch (sqliteCodeOf(error)) {
    case SQLITE.BUSY:
      return new LedgerError(
        "LEDGER_LOCKED",
        `another gateway is writing the ledger in \`${folder}\`: stop it, or name another data folder`,
        { cause: error },
      );
    case SQLITE.NOTADB:
    case SQLITE.CORRUPT:
      return new LedgerError(
        "LEDGER_CORRUPT",
        `\`${lockFile}\` is damaged: delete it while no gateway runs`,
        { cause: error },
      );
    default:
      return new LedgerError("LEDGER_UNWRITABLE", `cannot lock \`${lockFile}\`: make its folder writable`, {
        cause: error,
      });
  }
}
