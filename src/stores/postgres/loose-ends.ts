/** What hangs loose in a Postgres ledger: rows that no reading of calls comes by, and sums that their calls do not make. */

import type { ClientBase } from "pg";
import type { LooseEnd } from "../../ledger/booked-call.ts";
import { text, type Row } from "../columns.ts";
import { LOOSE_ROWS } from "../loose-rows.ts";
import { integer } from "./columns.ts";

/** At most `limit`, each kind in one pass over its tables. Asked in one transaction, all are of one instant. */
export async function findLooseEnds(client: ClientBase, limit: number): Promise<readonly LooseEnd[]> {
  const found: LooseEnd[] = [];
  for (const query of QUERIES) {
    const { rows } = await client.query<Row>(`${query} LIMIT $1`, [limit - found.length]);
    found.push(...rows.map(looseEnd));
    if (found.length >= limit) break;
  }
  return found;
}

function looseEnd(row: Row): LooseEnd {
  return { seq: row["seq"] === null ? null : integer(row["seq"]), what: text(row["what"]) };
}

const TOKENS = [
  "input_tokens",
  "cached_input_tokens",
  "output_tokens",
  "reasoning_tokens",
  "trained_tokens",
] as const;

function differs(names: readonly string[]): string {
  return names.map((name) => `kept.${name} IS DISTINCT FROM made.${name}`).join(" OR ");
}

const QUERIES: readonly string[] = [
  ...LOOSE_ROWS,
  `WITH made AS (
       SELECT period, context_id, cut, count(*) FILTER (WHERE phase = 0) AS calls,
         count(*) FILTER (WHERE phase = 1) AS completions,
         ${TOKENS.map((name) => `coalesce(sum(${name}), 0) AS ${name}`).join(", ")},
         coalesce(sum(charge_pico_usd), 0) AS gross_pico_usd
       FROM call GROUP BY period, context_id, cut
     )
     SELECT NULL AS seq, 'use_sum of ' || period || ', context ' || context_id || ', not the sum of its calls' AS what
     FROM use_sum AS kept FULL JOIN made USING (period, context_id, cut)
     WHERE ${differs(["calls", "completions", ...TOKENS, "gross_pico_usd"])}`,
  `WITH made AS (
       SELECT period, context_id, cut, account_id, sum(amount_pico_usd) AS amount_pico_usd
       FROM posting JOIN call ON seq = call_seq GROUP BY period, context_id, cut, account_id
     )
     SELECT NULL AS seq, 'part_sum of ' || period || ', context ' || context_id || ', account ' || account_id
       || ', not the sum of its postings' AS what
     FROM part_sum AS kept FULL JOIN made USING (period, context_id, cut, account_id)
     WHERE ${differs(["amount_pico_usd"])}`,
];
