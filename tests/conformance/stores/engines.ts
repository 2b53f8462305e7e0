/** The engines that the conformance suite runs for. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openMemoryStore } from "../../../src/stores/memory.ts";
import { openPostgresReader } from "../../../src/stores/postgres/postgres-reader.ts";
import { openPostgresStore } from "../../../src/stores/postgres/postgres-store.ts";
import { openSqliteReader } from "../../../src/stores/sqlite/sqlite-reader.ts";
import { openSqliteStore, type SqliteStoreOptions } from "../../../src/stores/sqlite/sqlite-store.ts";
import type { LedgerReader, LedgerStore } from "../../../src/stores/store.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "../../support/postgres.ts";

export interface OpenLedger {
  readonly store: LedgerStore;
  /** Of the same ledger. */
  readonly reader: LedgerReader;
  /** Closes both and removes what they kept. */
  end(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  /** Opens an empty ledger. */
  open(): Promise<OpenLedger>;
}

export const ENGINES: readonly Engine[] = [
  { name: "memory", open: openMemory },
  { name: "sqlite", open: () => openSqlite({}) },
  // Nothing is remembered on the main thread, so every answer is the worker's; and groups are small.
  { name: "sqlite without cache", open: () => openSqlite({ cachedStates: 0, maxGroup: 3 }) },
  ...(hasPostgres() ? [{ name: "postgres", open: openPostgres }] : []),
];

async function openMemory(): Promise<OpenLedger> {
  const store = openMemoryStore();
  return { store, reader: store, end: () => store.close() };
}

async function openSqlite(options: Omit<SqliteStoreOptions, "file">): Promise<OpenLedger> {
  const folder = mkdtempSync(join(tmpdir(), "clauseway-store-"));
  const file = join(folder, "ledger.sqlite");
  const store = await openSqliteStore({ file, ...options });
  const reader = openSqliteReader({ file });
  const end = async (): Promise<void> => {
    await reader.close();
    await store.close();
    rmSync(folder, { recursive: true });
  };
  return { store, reader, end };
}

let server: Promise<TestPostgres> | null = null;
let schemas = 0;

/** One server for a file of tests, one schema for each ledger. */
async function openPostgres(): Promise<OpenLedger> {
  server ??= startPostgres();
  schemas += 1;
  const url = (await server).url(`ledger_${schemas}`);
  const store = await openPostgresStore({ url });
  const reader = await openPostgresReader({ url });
  const end = async (): Promise<void> => {
    await reader.close();
    await store.close();
  };
  return { store, reader, end };
}

afterAll(async () => (await server)?.close());
