/** Statements that read no money. */

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Prepares a statement whose integers come as numbers: only for row ids and counts, which are far below 2^53. A bigint costs more. */
export function prepareWithNumbers(database: DatabaseSync, sql: string): StatementSync {
  const prepared = database.prepare(sql);
  prepared.setReadBigInts(false);
  return prepared;
}
