/** Rows that hang loose in a ledger, as queries that both engines take; each gives `seq`, null where it is of no call, and `what`. */

/** One for each kind of row, to be followed by a `LIMIT`. */
export const LOOSE_ROWS: readonly string[] = [
  ofNoCall("rated_line"),
  ofNoCall("posting"),
  `SELECT seq, CASE
       WHEN unpriced AND charge_kind <> 'unpriced' THEN 'suspense of a call that is ' || charge_kind
       WHEN unpriced <> (charge_kind = 'unpriced') THEN 'no suspense of a call that is unpriced'
       ELSE 'a charge of a call that is ' || charge_kind END AS what
     FROM call JOIN context ON id = context_id
     WHERE unpriced <> (charge_kind = 'unpriced') OR (charge_kind <> 'rated' AND charge_pico_usd IS NOT NULL)`,
  `SELECT DISTINCT seq, 'rated_line of a call that is ' || charge_kind AS what
     FROM rated_line JOIN call ON seq = call_seq JOIN context ON id = context_id WHERE charge_kind <> 'rated'`,
  `SELECT NULL AS seq, 'cap_use of ' || period || ', which holds no calls' AS what FROM cap_use
     WHERE period NOT IN (SELECT period FROM use_sum)`,
  `SELECT DISTINCT NULL AS seq, 'period_posting of ' || period || ', which is not closed' AS what FROM period_posting
     WHERE period NOT IN (SELECT period FROM period)`,
];

function ofNoCall(table: string): string {
  return `SELECT DISTINCT call_seq AS seq, '${table} of no call' AS what FROM ${table}
    WHERE NOT EXISTS (SELECT 1 FROM call WHERE seq = call_seq)`;
}
