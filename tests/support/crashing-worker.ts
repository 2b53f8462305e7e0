/**
 * The ledger's worker, which dies at its n-th step: a step is one statement or command that it gives the database. n stands in
 * CLAUSEWAY_CRASH_AT; 0: it lives on.
 */

import { DatabaseSync, StatementSync, type SQLInputValue, type StatementResultingChanges } from "node:sqlite";

const crashAt = Number(process.env["CLAUSEWAY_CRASH_AT"] ?? "0");
let steps = 0;

const open = new Set<DatabaseSync>();

/**
 * Dies before the step is taken: what was committed until then is all that the file can hold. The connections are let go first,
 * as a system does with those of a dead process; a thread that ends with them open can take the whole process with it.
 */
function countStep(): void {
  steps += 1;
  if (steps !== crashAt) return;
  for (const database of open) if (database.isOpen) database.close();
  process.exit(1);
}

const run = StatementSync.prototype.run as (...values: SQLInputValue[]) => StatementResultingChanges;
StatementSync.prototype.run = function countedRun(this: StatementSync, ...values: SQLInputValue[]) {
  countStep();
  return run.apply(this, values);
} as typeof StatementSync.prototype.run;
const exec = DatabaseSync.prototype.exec;
DatabaseSync.prototype.exec = function countedExec(this: DatabaseSync, sql: string) {
  open.add(this);
  countStep();
  exec.call(this, sql);
};

await import("../../src/stores/sqlite-worker.ts");
