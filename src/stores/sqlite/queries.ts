/** What the gateway asks while calls go on: who holds an id, and which jobs are open. */

import type { DatabaseSync } from "node:sqlite";
import type { StateEntry } from "../../domain/state.ts";
import type { OpenJob } from "../../domain/ledger.ts";
import type { PendingJobRow } from "../store.ts";
import { text, textOrNull } from "../columns.ts";
import { readContext } from "../context-words.ts";
import { pendingRowOf } from "../pending-job.ts";
import { SQLITE_WORDS } from "./columns.ts";

/** The row of an id, expired or not; null when the partner has none. */
export function createStateQuery(database: DatabaseSync): (partner: string, id: string) => StateEntry | null {
  const find = database.prepare(
    "SELECT kind, provider, region, expires_at_ms FROM state WHERE partner = ? AND id = ?",
  );
  return (partner, id) => {
    const row = find.get(partner, id);
    if (!row) return null;
    const expires = row["expires_at_ms"];
    return {
      id,
      kind: text(row["kind"]) as StateEntry["kind"],
      partner,
      provider: text(row["provider"]),
      region: text(row["region"]),
      expiresAtMs: typeof expires === "bigint" ? Number(expires) : null,
    };
  };
}

/** Jobs settled as an answer and not yet as a completion, oldest first. */
export function findPendingJobs(database: DatabaseSync): readonly PendingJobRow[] {
  const rows = database
    .prepare(
      `SELECT request_id, recorded_at_ms, requested_tier, pending_job, context.* FROM call JOIN context ON context.id = context_id
       WHERE pending_job IS NOT NULL AND phase = 0
         AND NOT EXISTS (SELECT 1 FROM call AS done WHERE done.request_id = call.request_id AND done.phase = 1)
       ORDER BY seq`,
    )
    .all();
  return rows
    .map((row) =>
      pendingRowOf({
        ...readContext(row, SQLITE_WORDS),
        requestId: text(row["request_id"]),
        recordedAtMs: Number(row["recorded_at_ms"]),
        phase: "answer",
        usage: { requestedTier: textOrNull(row["requested_tier"]) },
        pendingJob: JSON.parse(text(row["pending_job"])) as OpenJob,
      }),
    )
    .filter((row) => row !== null);
}
