/** Which ledger a process uses: Postgres where a URL names one, else the SQLite file of the data folder. Loads the code of that engine only. */

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { readTarget } from "../stores/postgres/target.ts";
import type { LedgerReader, LedgerStore } from "../stores/store.ts";
import { UsageError, type Settings } from "./settings.ts";

type Place = Pick<Settings, "dataDir" | "ledgerUrl">;

export interface LedgerOptions {
  /** How long a commit waits for company. */
  readonly lingerMs?: number;
  /** Told of each durable commit. */
  readonly onCommit?: (commit: { readonly calls: number; readonly durationMs: number }) => void;
  /** Told how many notes of calls under way could not be kept until the ledger takes them. */
  readonly onNotesLost?: (notes: number) => void;
}

/** Opens it for writing, and makes what is not there yet. Rejects with a LedgerError, or UsageError for the data folder. */
export async function openLedger(
  { dataDir, ledgerUrl }: Place,
  options: LedgerOptions,
): Promise<LedgerStore> {
  if (ledgerUrl !== null) {
    const { openPostgresStore } = await import("../stores/postgres/postgres-store.ts");
    return openPostgresStore({ url: ledgerUrl, ...options });
  }
  const { openSqliteStore } = await import("../stores/sqlite/sqlite-store.ts");
  prepareDataFolder(dataDir);
  return openSqliteStore({ file: ledgerFile(dataDir), ...options });
}

/** Opens it for reading, also while gateways write it. Rejects with a LedgerError. */
export async function openLedgerReader(place: Place): Promise<LedgerReader> {
  if (place.ledgerUrl !== null) {
    const { openPostgresReader } = await import("../stores/postgres/postgres-reader.ts");
    return openPostgresReader({ url: place.ledgerUrl });
  }
  const { openSqliteReader } = await import("../stores/sqlite/sqlite-reader.ts");
  return openSqliteReader({ file: ledgerFile(place.dataDir) });
}

/** What people read for it: the path of its file, or user, host, database and schema. Throws LedgerError `LEDGER_URL`. */
export function ledgerName({ dataDir, ledgerUrl }: Place): string {
  return ledgerUrl === null ? ledgerFile(dataDir) : readTarget(ledgerUrl).shown;
}

/** Whether there may be one: false where the data folder has none. */
export function hasLedger({ dataDir, ledgerUrl }: Place): boolean {
  return ledgerUrl !== null || existsSync(ledgerFile(dataDir));
}

function prepareDataFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new UsageError(`cannot make the data folder ${dataDir} (${reason}); choose another with --data`);
  }
}

function ledgerFile(dataDir: string): string {
  return join(dataDir, "ledger.sqlite");
}
