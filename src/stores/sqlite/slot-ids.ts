/** Which row a slot number of a group stands for, on the worker's side; see encode.ts. */

import type { DatabaseSync } from "node:sqlite";
import type { SlotDefinition } from "./encode.ts";
import { prepareWithNumbers } from "./prepare.ts";

interface SlotIds {
  define(definitions: readonly SlotDefinition[]): void;
  keyOf(slot: number): string;
  /** Row id of what the slot means; the row is inserted, in the open transaction, when it is new. */
  idOf(slot: number): number | bigint;
  keepIds(): void;
  forgetIds(): void;
}

/**
 * Keeps the row ids of the slots of one table. `columns` are those that a slot's key, a JSON list, gives values for, in order.
 */
export function createSlotIds(
  database: DatabaseSync,
  table: "context" | "account",
  columns: readonly string[],
): SlotIds {
  const marks = columns.map(() => "?").join(", ");
  const insert = prepareWithNumbers(
    database,
    `INSERT INTO ${table} (key, ${columns.join(", ")}) VALUES (?, ${marks}) ON CONFLICT (key) DO NOTHING`,
  );
  const find = prepareWithNumbers(database, `SELECT id FROM ${table} WHERE key = ?`);
  const keys: string[] = [];
  const ids = new Map<number, number | bigint>();
  const unsure: number[] = [];
  const keyOf = (slot: number): string => {
    const key = keys[slot];
    if (key === undefined) throw new Error(`slot \`${slot}\` of ${table} was never defined`);
    return key;
  };
  return {
    define: (definitions) => {
      for (const [slot, key] of definitions) {
        keys[slot] = key;
        ids.delete(slot);
      }
    },
    keyOf,
    idOf: (slot) => {
      const known = ids.get(slot);
      if (known !== undefined) return known;
      const key = keyOf(slot);
      insert.run(key, ...(JSON.parse(key) as (string | number | null)[]));
      const id = find.get(key)?.["id"];
      if (typeof id !== "number") throw new Error(`no row of ${table} for \`${key}\``);
      ids.set(slot, id);
      unsure.push(slot);
      return id;
    },
    keepIds: () => {
      unsure.length = 0;
    },
    forgetIds: () => {
      for (const slot of unsure) ids.delete(slot);
      unsure.length = 0;
    },
  };
}
