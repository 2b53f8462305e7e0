/** Ledger files of earlier versions, brought up to date by whoever opens them to write; calls that are there keep what they say. */

import type { DatabaseSync } from "node:sqlite";
import type { PendingJob } from "../../domain/ledger.ts";
import type { MoneyTerms } from "../../domain/money.ts";
import { ppm } from "../../domain/units.ts";
import { text } from "../columns.ts";
import { CALL_TABLE, MONTH_TABLES, SCHEMA_VERSION } from "./schema.ts";

/** The step at index i leads from version i + 1 to the next. Never edited: files of every version are out there. */
const STEPS: readonly ((database: DatabaseSync) => void)[] = [
  // 2: what each call was decided on; null for the calls of before.
  (database) =>
    database.exec("ALTER TABLE context ADD COLUMN facts TEXT; ALTER TABLE context ADD COLUMN evidence TEXT"),
  addMonths,
];

/** Takes all missing steps in one transaction: a file is of the old version or of the new one, also after a crash. */
export function migrate(database: DatabaseSync, version: number): void {
  if (version >= SCHEMA_VERSION) return;
  const steps = STEPS.slice(version - 1, SCHEMA_VERSION - 1);
  database.exec("BEGIN IMMEDIATE");
  try {
    for (const step of steps) step(database);
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/**
 * 3: months, with the running sums of each. Calls of before are booked in the month of their date; by which split, caps and
 * hosting terms they went, how often they were sent and for which tier was not kept, and stays null.
 */
function addMonths(database: DatabaseSync): void {
  const columns = ["split TEXT", "caps TEXT", "hosting TEXT"];
  for (const column of columns) database.exec(`ALTER TABLE context ADD COLUMN ${column}`);
  database.exec(
    `ALTER TABLE call RENAME TO call_2;
     DROP INDEX call_pending;
     ${CALL_TABLE}
     INSERT INTO call
       SELECT seq, request_id, phase, recorded_at_ms, context_id,
         CAST(substr(effective_at, 1, 4) AS INTEGER) * 100 + CAST(substr(effective_at, 6, 2) AS INTEGER),
         0, NULL, charge_kind = 'unpriced', input_tokens, cached_input_tokens, cache_write_tokens, output_tokens,
         reasoning_tokens, trained_tokens, charge_pico_usd, NULL, NULL, pending_job, state_changes
       FROM call_2 JOIN context ON context.id = context_id ORDER BY seq;
     DROP TABLE call_2;
     ${MONTH_TABLES}
     INSERT INTO use_sum
       SELECT period, context_id, 0, sum(phase = 0), sum(phase = 1),
         ${limbsOver("input_tokens")}, ${limbsOver("cached_input_tokens")}, ${limbsOver("output_tokens")},
         ${limbsOver("reasoning_tokens")}, ${limbsOver("trained_tokens")}, ${limbsOver("charge_pico_usd")}
       FROM call GROUP BY period, context_id;
     INSERT INTO part_sum
       SELECT period, context_id, 0, account_id, ${limbsOver("amount_pico_usd")}
       FROM posting JOIN call ON seq = call_seq GROUP BY period, context_id, account_id`,
  );
  rewriteOpenJobs(database);
}

/** The two limbs of a sum over rows, the low one from 0 to 2^32-1. */
function limbsOver(column: string): string {
  const high = `coalesce(sum(${column} >> 32), 0)`;
  const low = `coalesce(sum(${column} & 4294967295), 0)`;
  return `${high} + (${low} >> 32), ${low} & 4294967295`;
}

/** A job of before kept one constant split, all of it under its first clause. */
function rewriteOpenJobs(database: DatabaseSync): void {
  const rows = database.prepare("SELECT seq, pending_job FROM call WHERE pending_job IS NOT NULL").all();
  const update = database.prepare("UPDATE call SET pending_job = ? WHERE seq = ?");
  for (const row of rows) {
    const { id, kind, moneyClauses, sharePpm } = JSON.parse(text(row["pending_job"])) as OldJob;
    const [clause = "none"] = moneyClauses;
    const legs = Object.entries(sharePpm).map(([party, share]) => ({ clause, party, sharePpm: ppm(share) }));
    const money: MoneyTerms = { clauses: moneyClauses, versions: [{ from: null, legs }], caps: [] };
    update.run(JSON.stringify({ id, kind, money }), BigInt(String(row["seq"])));
  }
}

interface OldJob extends PendingJob {
  readonly moneyClauses: readonly string[];
  readonly sharePpm: Readonly<Record<string, number>>;
}
