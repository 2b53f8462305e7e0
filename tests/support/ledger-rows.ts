/** Rows of a ledger file as the tests look at them. */

import { DatabaseSync } from "node:sqlite";

export interface LedgerRow {
  readonly request_id: string;
  /** 0: the answer, 1: the completion of the job it started. */
  readonly phase: number;
  readonly partner: string;
  readonly operation: string;
  readonly model: string | null;
  readonly outcome: string;
  readonly http_status: number;
  readonly streamed: number;
  readonly provider: string;
  readonly region: string;
  readonly workload: string;
  readonly clauses: string;
  readonly digest: string;
  readonly usage_source: string;
  readonly charge_kind: string;
  readonly unpriced_reason: string | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly trained_tokens: number | null;
  readonly price_version: string | null;
  readonly charge_pico_usd: number | null;
  /** How often it was sent upstream. */
  readonly attempts: number;
  readonly requested_tier: string | null;
  readonly service_tier: string | null;
  readonly cached_input_tokens: number | null;
  /** The month it is booked in, as `yyyymm`. */
  readonly period: number;
}

/** Every settled call, oldest first, read while the gateway runs. */
export function readLedgerRows(file: string): readonly LedgerRow[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database
      .prepare(
        `SELECT request_id, phase, partner, operation, model, outcome, http_status, streamed, provider, region, workload, clauses, digest, usage_source, charge_kind,
                unpriced_reason, attempts, requested_tier, service_tier, cached_input_tokens, period, input_tokens, output_tokens, trained_tokens, price_version, charge_pico_usd
         FROM call JOIN context ON context.id = call.context_id ORDER BY seq`,
      )
      .all();
    return rows as unknown as LedgerRow[];
  } finally {
    database.close();
  }
}

/** Every leg of every transaction, in exact amounts. */
export function readPostings(
  file: string,
): readonly { readonly request_id: string; readonly path: string; readonly amount: bigint }[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const statement = database.prepare(
      `SELECT request_id, path, amount_pico_usd AS amount FROM posting
       JOIN call ON call.seq = call_seq JOIN account ON account.id = account_id ORDER BY call_seq, line`,
    );
    statement.setReadBigInts(true);
    return statement.all() as unknown as ReturnType<typeof readPostings>;
  } finally {
    database.close();
  }
}
