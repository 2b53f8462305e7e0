/** Which row a slot number of a group stands for, on the worker's side; see encode.ts. */

import type { DatabaseSync } from "node:sqlite";
import type { Cell, SlotDefinition } from "./encode.ts";
import { prepareWithNumbers } from "./prepare.ts";

/** A row that calls name by its id, with what was read out of its key. */
interface SlotRow<T> {
  readonly id: number;
  readonly value: T;
}

export interface SlotIds<T> {
  define(definitions: readonly SlotDefinition[]): void;
  keyOf(slot: number): string;
  /** What the slot means; the row is inserted, in the open transaction, when it is new. */
  rowOf(slot: number): SlotRow<T>;
  /** Row id of a key that has no slot; likewise. */
  idOfKey(key: string): number;
  keepIds(): void;
  forgetIds(): void;
}

/**
 * Keeps the rows of the slots of one table. `columns` are those that a slot's key, a JSON list, gives values for, in order;
 * `read` makes of the same values what the writer needs of them for each call.
 */
export function createSlotIds<T>(
  database: DatabaseSync,
  table: "context" | "account",
  columns: readonly string[],
  read: (cells: readonly Cell[]) => T,
): SlotIds<T> {
  const marks = columns.map(() => "?").join(", ");
  const insert = prepareWithNumbers(
    database,
    `INSERT INTO ${table} (key, ${columns.join(", ")}) VALUES (?, ${marks}) ON CONFLICT (key) DO NOTHING`,
  );
  const find = prepareWithNumbers(database, `SELECT id FROM ${table} WHERE key = ?`);
  const keys: string[] = [];
  const rows = new Map<number, SlotRow<T>>();
  const unsure: number[] = [];
  const keyOf = (slot: number): string => {
    const key = keys[slot];
    if (key === undefined) throw new Error(`slot \`${slot}\` of ${table} was never defined`);
    return key;
  };
  const rowOfKey = (key: string): SlotRow<T> => {
    const cells = JSON.parse(key) as readonly Cell[];
    insert.run(key, ...cells);
    const id = find.get(key)?.["id"];
    if (typeof id !== "number") throw new Error(`no row of ${table} for \`${key}\``);
    return { id, value: read(cells) };
  };
  return {
    define: (definitions) => {
      for (const [slot, key] of definitions) {
        keys[slot] = key;
        rows.delete(slot);
      }
    },
    keyOf,
    rowOf: (slot) => {
      const known = rows.get(slot);
      if (known !== undefined) return known;
      const row = rowOfKey(keyOf(slot));
      rows.set(slot, row);
      unsure.push(slot);
      return row;
    },
    idOfKey: (key) => rowOfKey(key).id,
    keepIds: () => {
      unsure.length = 0;
    },
    forgetIds: () => {
      for (const slot of unsure) rows.delete(slot);
      unsure.length = 0;
    },
  };
}
