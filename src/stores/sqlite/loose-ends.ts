/** What hangs loose in a ledger file: rows that no reading of calls comes by, and sums that their calls do not make. */

import type { DatabaseSync } from "node:sqlite";
import type { LooseEnd } from "../../ledger/booked-call.ts";
import { text, type Row } from "../columns.ts";
import { LOOSE_ROWS } from "../loose-rows.ts";
import { integerOrNull } from "./columns.ts";
import { USE_LIMBS } from "./schema.ts";

/** At most `limit`, each kind in one pass over its tables. */
export function findLooseEnds(database: DatabaseSync, limit: number): readonly LooseEnd[] {
  const found: LooseEnd[] = [];
  for (const query of QUERIES) {
    const rows = database.prepare(`${query} LIMIT ?`).all(limit - found.length);
    found.push(...rows.map(looseEnd));
    if (found.length >= limit) break;
  }
  return found;
}

function looseEnd(row: Row): LooseEnd {
  return { seq: integerOrNull(row["seq"]), what: text(row["what"]) };
}

/** The two limbs of a sum over calls, as `wide-sum.ts` keeps them. */
function limbsMade(name: string, column: string): string {
  const low = `sum(coalesce(${column}, 0) & 4294967295)`;
  return `sum(coalesce(${column}, 0) >> 32) + (${low} >> 32) AS ${name}_hi, ${low} & 4294967295 AS ${name}_lo`;
}

function differs(names: readonly string[]): string {
  return names.map((name) => `kept.${name} IS NOT made.${name}`).join(" OR ");
}

function limbNames(name: string): readonly string[] {
  return [`${name}_hi`, `${name}_lo`];
}

const USE_COLUMN = (name: string): string => (name === "gross_pico_usd" ? "charge_pico_usd" : name);

const QUERIES: readonly string[] = [
  ...LOOSE_ROWS,
  `WITH made AS (
       SELECT period, context_id, cut, sum(phase = 0) AS calls, sum(phase = 1) AS completions,
         ${USE_LIMBS.map((name) => limbsMade(name, USE_COLUMN(name))).join(", ")}
       FROM call GROUP BY period, context_id, cut
     )
     SELECT NULL AS seq, 'use_sum of ' || period || ', context ' || context_id || ', not the sum of its calls' AS what
     FROM use_sum AS kept FULL JOIN made USING (period, context_id, cut)
     WHERE ${differs(["calls", "completions", ...USE_LIMBS.flatMap(limbNames)])}`,
  `WITH made AS (
       SELECT period, context_id, cut, account_id, ${limbsMade("amount", "amount_pico_usd")}
       FROM posting JOIN call ON seq = call_seq GROUP BY period, context_id, cut, account_id
     )
     SELECT NULL AS seq, 'part_sum of ' || period || ', context ' || context_id || ', account ' || account_id
       || ', not the sum of its postings' AS what
     FROM part_sum AS kept FULL JOIN made USING (period, context_id, cut, account_id)
     WHERE ${differs(limbNames("amount"))}`,
];
