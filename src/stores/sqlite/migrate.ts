/** Ledger files of earlier versions, brought up to date by whoever opens them to write; rows that are there keep what they say. */

import type { DatabaseSync } from "node:sqlite";
import { SCHEMA_VERSION } from "./schema.ts";

/** The step at index i leads from version i + 1 to the next. Never edited: files of every version are out there. */
const STEPS: readonly string[] = [
  // 2: what each call was decided on; null for the calls of before.
  "ALTER TABLE context ADD COLUMN facts TEXT; ALTER TABLE context ADD COLUMN evidence TEXT",
];

/** Takes all missing steps in one transaction: a file is of the old version or of the new one, also after a crash. */
export function migrate(database: DatabaseSync, version: number): void {
  if (version >= SCHEMA_VERSION) return;
  const steps = STEPS.slice(version - 1, SCHEMA_VERSION - 1);
  database.exec("BEGIN IMMEDIATE");
  try {
    for (const step of steps) database.exec(step);
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
