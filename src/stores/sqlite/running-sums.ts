/** The running sums over calls: gathered while a group is written, added to the file once for each of its kinds. */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Cell } from "./encode.ts";
import { prepareWithNumbers } from "./prepare.ts";
import { CALL_CELLS, USE_LIMBS } from "./schema.ts";
import { addTo, carried, limbUpdate, type Limbs } from "./wide-sum.ts";

/** A call as the sums see it. */
interface SummedCall {
  readonly period: number;
  readonly contextId: number;
  readonly cut: boolean;
  readonly isAnswer: boolean;
  /** In the order of CALL_CELLS. */
  readonly cells: readonly Cell[];
}

export interface RunningSums {
  /** Adds a call, and returns where to add each of its postings. */
  add(call: SummedCall): (accountId: number, amount: number | bigint) => void;
  /** Writes what was gathered, inside the open transaction. */
  flush(): void;
  /** Forgets what was gathered and not written. */
  clear(): void;
}

interface Sums extends Pick<SummedCall, "period" | "contextId" | "cut"> {
  calls: number;
  completions: number;
  readonly uses: readonly Limbs[];
  readonly parts: Map<number, Limbs>;
  readonly addPosting: (accountId: number, amount: number | bigint) => void;
}

/** Where in the cells of a call each of USE_LIMBS stands. */
const CELL_OF_LIMBS = USE_LIMBS.map((name) =>
  CALL_CELLS.indexOf(name === "gross_pico_usd" ? "charge_pico_usd" : name),
);

/** Prepares the statements; nothing is gathered yet. */
export function createRunningSums(database: DatabaseSync): RunningSums {
  const addUse = prepareUseUpsert(database);
  const addPart = prepareWithNumbers(
    database,
    `INSERT INTO part_sum VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ${limbUpdate("amount")}`,
  );
  /** Within a group the month follows from the context, so it is no part of the key. */
  const gathered = new Map<number, Sums>();

  const flushOne = ({ period, contextId, cut, calls, completions, uses, parts }: Sums): void => {
    const key = [period, contextId, cut ? 1 : 0];
    const limbs = uses.flatMap((sum) => {
      const { hi, lo } = carried(sum);
      return [hi, lo];
    });
    addUse.run(...key, calls, completions, ...limbs);
    for (const [accountId, sum] of parts) {
      const { hi, lo } = carried(sum);
      addPart.run(...key, accountId, hi, lo);
    }
  };

  return {
    add: (call) => {
      const key = call.contextId * 2 + (call.cut ? 1 : 0);
      let sums = gathered.get(key);
      if (!sums) {
        sums = emptySums(call);
        gathered.set(key, sums);
      }
      if (call.isAnswer) sums.calls += 1;
      else sums.completions += 1;
      for (let at = 0; at < CELL_OF_LIMBS.length; at++) {
        const value = call.cells[CELL_OF_LIMBS[at] ?? 0];
        const sum = sums.uses[at];
        if (sum && (typeof value === "number" || typeof value === "bigint")) addTo(sum, value);
      }
      return sums.addPosting;
    },
    flush: () => {
      for (const sums of gathered.values()) flushOne(sums);
      gathered.clear();
    },
    clear: () => gathered.clear(),
  };
}

function emptySums({ period, contextId, cut }: SummedCall): Sums {
  const parts = new Map<number, Limbs>();
  return {
    period,
    contextId,
    cut,
    calls: 0,
    completions: 0,
    uses: USE_LIMBS.map(() => ({ hi: 0, lo: 0 })),
    parts,
    addPosting: (accountId, amount) => {
      let sum = parts.get(accountId);
      if (!sum) {
        sum = { hi: 0, lo: 0 };
        parts.set(accountId, sum);
      }
      addTo(sum, amount);
    },
  };
}

function prepareUseUpsert(database: DatabaseSync): StatementSync {
  const marks = Array.from({ length: 5 + USE_LIMBS.length * 2 }, () => "?").join(", ");
  return prepareWithNumbers(
    database,
    `INSERT INTO use_sum VALUES (${marks}) ON CONFLICT DO UPDATE SET
       calls = calls + excluded.calls, completions = completions + excluded.completions,
       ${USE_LIMBS.map(limbUpdate).join(", ")}`,
  );
}
