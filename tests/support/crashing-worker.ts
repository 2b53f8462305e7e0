/**
 * The ledger's worker, which dies at its n-th step: a step is one statement or command that it gives the database. n stands in
 * CLAUSEWAY_CRASH_AT; 0: it lives on.
 */

import { DatabaseSync, StatementSync, type SQLInputValue, type StatementResultingChanges } from "node:sqlite";

const crashAt = Number(process.env["CLAUSEWAY_CRASH_AT"] ?? "0");
let steps = 0;

/** Dies before the step is taken: what was done until then is all that the file can hold. */
function countStep(): void {
  steps += 1;
  if (steps === crashAt) process.exit(1);
}

const run = StatementSync.prototype.run as (...values: SQLInputValue[]) => StatementResultingChanges;
StatementSync.prototype.run = function countedRun(this: StatementSync, ...values: SQLInputValue[]) {
  countStep();
  return run.apply(this, values);
} as typeof StatementSync.prototype.run;
const exec = DatabaseSync.prototype.exec;
DatabaseSync.prototype.exec = function countedExec(this: DatabaseSync, sql: string) {
  countStep();
  exec.call(this, sql);
};

await import("../../src/stores/sqlite-worker.ts");
