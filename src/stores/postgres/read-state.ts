/** Look-ups in the state directory. Gateways share it, so none of them keeps a copy that could be out of date. */

import type { ClientBase } from "pg";
import type { PartnerId } from "../../domain/call.ts";
import type { StateEntry } from "../../domain/state.ts";
import { text, type Row } from "../columns.ts";
import { countOrNull } from "./columns.ts";

/** The holder of an id; null when it is unknown, expired at `nowMs`, or another partner's. */
export async function findState(
  client: ClientBase,
  partner: PartnerId,
  id: string,
  nowMs: number,
): Promise<StateEntry | null> {
  // Text of Postgres holds no NUL, so no id with one is known.
  if (id.includes("\0")) return null;
  const { rows } = await client.query<Row>({
    name: "find-state",
    text: "SELECT kind, provider, region, expires_at_ms FROM state WHERE partner = $1 AND id = $2",
    values: [partner, id],
  });
  const [row] = rows;
  if (row === undefined) return null;
  const expiresAtMs = countOrNull(row["expires_at_ms"]);
  if (expiresAtMs !== null && expiresAtMs <= nowMs) return null;
  return {
    id,
    kind: text(row["kind"]) as StateEntry["kind"],
    partner,
    provider: text(row["provider"]),
    region: text(row["region"]),
    expiresAtMs,
  };
}
