/** What caps have let through, at hand while calls are written: each call is cut by what those before it left. */

import type { DatabaseSync } from "node:sqlite";
import { picoUsd, type PicoUsd } from "../../domain/units.ts";
import type { CapKey, CapUse } from "../../ledger/caps.ts";
import { text } from "../columns.ts";
import { joinLimbs, limbSums, limbUpdate } from "./wide-sum.ts";

export interface CapBook {
  /** Of all calls before, those of the open transaction among them. */
  readonly granted: (key: CapKey) => PicoUsd;
  add(period: number, uses: readonly CapUse[]): void;
  /** Writes what was added, inside the open transaction. */
  flush(): void;
  /** The transaction was committed. */
  keep(): void;
  /** It was not. */
  forget(): void;
}

interface Added extends CapKey {
  readonly period: number;
  readonly limit: string;
  granted: bigint;
}

/** Reads what the file says of caps. */
export function createCapBook(database: DatabaseSync): CapBook {
  const upsert = database.prepare(
    `INSERT INTO cap_use VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ${limbUpdate("granted")}`,
  );
  const committed = readGranted(database);
  const open = new Map<string, bigint>();
  const added = new Map<string, Added>();
  const granted = (key: CapKey): PicoUsd => {
    const name = spanKey(key);
    return picoUsd(open.get(name) ?? committed.get(name) ?? 0n);
  };
  return {
    granted,
    add: (period, uses) => {
      for (const { clause, span, limitPicoUsd, grantedPicoUsd } of uses) {
        const limit = limitPicoUsd.toString();
        const key = JSON.stringify([clause, span, period, limit]);
        const sum = added.get(key);
        if (sum) sum.granted += grantedPicoUsd;
        else added.set(key, { clause, span, period, limit, granted: grantedPicoUsd });
        open.set(spanKey({ clause, span }), granted({ clause, span }) + grantedPicoUsd);
      }
    },
    flush: () => {
      for (const { clause, span, period, limit, granted: sum } of added.values()) {
        upsert.run(clause, span, period, limit, sum >> 32n, sum & 4_294_967_295n);
      }
      added.clear();
    },
    keep: () => {
      for (const [key, sum] of open) committed.set(key, sum);
      open.clear();
    },
    forget: () => {
      open.clear();
      added.clear();
    },
  };
}

function readGranted(database: DatabaseSync): Map<string, bigint> {
  const rows = database
    .prepare(`SELECT clause, span, ${limbSums("granted")} FROM cap_use GROUP BY clause, span`)
    .all();
  return new Map(
    rows.map((row) => [
      spanKey({ clause: text(row["clause"]), span: text(row["span"]) }),
      joinLimbs(row, "granted"),
    ]),
  );
}

function spanKey({ clause, span }: CapKey): string {
  return `${span}\n${clause}`;
}
