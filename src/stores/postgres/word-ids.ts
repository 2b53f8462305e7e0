/** The row ids of contexts and accounts, which are inserted once and never change, so that remembering them is safe. */

import { hash } from "node:crypto";
import type { ClientBase } from "pg";
import { accountWords } from "./encode.ts";
import { CONTEXT_COLUMNS } from "../context-words.ts";

interface WordIds {
  /** Sees to it that each has a row, outside of any transaction: a row that no call uses does no harm. */
  ensure(client: ClientBase, keys: ReadonlySet<string>): Promise<void>;
  /** Of a key that was ensured in the group. */
  idOf(key: string): string;
}

/** How many are remembered; past it all are forgotten, between groups. */
const MAX_REMEMBERED = 8_192;

/** Returns the row ids of contexts, by the JSON list of their words; none is known yet. */
export function createContextIds(): WordIds {
  const columns = CONTEXT_COLUMNS.join(", ");
  const marks = CONTEXT_COLUMNS.map((_, at) => `$${at + 2}`).join(", ");
  return createWordIds({
    find: "SELECT id FROM context WHERE key_sha256 = $1",
    findValues: (key) => [sha256(key)],
    insert: `INSERT INTO context (key_sha256, ${columns}) VALUES ($1, ${marks}) ON CONFLICT DO NOTHING`,
    insertValues: (key) => [sha256(key), ...(JSON.parse(key) as unknown[])],
  });
}

/** Returns the row ids of accounts, by the JSON list of path, party and clause; none is known yet. */
export function createAccountIds(): WordIds {
  return createWordIds({
    find: "SELECT id FROM account WHERE path = $1 AND party = $2 AND clause = $3",
    findValues: accountWords,
    insert: "INSERT INTO account (path, party, clause) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    insertValues: accountWords,
  });
}

interface WordTable {
  readonly find: string;
  readonly findValues: (key: string) => readonly unknown[];
  readonly insert: string;
  readonly insertValues: (key: string) => readonly unknown[];
}

function createWordIds({ find, findValues, insert, insertValues }: WordTable): WordIds {
  const ids = new Map<string, string>();
  return {
    ensure: async (client, keys) => {
      if (ids.size > MAX_REMEMBERED) ids.clear();
      for (const key of keys) {
        if (ids.has(key)) continue;
        let { rows } = await client.query<{ readonly id: string }>(find, [...findValues(key)]);
        if (rows.length === 0) {
          await client.query(insert, [...insertValues(key)]);
          ({ rows } = await client.query<{ readonly id: string }>(find, [...findValues(key)]));
        }
        const [row] = rows;
        if (row === undefined) throw new RangeError(`no row for \`${key}\``);
        ids.set(key, row.id);
      }
    },
    idOf: (key) => {
      const id = ids.get(key);
      if (id === undefined) throw new RangeError(`\`${key}\` was never ensured`);
      return id;
    },
  };
}

function sha256(key: string): Buffer {
  return hash("sha256", key, "buffer");
}
