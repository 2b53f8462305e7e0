/** Writes groups of calls, each group in one transaction: all of it or nothing. */

import type { ClientBase } from "pg";
import type { OpenedCall } from "../../ledger/booked-call.ts";
import { retainedAccount } from "../../ledger/accounts.ts";
import { text } from "../columns.ts";
import { integer } from "./columns.ts";
import { textArray } from "./array-text.ts";
import { accountKey, callKey, type HandedIn } from "./encode.ts";
import { capSpan, placeCalls } from "./group-rows.ts";
import { isUniqueViolation } from "./postgres-error.ts";
import { transact } from "./transact.ts";
import { createAccountIds, createContextIds } from "./word-ids.ts";
import { changeState, insertCalls, insertOpened } from "./write-statements.ts";

/** What became of a call: it was written, or the ledger had it, saying the same or something else. */
export type CallOutcome = "written" | "same" | "conflict";

export interface Group {
  readonly calls: readonly HandedIn[];
  /** Notes of calls under way. */
  readonly notes: readonly OpenedCall[];
}

/** Resolves after the commit, with the outcome of each call in order. Rejects with the driver's error; see `transact`. */
export type WriteGroup = (client: ClientBase, group: Group) => Promise<readonly CallOutcome[]>;

/** Makes a writer, which remembers the rows of contexts and accounts. */
export function createGroupWriter(): WriteGroup {
  const contexts = createContextIds();
  const accounts = createAccountIds();
  const ids = { context: contexts.idOf, account: accounts.idOf };

  const write = (
    client: ClientBase,
    { calls, notes }: Group,
    search: boolean,
  ): Promise<readonly CallOutcome[]> =>
    transact(client, async ({ lastSeq, lastClosed }) => {
      const { outcomes, fresh } = tellApart(calls, search ? await findKnown(client, calls) : new Map());
      const granted = await findGranted(client, fresh);
      const placed = placeCalls(fresh, { lastSeq, lastClosed, granted });
      await insertCalls(client, placed, notes, ids);
      await changeState(client, placed);
      return outcomes;
    });

  return async (client, group) => {
    if (group.calls.length === 0) {
      await insertOpened(client, group.notes);
      return [];
    }
    await contexts.ensure(client, new Set(group.calls.map(({ context }) => context)));
    await accounts.ensure(client, accountsOf(group.calls));
    try {
      return await write(client, group, false);
    } catch (error) {
      // Duplicates are rare, but after a lost connection: looking for them costs only the groups that have one.
      if (!isUniqueViolation(error)) throw error;
      return write(client, group, true);
    }
  };
}

/** Every account that the calls can post to, also after a cap cut them. */
function accountsOf(calls: readonly HandedIn[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { call } of calls) {
    for (const { postings } of call.transactions)
      for (const posting of postings) keys.add(accountKey(posting));
    if ((call.money?.caps.length ?? 0) > 0) {
      const { seller, partner } = call;
      keys.add(accountKey({ account: retainedAccount(seller, partner), party: seller, clause: "none" }));
    }
  }
  return keys;
}

/** `known` tells what the ledger holds of them; a call can also stand twice in a group. */
function tellApart(
  calls: readonly HandedIn[],
  known: Map<string, string>,
): { readonly outcomes: readonly CallOutcome[]; readonly fresh: readonly HandedIn[] } {
  const fresh: HandedIn[] = [];
  const outcomes = calls.map((handedIn): CallOutcome => {
    const key = callKey(handedIn.call.requestId, handedIn.phase);
    const before = known.get(key);
    if (before !== undefined) return before === handedIn.inputSha256 ? "same" : "conflict";
    known.set(key, handedIn.inputSha256);
    fresh.push(handedIn);
    return "written";
  });
  return { outcomes, fresh };
}

/** What the ledger has under the ids of the calls: a hash by key. */
async function findKnown(client: ClientBase, calls: readonly HandedIn[]): Promise<Map<string, string>> {
  const { rows } = await client.query<Record<string, unknown>>(
    "SELECT request_id, phase, encode(input_sha256, 'hex') AS hash FROM call WHERE request_id = ANY($1::text[])",
    [textArray(calls.map(({ call }) => call.requestId))],
  );
  return new Map(
    rows.map((row) => [callKey(text(row["request_id"]), Number(row["phase"])), text(row["hash"])]),
  );
}

/** What the caps of the calls let through so far, of every span. */
async function findGranted(
  client: ClientBase,
  calls: readonly HandedIn[],
): Promise<ReadonlyMap<string, bigint>> {
  const clauses = new Set(calls.flatMap(({ call }) => call.money?.caps.map(({ clause }) => clause) ?? []));
  if (clauses.size === 0) return new Map();
  const { rows } = await client.query<Record<string, unknown>>(
    `SELECT clause, span, sum(granted_pico_usd) AS granted FROM cap_use WHERE clause = ANY($1::text[])
     GROUP BY clause, span`,
    [textArray([...clauses])],
  );
  return new Map(
    rows.map((row) => [
      capSpan({ clause: text(row["clause"]), span: text(row["span"]) }),
      integer(row["granted"]),
    ]),
  );
}
