/** Transactions in the order of the ledger: whoever holds its head writes, the others wait. */

import type { ClientBase, QueryResult } from "pg";
import type { Period } from "../../ledger/period.ts";
import { text, textOrNull } from "../columns.ts";
import { integer } from "./columns.ts";
import { failureKindOf } from "./postgres-error.ts";

export interface Head {
  /** Of the last call. */
  readonly lastSeq: bigint;
  /** The latest closed month, or null. */
  readonly lastClosed: Period | null;
}

/**
 * Runs `work` while it holds the head, and commits. What `work` reads is what all writers before it committed. When it
 * returns, the transaction is on disk; when it throws, nothing is known of it but that it was not seen to be committed.
 */
export async function transact<T>(client: ClientBase, work: (head: Head) => Promise<T>): Promise<T> {
  try {
    // Statements after the one that waited see what was committed meanwhile, at this isolation level only.
    const results: unknown = await client.query(
      "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT last_seq::text, last_closed FROM head FOR UPDATE",
    );
    const row = (results as readonly QueryResult<Record<string, unknown>>[])[1]?.rows[0];
    if (row === undefined) throw new RangeError("the ledger has no head");
    const result = await work({
      lastSeq: integer(text(row["last_seq"])),
      lastClosed: textOrNull(row["last_closed"]),
    });
    const { command } = await client.query("COMMIT");
    if (command !== "COMMIT") throw new RangeError(`the commit of a group came to \`${command}\``);
    return result;
  } catch (error) {
    // Where the connection is lost the server rolls back by itself, and asking would only wait.
    if (failureKindOf(error) !== "lost") await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
